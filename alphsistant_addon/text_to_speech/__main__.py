"""``python -m alphsistant_addon.text_to_speech``: train a voice, sharpen or export one, or convert a published one."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import Final

import torch

from ..core.errors import AlphsistantError, AssetError
from .dc_tts.networks import Text2Mel
from .dc_tts.voice_config import VoiceConfig
from .training.dataset import load_clips
from .training.dataset_check import check_dataset
from .training.sharpening import SHARPENING, sharpen_ssrn
from .training.train import Schedule, load_checkpoint, train_ssrn, train_text2mel
from .voices import voice_folder
from .weights import save_weights

DEFAULTS = Schedule()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m alphsistant_addon.text_to_speech", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser(
        "train", help="train a voice on a folder in LJSpeech's layout; goes on where it stopped"
    )
    train.add_argument("dataset", type=Path)
    train.add_argument("out", type=Path)
    train.add_argument("--network", choices=("text2mel", "ssrn", "both"), default="both")
    train.add_argument("--steps", type=int, default=12_000)
    train.add_argument("--batch-size", type=int, default=16)
    train.add_argument("--learning-rate", type=float, default=DEFAULTS.learning_rate)
    train.add_argument("--decay-from", type=float, default=DEFAULTS.decay_from)
    train.add_argument("--own-input-from", type=float, default=DEFAULTS.own_input_from)
    train.add_argument("--crop", type=int, default=DEFAULTS.crop)
    train.add_argument("--clips", type=int, help="use the first so many clips only")
    train.add_argument("--bfloat16", action="store_true", help="half the bits; twice as fast on processors that can")
    train.add_argument("--threads", type=int, default=torch.get_num_threads())
    train.add_argument(
        "--tune-ssrn", action="store_true", help="let the SSRN learn from the trained Text2Mel's predictions too"
    )
    train.add_argument(
        "--save-every", type=float, default=DEFAULTS.save_every, help="seconds between checkpoints"
    )  # fmt: skip
    train.add_argument("--config", type=Path, help="a folder with the voice.json to use")
    train.add_argument(
        "--start", metavar="VOICE", help="begin with the weights and sizes of a voice (name or folder): half an "
        "hour of speech is then enough",
    )  # fmt: skip
    sharpen = commands.add_parser(
        "sharpen", help="train a finished voice's SSRN on against a critic; the voice folder gets the new SSRN"
    )
    sharpen.add_argument("dataset", type=Path)
    sharpen.add_argument("out", type=Path, help="where the checkpoint goes; the same command goes on from it")
    sharpen.add_argument("voice", help="name of a shipped voice, or folder")
    sharpen.add_argument("--steps", type=int, default=SHARPENING.steps)
    sharpen.add_argument("--batch-size", type=int, default=SHARPENING.batch_size)
    sharpen.add_argument("--crop", type=int, default=SHARPENING.crop)
    sharpen.add_argument("--clips", type=int, help="use the first so many clips only")
    sharpen.add_argument("--bfloat16", action="store_true", help="half the bits; twice as fast on processors that can")
    sharpen.add_argument("--threads", type=int, default=torch.get_num_threads())
    check = commands.add_parser("check", help="look through a dataset: what training leaves out, what it mends")
    check.add_argument("dataset", type=Path)
    check.add_argument("--config", type=Path, help="a folder with the voice.json to use")
    times = commands.add_parser(
        "times",
        help="find when each sound of a dataset is said, and how high, where that is not known",
    )
    times.add_argument("dataset", type=Path)
    times.add_argument("--config", type=Path, help="a folder with the voice.json to use (default: that of heart)")
    export = commands.add_parser("export", help="make a voice folder of the checkpoints")
    export.add_argument("checkpoints", type=Path)
    export.add_argument("voice", type=Path)
    export.add_argument("--name", default="")
    export.add_argument("--description", default="", help="who is heard, in a few words")
    export.add_argument("--licence", default="")
    convert = commands.add_parser("convert", help="make a voice folder of a published DC-TTS checkpoint")
    convert.add_argument(
        "sources", type=Path, nargs="+", metavar="source",
        help="two .pth files of tugstugi/pytorch-dc-tts, or TensorFlow checkpoints of Kyubyong/dc_tts",
    )  # fmt: skip
    convert.add_argument("voice", type=Path)
    convert.add_argument(
        "--from", dest="kind", choices=("tugstugi", "kyubyong"), help="whose checkpoint it is; guessed by the file name"
    )
    convert.add_argument("--name", default="")
    convert.add_argument("--licence", default="", help="what the weights may be used for")
    return parser


def _check(arguments: argparse.Namespace) -> None:
    config = VoiceConfig.load(arguments.config) if arguments.config else VoiceConfig()
    report = check_dataset(arguments.dataset, config)
    print(report)
    if not report.usable:
        raise AssetError(f"“{arguments.dataset}” has no usable recording.")


def _times(arguments: argparse.Namespace) -> None:
    from ..listening import align  # noqa: PLC0415  (not for the other commands)
    from .training.dataset_times import add_times  # noqa: PLC0415

    config = VoiceConfig.load(arguments.config or voice_folder())
    report = add_times(arguments.dataset, config, align, lambda line: print(line, flush=True))
    print(report)


def _train(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    start = voice_folder(arguments.start) if arguments.start else None
    sizes = arguments.config or start
    config = VoiceConfig.load(sizes) if sizes else VoiceConfig()
    arguments.out.mkdir(parents=True, exist_ok=True)
    config.save(arguments.out)
    clips, report = load_clips(arguments.dataset, config, limit=arguments.clips)
    print(report)
    held = min(64, max(1, len(clips) // 10))
    clips, held_out = (clips[:-held], clips[-held:]) if len(clips) > 1 else (clips, clips)
    print(f"{len(clips)} clips to learn from, {len(held_out)} held out", flush=True)
    schedule = Schedule(
        steps=arguments.steps, batch_size=arguments.batch_size, learning_rate=arguments.learning_rate,
        decay_from=arguments.decay_from, own_input_from=arguments.own_input_from, crop=arguments.crop,
        save_every=arguments.save_every, bfloat16=arguments.bfloat16,
    )  # fmt: skip
    if arguments.network in ("text2mel", "both"):
        train_text2mel(clips, held_out, config, arguments.out, schedule, start=start)
    if arguments.network in ("ssrn", "both"):
        text2mel = None
        if arguments.tune_ssrn:
            text2mel = Text2Mel(config)
            text2mel.load_state_dict(load_checkpoint(arguments.out / "text2mel.ckpt")["network"])
        train_ssrn(clips, held_out, config, arguments.out, schedule, text2mel=text2mel, start=start)


def _sharpen(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    folder = voice_folder(arguments.voice)
    config = VoiceConfig.load(folder)
    clips, report = load_clips(arguments.dataset, config, limit=arguments.clips)
    print(report)
    held = min(64, max(1, len(clips) // 10))
    schedule = dataclasses.replace(
        SHARPENING, steps=arguments.steps, batch_size=arguments.batch_size, crop=arguments.crop,
        bfloat16=arguments.bfloat16,
    )  # fmt: skip
    network = sharpen_ssrn(clips[:-held], clips[-held:], config, arguments.out, schedule, folder)
    save_weights(network.state_dict(), folder / "ssrn.safetensors")
    print(f"the SSRN of {folder} is the sharper one now")


def _export(arguments: argparse.Namespace) -> None:
    from .voice import save_voice  # noqa: PLC0415

    config = dataclasses.replace(
        VoiceConfig.load(arguments.checkpoints),
        name=arguments.name,
        description=arguments.description,
        licence=arguments.licence,
    )
    networks = {n: load_checkpoint(arguments.checkpoints / f"{n}.ckpt")["network"] for n in ("text2mel", "ssrn")}
    save_voice(arguments.voice, config, networks)
    print(f"voice written to {arguments.voice}")


def _convert(arguments: argparse.Namespace) -> None:
    from .conversion.convert import convert  # noqa: PLC0415

    convert(
        arguments.sources, arguments.voice, kind=arguments.kind, name=arguments.name, licence=arguments.licence
    )  # fmt: skip
    print(f"voice written to {arguments.voice}")


_COMMANDS: Final = {
    "check": _check,
    "times": _times,
    "train": _train,
    "sharpen": _sharpen,
    "export": _export,
    "convert": _convert,
}


def main() -> int:
    """Run the command line; return the exit code."""
    arguments = _parser().parse_args()
    try:
        _COMMANDS[arguments.command](arguments)
    except AlphsistantError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
