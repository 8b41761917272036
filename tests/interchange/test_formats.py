"""What is written is read back, here and by parsers of others' formats; damaged files are sentences."""

from __future__ import annotations

import csv
import itertools
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alphsistant_addon.batch import command_line
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.core.face_animation import FaceAnimation
from alphsistant_addon.core.phone_inventory import CONSONANTS, SILENCE, VOWELS
from alphsistant_addon.core.speech import Phone, Word, join_speeches
from alphsistant_addon.interchange import (
    animation_json,
    arkit_csv,
    cue_list,
    formats,
    moho_dat,
    phone_labels,
    rhubarb_cues,
    subtitles,
    text_grid,
    timing_file,
)
from alphsistant_addon.interchange.mouth_sets import SETS, set_of
from alphsistant_addon.interchange.spoken import Spoken
from alphsistant_addon.interchange.timed_cue import phones_of
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEMES
from alphsistant_addon.lip_sync.curves import sample_curve

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def spoken(models: Any) -> Spoken:
    first, second = models.voice.stream("Bob may pop. My mum, five foes.")
    speech = join_speeches([first, second], [0.0, first.duration])
    face = animate(speech, frame_rate=25.0, life="speaker")
    return Spoken.of(speech, face, 25.0, "speech.wav", [("Bob may pop.", 0.0)])


def times_of(items: Any) -> list[float]:
    return [time for item in items for time in (item.start, item.end)]


def test_every_format_is_written_and_listed_once(spoken: Spoken):
    assert len({form.suffix for form in formats.FORMATS.values()}) == len(formats.FORMATS)
    for name in formats.FORMATS:
        assert formats.write(name, spoken).strip(), name


def test_listing_the_formats_loads_none_of_them():
    check = (
        "import sys, alphsistant_addon.interchange.formats;"
        "print(*sorted(name for name in sys.modules if name == 'numpy' or '.interchange.' in name))"
    )
    answer = subprocess.run([sys.executable, "-c", check], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["alphsistant_addon.interchange.formats"]


def test_json_is_read_back_whole(spoken: Spoken):
    back = animation_json.read(animation_json.write(spoken))
    assert (back.text, back.duration, back.frame_rate, back.sound) == ("Bob may pop. My mum, five foes.", spoken.duration, 25.0, "speech.wav")  # fmt: skip  # noqa: E501
    assert [p.symbol for p in back.phones] == [p.symbol for p in spoken.phones]
    assert times_of(back.phones) == pytest.approx(times_of(spoken.phones), abs=1e-6)
    assert back.animation.channels.keys() == spoken.animation.channels.keys()
    for name, curve in spoken.animation.channels.items():
        assert back.animation.channels[name].weights == pytest.approx(curve.weights, abs=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(version=99),
        lambda content: content.update(format="other"),
        lambda content: content.update(frame_rate=0),
        lambda content: content.update(duration="NaN"),
        lambda content: content["phones"].append({"symbol": "p"}),
        lambda content: content["phones"].append({"symbol": "?", "start": 9, "end": 10, "stress": 0}),
        lambda content: content["phones"].append({"symbol": "p", "start": 9, "end": 10, "stress": 3}),
        lambda content: content["phones"].append({"symbol": "p", "start": 9, "end": 8, "stress": 0}),
        lambda content: content["channels"].update(jawOpen={"times": [1.0, 0.5], "weights": [0.0, 0.0]}),
        lambda content: content["channels"].update(jawOpen={"times": [1.0], "weights": [0.0, 0.0]}),
        lambda content: content["channels"].update(jawOpen={"times": [1.0, 1e300], "weights": [0.0, 1.0]}),
        lambda content: content.pop("words"),
    ],
)
def test_damaged_json_is_refused(spoken: Spoken, change: Any):
    content = json.loads(animation_json.write(spoken))
    change(content)
    with pytest.raises(AssetError):
        animation_json.read(json.dumps(content))


def test_arkit_has_the_columns_of_live_link_face_and_seals_p_b_m(spoken: Spoken):
    rows = list(csv.DictReader(arkit_csv.write(spoken).splitlines()))
    names = list(rows[0])
    assert names[:4] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert names[53:57] == ["TongueOut", "HeadYaw", "HeadPitch", "HeadRoll"]
    assert len(names) == 63
    assert {row["BlendShapeCount"] for row in rows} == {"61"}
    assert [row["Timecode"] for row in rows[:3]] == ["00:00:00:00.000", "00:00:00:01.000", "00:00:00:02.000"]
    assert len(rows) == int(np.ceil(spoken.duration * 25)) + 1
    pressed = arkit_csv.as_arkit(FaceAnimation({"viseme_PP": spoken.animation.channels["viseme_PP"]}, spoken.duration))
    assert pressed.channels["mouthRollUpper"].weights.max() == pytest.approx(0.40)
    for phone in spoken.phones:
        if phone.symbol in "pbm":
            first, last = int(np.ceil(phone.start * 25)), int(phone.end * 25)
            most = max(float(row["MouthRollUpper"]) for row in rows[first : last + 1])
            assert most >= 0.9 * 0.40, phone
    assert max(float(row["JawOpen"]) for row in rows) > 0.1
    assert max(float(row["EyeBlinkLeft"]) for row in rows) <= 1.0


@pytest.mark.parametrize(
    ("frame", "rate", "expected"),
    [
        (0, 60.0, "00:00:00:00.000"),
        (59, 60.0, "00:00:00:59.000"),
        (60, 60.0, "00:00:01:00.000"),
        (90_000 + 13, 25.0, "01:00:00:13.000"),
        (30, 30000 / 1001, "00:00:01:00.030"),
    ],
)
def test_timecode(frame: int, rate: float, expected: str):
    assert arkit_csv.timecode(frame, rate) == expected


def test_text_grid_round_trip(spoken: Spoken):
    phones, words, duration = text_grid.read(text_grid.write(spoken))
    assert [(p.symbol, p.stress) for p in phones] == [(p.symbol, p.stress) for p in spoken.phones]
    assert times_of(phones) == pytest.approx(times_of(spoken.phones), abs=1e-6)
    assert [w.text for w in words] == [w.text for w in spoken.words]
    assert times_of(words) == pytest.approx(times_of(spoken.words), abs=1e-6)
    assert duration == pytest.approx(spoken.duration, abs=1e-6)


def test_text_grid_keeps_stress_and_quotes():
    phones = tuple(Phone(s, i * 0.1, (i + 1) * 0.1, 1 if s in VOWELS else 0) for i, s in enumerate((*VOWELS, *CONSONANTS)))  # fmt: skip  # noqa: E501
    said = Spoken("", phones, (Word('a "b"', 0.0, 0.1),), FaceAnimation(), len(phones) / 10, 25.0)
    back, words, _ = text_grid.read(text_grid.write(said))
    assert [(p.symbol, p.stress) for p in back] == [(p.symbol, p.stress) for p in phones]
    assert words[0].text == 'a "b"'


MFA = """File type = "ooTextFile"
Object class = "TextGrid"

0
1.5
<exists>
3
"IntervalTier" "Ann - words" 0 1.5 2 0 0.5 "" 0.5 1.5 "hello"
"IntervalTier" "Ann - phones" 0 1.5 6
0 0.5 "sil"
0.5 0.6 "HH"
0.6 0.7 "AH0"
0.7 0.9 "L"
0.9 1.3 "OW1"
1.3 1.5 "spn"
"TextTier" "marks" 0 1.5 1
0.7 "x"
"""


def test_short_text_grid_of_an_older_praat():
    assert text_grid.read(MFA.replace("ooTextFile", "ooTextFile short")) == text_grid.read(MFA)


def test_short_text_grid_of_an_aligner_in_arpabet():
    phones, words, duration = text_grid.read(MFA)
    assert [(p.symbol, p.stress) for p in phones] == [
        (SILENCE, 0),
        ("h", 0),
        ("ə", 0),
        ("l", 0),
        ("oʊ", 1),
        (SILENCE, 0),
    ]
    assert words == (Word("hello", 0.5, 1.5),)
    assert duration == 1.5


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("", "ends in the middle"),
        (MFA.replace("TextGrid", "Pitch"), "no TextGrid"),
        (MFA[:200], "damaged"),
        (MFA.replace("0.6 0.7", "0.4 0.7"), "not in order"),
        (MFA.replace('"AH0"', '"QQQ?!"'), "is no phone"),
        (MFA.replace("<exists>\n3", "<exists>\n1e999"), "damaged"),
        (MFA.replace("0.6 0.7", '0.6 "x"'), "damaged"),
    ],
)
def test_damaged_text_grids_are_refused(broken: str, words: str):
    with pytest.raises(AssetError, match=words):
        text_grid.read(broken)


def test_tiers_without_telling_names_are_told_by_what_is_in_them():
    grid = MFA.replace("Ann - words", "first").replace("Ann - phones", "second")
    phones, words, _ = text_grid.read(grid)
    assert len(phones) == 6
    assert words[0].text == "hello"


def test_every_arpabet_name_is_known():
    assert {s for symbols in phone_labels.FROM_ARPABET.values() for s in symbols} <= {*VOWELS, *CONSONANTS}
    assert phone_labels.phones_of_label("ER1") == (("ɜ", 1), ("ɹ", 0))
    assert phone_labels.phones_of_label("aɪ") == (("aɪ", 0),)
    assert phone_labels.phones_of_label("?!") is None


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (rhubarb_cues.write_tsv, lambda text: cue_list.read(text, 25.0)),
        (rhubarb_cues.write_xml, rhubarb_cues.read_xml),
        (rhubarb_cues.write_json, rhubarb_cues.read_json),
        (moho_dat.write, lambda text: moho_dat.read(text, 25.0)),
    ],
)
def test_mouth_cues_round_trip(spoken: Spoken, write: Any, read: Any):
    cues = read(write(spoken))
    own = rhubarb_cues.cues_of(spoken)
    if write is moho_dat.write:
        assert {cue.name for cue in cues} <= set(SETS["blair"].drawings)
        closed = "MBP"
    else:
        assert [cue.name for cue in cues][: len(own)] == [cue.name for cue in own]
        assert [cue.start for cue in cues][: len(own)] == pytest.approx([cue.start for cue in own], abs=0.0051)
        closed = "A"
    # Each p, b and m shows the closed mouth in the frame of its middle.
    for phone in spoken.phones:
        if phone.symbol in "pbm":
            middle = int((phone.start + phone.end) / 2 * 25) / 25 + 0.02
            assert [cue.name for cue in cues if cue.start <= middle < cue.end] == [closed], phone
    phones = phones_of(cues)
    assert {p.symbol for p in phones} <= {*VOWELS, *CONSONANTS, SILENCE}


def test_rhubarbs_own_words_for_its_files(spoken: Spoken):
    content = json.loads(rhubarb_cues.write_json(spoken))
    assert content["metadata"] == {"soundFile": "speech.wav", "duration": round(spoken.duration, 2)}
    assert set(content["mouthCues"][0]) == {"start", "end", "value"}
    assert content["mouthCues"][0]["start"] == 0.0
    assert rhubarb_cues.write_tsv(spoken).splitlines()[-1] == f"{spoken.duration:.2f}\tX"
    assert "<soundFile>speech.wav</soundFile>" in rhubarb_cues.write_xml(spoken)
    lines = moho_dat.write(spoken).splitlines()
    assert lines[0] == "MohoSwitch1"
    assert lines[1] == "1 rest"
    assert all(re.fullmatch(r"\d+ \S+", line) for line in lines[1:])


def test_xml_that_swells_is_refused():
    bomb = '<!DOCTYPE a [<!ENTITY b "x">]><rhubarbResult><mouthCues><mouthCue start="0" end="1">&b;</mouthCue></mouthCues></rhubarbResult>'  # noqa: E501
    with pytest.raises(AssetError, match="document type"):
        rhubarb_cues.read_xml(bomb)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.00\tX\n0.25\tA\n0.40\tX\n", [("X", 0.0, 0.25), ("A", 0.25, 0.4), ("X", 0.4, 0.4)]),
        ("Time,Viseme\n00:00:01:05,M\n00:00:02:00,W-Oo", [("M", 1.2, 2.0), ("W-Oo", 2.0, 2.0)]),
        ("# a note\n1.5; 2.0; Aa\n2.0; 2.25; Neutral", [("Aa", 1.5, 2.0), ("Neutral", 2.0, 2.25)]),
        ("01:02.5 MBP\n01:03.0 rest", [("MBP", 62.5, 63.0), ("rest", 63.0, 63.0)]),
    ],
)
def test_lists_of_cues_as_people_write_them(text: str, expected: list[tuple[str, float, float]]):
    assert [(cue.name, pytest.approx(cue.start), pytest.approx(cue.end)) for cue in cue_list.read(text, 25.0)] == expected  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("time", "rate", "frames"),
    [
        ("00:10:00:00", 30 / 1.001, 18000),
        ("00:10:00;00", 30 / 1.001, 17982),
        ("00:01:00;02", 30 / 1.001, 1800),
        ("01:00:00;00", 60 / 1.001, 2 * 107892),
        ("00:10:00:12", 24 / 1.001, 14412),
        ("00:10:00:12", 23.98, 14412),
        ("00:10:00;12", 25.0, 15012),
        ("00:10:00:00", 30.0, 18000),
    ],
)
def test_timecode_counts_frames(time: str, rate: float, frames: int):
    """Numbers of frames as SMPTE ST 12-1 has them: an hour that drops frames has 107,892 of 29.97 per second."""
    (cue,) = cue_list.read(f"{time} A", rate)
    assert cue.start == pytest.approx(frames / rate)


@pytest.mark.parametrize("text", ["", "0.0 A\nhello", "0.5 A\n0.2 B", "1.0 0.5 A"])
def test_lists_that_make_no_sense_are_refused(text: str):
    with pytest.raises(AssetError):
        cue_list.read(text, 25.0)


def test_each_set_shows_every_viseme_and_reads_every_drawing():
    for mouths in SETS.values():
        assert set(VISEMES) <= mouths.shapes.keys()
        assert set(mouths.drawings) <= mouths.phones.keys()
        assert set(mouths.phones.values()) <= {*VOWELS, *CONSONANTS, SILENCE}
        assert mouths.shapes["PP"] != mouths.shapes["aa"]
        assert set_of(mouths.drawings) is mouths
    with pytest.raises(AssetError, match="Smirk"):
        set_of(["A", "Smirk"])


def test_captions_break_at_sentences_and_full_lines():
    words = [Word(f"word{i}" + ("." if i == 5 else ""), i * 0.3, i * 0.3 + 0.28) for i in range(40)]
    captions = subtitles.captions_of(words)
    assert captions[0].text.endswith("word5.")
    assert [word for caption in captions for word in caption.words] == words
    for before, after in itertools.pairwise(captions):
        assert before.end <= after.start + 1e-9
        assert before.end - before.start <= subtitles.LONGEST
    for caption in captions:
        lines = subtitles._lines(caption.text).split("\n")
        assert len(lines) <= 2
        assert max(map(len, lines)) <= subtitles.LINE


@pytest.mark.parametrize("write", [subtitles.write_srt, subtitles.write_webvtt])
def test_captions_round_trip(spoken: Spoken, write: Any):
    own = subtitles.captions_of(spoken.words)
    read = subtitles.read(write(spoken))
    assert [caption.text for caption in read] == [caption.text for caption in own] == ["Bob may pop.", "My mum, five foes."]  # fmt: skip  # noqa: E501
    assert times_of(read) == pytest.approx(times_of(own), abs=0.0006)
    if write is subtitles.write_webvtt:
        assert [w.text for caption in read for w in caption.words] == [w.text for w in spoken.words]


@pytest.mark.parametrize("name", ["srt", "webvtt"])
def test_captions_without_words_are_a_sentence_and_no_empty_file(name: str):
    with pytest.raises(AssetError, match="no words with times"):
        formats.write(name, Spoken("", (Phone("m", 0.0, 1.0),), (), FaceAnimation(), 1.0, 25.0))


def test_captions_of_others():
    text = (
        "\r\n1\r\n00:00:01,000 --> 00:00:02,5\r\n<i>- Hello,</i>\r\n{\\an8}you &amp; me\r\n\r\n"
        "2\n00:01:00.250 --> 00:01:01.000 line:0\nBye.\n"
    )
    captions = subtitles.read(text)
    assert [(c.text, c.start, c.end) for c in captions] == [("Hello, you & me", 1.0, 2.5), ("Bye.", 60.25, 61.0)]
    with pytest.raises(AssetError, match="no caption"):
        subtitles.read("hello")


def test_captions_are_spoken_in_their_time():
    phones, words, _ = timing_file.phones_of_captions(
        subtitles.read("1\n00:00:01,000 --> 00:00:02,000\nMy mum, you.\n")
    )
    assert words[0].start == 1.0
    assert [word.text for word in words] == ["My", "mum,", "you."]
    assert phones[0].symbol == "m"
    assert any(phone.symbol == SILENCE for phone in phones), "a pause at the comma"
    assert 1.5 < phones[-1].end <= 2.0
    whole = timing_file.closed(phones, 3.0)
    assert whole[0] == Phone(SILENCE, 0.0, 1.0)
    assert whole[-1].end == 3.0
    assert all(a.end == b.start for a, b in itertools.pairwise(whole))


def test_phones_beyond_the_sound_and_gaps_between_them():
    phones = [Phone("p", 0.2, 0.3), Phone("ɑ", 0.5, 0.9), Phone("m", 0.9, 1.4), Phone("s", 1.5, 1.6)]
    whole = timing_file.closed(phones, 1.2)
    assert [(p.symbol, p.start, p.end) for p in whole] == [
        (SILENCE, 0.0, 0.2), ("p", 0.2, 0.3), (SILENCE, 0.3, 0.5), ("ɑ", 0.5, 0.9), ("m", 0.9, 1.2),
    ]  # fmt: skip


def test_files_in_other_encodings(tmp_path: Path):
    path = tmp_path / "a.TextGrid"
    path.write_bytes(MFA.encode("utf-16"))
    assert len(timing_file.read_timing(path, 25.0).phones) == 6
    path.write_bytes(b"\xff\x00\xff")
    with pytest.raises(AssetError, match="UTF-8"):
        timing_file.read_timing(path, 25.0)
    with pytest.raises(AssetError, match="cannot be read"):
        timing_file.read_timing(tmp_path / "none.srt", 25.0)
    (tmp_path / "a.doc").write_text("x")
    with pytest.raises(AssetError, match="no known format"):
        timing_file.read_timing(tmp_path / "a.doc", 25.0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.TextGrid", MFA.replace("1.5", "1e9")),
        ("a.dat", "MohoSwitch1\n1 AI\n9999999 rest\n"),
        ("a.tsv", "23:59:00:00\tA\n23:59:59:00\tX\n"),
        ("a.srt", "1\n100:00:01,000 --> 100:00:02,000\nHello.\n"),
    ],
)
def test_timing_of_days_is_refused_before_its_silence_fills_the_memory(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text)
    with pytest.raises(AssetError, match=r"ends after \d+ hours"):
        timing_file.read_timing(tmp_path / name, 25.0)


def test_convert_reads_and_writes_without_blender(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "ann.TextGrid"
    path.write_text(MFA)
    out = tmp_path / "out"
    assert command_line.main(["convert", str(path), "--to", "json,arkit,srt,textgrid", "--out", str(out)]) == 0
    assert sorted(p.name for p in out.iterdir()) == ["ann.TextGrid", "ann.arkit.csv", "ann.json", "ann.srt"]
    back = animation_json.read((out / "ann.json").read_text(encoding="utf-8"))
    assert back.duration == pytest.approx(1.5)
    first, last = 0.9, 1.3
    assert sample_curve(back.animation.channels["viseme_O"], (first + last) / 2) > 0.2
    # What it wrote itself is read again, with its curves.
    again = tmp_path / "again"
    assert command_line.main(["convert", str(out / "ann.json"), "--to", "json", "--out", str(again)]) == 0
    twice = animation_json.read((again / "ann.json").read_text(encoding="utf-8"))
    assert twice.animation.channels.keys() == back.animation.channels.keys()
    assert command_line.main(["convert", str(tmp_path / "no.srt"), "--to", "json", "--out", str(out)]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(("fps", "expected"), [((), 60.0), (("--fps", "24"), 24.0)])
def test_convert_has_the_frame_rate_of_the_file(tmp_path: Path, spoken: Spoken, fps: tuple[str, ...], expected: float):
    path, out = tmp_path / "film.json", tmp_path / "out"
    path.write_text(animation_json.write(replace(spoken, frame_rate=60.0)), encoding="utf-8")
    assert command_line.main(["convert", str(path), "--to", "json", "--out", str(out), *fps]) == 0
    assert animation_json.read((out / "film.json").read_text(encoding="utf-8")).frame_rate == expected


@pytest.mark.parametrize("rate", [60.0, 240.0, 1000.0])
def test_no_two_mouth_cues_have_one_time(spoken: Spoken, rate: float):
    fast = replace(spoken, frame_rate=rate)
    times = [line.split("\t")[0] for line in rhubarb_cues.write_tsv(fast).splitlines()[:-1]]
    assert len(set(times)) == len(times)
    assert rhubarb_cues.read_json(rhubarb_cues.write_json(fast))


def test_convert_never_writes_over_what_it_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "ann.rhubarb.tsv"
    path.write_text("0.0\tX\n0.5\tA\n1.0\tX\n")
    assert command_line.main(["convert", str(path), "--to", "json,rhubarb_tsv", "--out", str(tmp_path)]) == 1
    assert "would be written over" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["ann.rhubarb.tsv"]
    assert path.read_text().startswith("0.0\tX\n")
    assert command_line.main(["convert", str(path), "--to", "json,rhubarb_xml", "--out", str(tmp_path)]) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ann.json", "ann.rhubarb.tsv", "ann.rhubarb.xml"]


def test_an_unknown_format_is_said_before_the_work(tmp_path: Path):
    with pytest.raises(SystemExit):
        command_line.main(["convert", "a.srt", "--to", "docx", "--out", str(tmp_path)])


def test_the_shapes_are_all_of_arkit():
    assert sorted(arkit_csv.SHAPES) == sorted(ARKIT_CHANNELS)
