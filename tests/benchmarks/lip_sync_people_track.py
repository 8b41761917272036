"""Track filmed or rendered faces: opening and width of the mouth, eyes, brows and head, frame by frame.

    python tests/benchmarks/lip_sync_people_track.py OUT_FOLDER FILE …

Runs in a Python of its own (3.11), because MediaPipe pins packages that others need newer:
``pip install mediapipe==0.10.14 opencv-python-headless av``. A FILE is a film (its sound is kept with the track) or a
folder of pictures ``0000.png`` …; each becomes ``OUT_FOLDER/NAME.npz``. The head's turn is taken out by a rigid fit of
forehead, nose bridge, eye corners and temples; the unit is EYE, the distance of the outer eye corners (some 9 cm).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

# Numbers of MediaPipe's face mesh.
RIGID = (10, 109, 338, 151, 9, 8, 6, 168, 197, 33, 133, 362, 263, 127, 356, 234, 454, 162, 389, 21, 251)
INNER_LIPS = ((13, 14), (82, 87), (312, 317))
CORNERS = (61, 291)
EYE_CORNERS = (33, 263)
LIDS = ((159, 145, 33, 133), (386, 374, 362, 263))
BROWS = (105, 66, 107, 334, 296, 336)

SMALLEST = 480
"""Pixels; smaller frames are enlarged, because MediaPipe's detector misses small faces."""

PADDING = 0.25
"""Share of the frame that is added around it: crops tight at the chin are lost otherwise."""


def film_frames(path: Path) -> tuple[Iterator[np.ndarray], list[float], np.ndarray, int]:
    """RGB frames, their times in seconds after the sound's first sample, the sound (mono, −1…1) and its rate."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        begin = float((stream.start_time or 0) * stream.time_base)
        rate = int(stream.rate)
        resampler = av.AudioResampler("fltp", "mono", rate)
        blocks = [b for frame in container.decode(stream) for b in resampler.resample(frame)]
        samples = np.concatenate([block.to_ndarray()[0] for block in blocks])
    with av.open(str(path)) as container:
        times = [float(frame.time) - begin for frame in container.decode(video=0)]

    def frames() -> Iterator[np.ndarray]:
        with av.open(str(path)) as again:
            for frame in again.decode(video=0):
                yield frame.to_ndarray(format="rgb24")

    return frames(), times, samples.astype(np.float32), rate


def picture_frames(folder: Path) -> Iterator[np.ndarray]:
    """RGB pictures of a folder in order of their names."""
    import cv2

    for path in sorted(folder.glob("*.png")):
        yield cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def find_points(frames: Iterator[np.ndarray], still: bool) -> np.ndarray:
    """Points of every frame, shape [frames, 478, 3], in pixels of the enlarged frame; not a number where no face is."""
    import cv2
    import mediapipe

    mesh = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=still,
        refine_landmarks=True,
        max_num_faces=1,
        min_detection_confidence=0.3,
        min_tracking_confidence=0.3,
    )
    found = []
    for frame in frames:
        scale = max(SMALLEST / min(frame.shape[:2]), 1.0)
        large = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        edge = round(PADDING * min(large.shape[:2]))
        large = cv2.copyMakeBorder(large, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
        height, width = large.shape[:2]
        answer = mesh.process(large).multi_face_landmarks
        if answer:
            points = np.array([(p.x * width, p.y * height, p.z * width) for p in answer[0].landmark])
        else:
            points = np.full((478, 3), np.nan)
        found.append(points)
    mesh.close()
    return np.array(found)


def rigid_fit(points: np.ndarray, reference: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation and shift that bring points onto a reference (least squares, Umeyama 1991)."""
    middle, goal = points.mean(0), reference.mean(0)
    u, s, vt = np.linalg.svd((reference - goal).T @ (points - middle))
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ sign @ vt
    scale = float((s * np.diag(sign)).sum() / ((points - middle) ** 2).sum())
    return scale, rotation, goal - scale * rotation @ middle


def without_head_motion(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points in the head's own frame, unit EYE, and head turns (pitch, yaw, roll) in degrees, shape [frames, 3]."""
    rigid = points[:, RIGID]
    seen = np.flatnonzero(np.isfinite(rigid).all((1, 2)))
    reference = rigid[seen[len(seen) // 2]]
    for _ in range(3):
        moved = []
        for frame in seen:
            scale, rotation, shift = rigid_fit(rigid[frame], reference)
            moved.append(scale * rigid[frame] @ rotation.T + shift)
        reference = np.mean(moved, 0)
    fixed = np.full_like(points, np.nan)
    turns = np.full((len(points), 3), np.nan)
    for frame in seen:
        scale, rotation, shift = rigid_fit(rigid[frame], reference)
        fixed[frame] = scale * points[frame] @ rotation.T + shift
        # The inverse of the fit is the head's own turn, read as x (nod), y (shake), z (tilt).
        r = rotation.T
        turns[frame] = np.degrees(
            [np.arctan2(r[2, 1], r[2, 2]), -np.arcsin(np.clip(r[2, 0], -1, 1)), np.arctan2(r[1, 0], r[0, 0])]
        )
    eyes = np.nanmean(fixed[:, EYE_CORNERS], 0)
    across = eyes[1] - eyes[0]
    # Right across the eyes is x, from the brows to the chin y, away from the camera z.
    x = across / np.linalg.norm(across)
    down = np.nanmean(fixed[:, 152] - fixed[:, 10], 0)
    y = down - (down @ x) * x
    y /= np.linalg.norm(y)
    axes = np.stack([x, y, np.cross(x, y)])
    return (fixed - eyes.mean(0)) @ axes.T / np.linalg.norm(across), turns


def measure(points: np.ndarray) -> dict[str, np.ndarray]:
    """What is judged, one value a frame."""
    face, turns = without_head_motion(points)
    eyes = np.nanmean(points[:, EYE_CORNERS], 0)
    across = eyes[1] - eyes[0]
    opening = np.mean([face[:, low, 1] - face[:, high, 1] for high, low in INNER_LIPS], 0)
    width = np.linalg.norm(face[:, CORNERS[1]] - face[:, CORNERS[0]], axis=1)
    lids = np.mean(
        [
            np.linalg.norm(face[:, low] - face[:, high], axis=1) / np.linalg.norm(face[:, b] - face[:, a], axis=1)
            for high, low, a, b in LIDS
        ],
        0,
    )
    return {
        "opening": opening,
        "width": width,
        "corners": face[:, CORNERS[0], 1] - face[:, CORNERS[1], 1],
        "eyes": lids,
        "brows": -face[:, BROWS, 1].mean(1),
        "head": turns,
        "facing": np.degrees(np.arctan2(across[2], across[0])),
        "pixels": np.linalg.norm(np.nanmean(points[:, 33] - points[:, 263], 0)),
    }


def main() -> None:
    """Track every file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for path in options.files:
        if path.is_dir():
            track = measure(find_points(picture_frames(path), still=True))
        else:
            frames, times, samples, rate = film_frames(path)
            track = measure(find_points(frames, still=False))
            track |= {"times": np.array(times[: len(track["opening"])]), "samples": samples, "rate": np.array(rate)}
        np.savez_compressed(options.out / f"{path.stem}.npz", **track)
        seen = np.isfinite(track["opening"]).mean()
        print(f"{path.name}: {len(track['opening'])} frames, a face in {100 * seen:.0f} %", flush=True)


if __name__ == "__main__":
    main()
