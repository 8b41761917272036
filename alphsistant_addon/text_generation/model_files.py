"""Where a language model comes from: shipped with the add-on, a folder, or the Hugging Face hub."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

from ..core.assets import asset_folder
from ..core.errors import AssetError, Cancelled, DependencyError
from ..core.progress import CancelEvent, check_cancel

Progress: TypeAlias = Callable[[str, float], None]
"""Called with the step in words and the share of it that is done, 0…1."""

HUB_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?")
SETTINGS: Final = ["config.json", "generation_config.json", "tokenizer*.json", "vocab.json", "merges.txt"]
SETTINGS_MORE: Final = ["special_tokens_map.json", "added_tokens.json"]
SAFE_WEIGHTS: Final = ["model.safetensors", "model-*.safetensors", "model.safetensors.index.json"]
EIGHT_BITS: Final = "model.int8.safetensors"
"""Of the shipped model: weights as :mod:`alphsistant_addon.core.eight_bits` packs them.

Its name keeps transformers from taking them for whole ones; :func:`.gpt2.expand` makes a folder that it reads.
"""
OLD_WEIGHTS: Final = ["pytorch_model.bin"]
"""Only fetched where a model has nothing better (DialoGPT), and only ever read with ``weights_only=True``."""

_SMALL_BYTES: Final = 5_000_000


def model_folder(
    name_or_folder: str | Path | None,
    *,
    allow_network: bool = False,
    progress: Progress | None = None,
    cancel: CancelEvent | None = None,
) -> Path:
    """Folder with the model's files; a hub model is downloaded once and found in the hub's own cache afterwards.

    Raises:
        AssetError: no such folder or model, or a download is needed and not allowed.
        DependencyError: ``huggingface_hub`` is missing.
    """
    if name_or_folder is None:
        return asset_folder("language_model")
    folder = Path(name_or_folder).expanduser()
    if folder.is_dir():
        return folder
    name = str(name_or_folder)
    if isinstance(name_or_folder, Path) or not HUB_ID.fullmatch(name):
        raise AssetError(f"There is no language model folder “{name}”.")
    return _hub_folder(name, allow_network=allow_network, progress=progress, cancel=cancel)


def has_weights(folder: Path) -> bool:
    """Whether the folder holds weights as safetensors."""
    return any(path.stat().st_size for pattern in SAFE_WEIGHTS[:2] for path in folder.glob(pattern))


def _are_whole(folder: Path) -> bool:
    """Whether all weights are there: a download of several files may have been cancelled between two of them."""
    if (folder / SAFE_WEIGHTS[0]).is_file():
        return True
    try:
        listed = json.loads((folder / SAFE_WEIGHTS[2]).read_text(encoding="utf-8"))["weight_map"]
        return all((folder / name).is_file() for name in set(listed.values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def check_kind(folder: Path) -> None:
    """Look into the settings before anything is built.

    Raises:
        AssetError: the model needs code of its own, writes no text, or has no weights that are read as data.
    """
    from transformers import CONFIG_MAPPING  # noqa: PLC0415  # heavy
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES  # noqa: PLC0415

    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind = settings.get("model_type", "")
        needs_code = "auto_map" in settings
    except (OSError, ValueError, AttributeError) as error:
        raise AssetError(f"The language model in “{folder}” cannot be read: its files are damaged.") from error
    if kind not in CONFIG_MAPPING:
        if needs_code:
            raise AssetError(f"The language model in “{folder}” needs code of its own, and no code of others is run.")
        raise AssetError(f"The language model in “{folder}” is of an unknown kind ({kind or 'none named'}).")
    if kind not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise AssetError(f"The model in “{folder}” ({kind}) writes no text: choose a causal language model.")
    if kind != "gpt2" and not has_weights(folder):
        raise AssetError(f"The language model in “{folder}” has no weights as safetensors, and others are not read.")


def _hub_folder(name: str, *, allow_network: bool, progress: Progress | None, cancel: CancelEvent | None) -> Path:
    try:
        import huggingface_hub  # noqa: PLC0415 - heavy; the worker imports it when it is needed
        from huggingface_hub import constants, errors  # noqa: PLC0415
    except ImportError as error:
        raise DependencyError(f"Models from the hub need the Python package {error.name}.") from error
    # The zip leaves out the package for the hub's faster protocol; without this line each file brings a warning.
    constants.HF_HUB_DISABLE_XET = True

    def fetch(patterns: list[str], *, offline: bool) -> Path:
        return Path(
            huggingface_hub.snapshot_download(
                name,
                allow_patterns=patterns,
                local_files_only=offline,
                tqdm_class=None if offline else _progress_bar(name, progress, cancel),
            )
        )

    wanted = SETTINGS + SETTINGS_MORE + SAFE_WEIGHTS
    try:
        folder = fetch(wanted + OLD_WEIGHTS, offline=True)
        if (folder / "config.json").exists() and (_are_whole(folder) or (folder / OLD_WEIGHTS[0]).exists()):
            return folder
    except (errors.LocalEntryNotFoundError, errors.HFValidationError):
        pass  # not in the cache: the next lines decide what happens
    if not allow_network:
        raise AssetError(
            f"The language model “{name}” is not on this computer: "
            "allow network access in the preferences to download it."
        )
    try:
        folder = fetch(wanted, offline=False)
        if not has_weights(folder):
            folder = fetch(OLD_WEIGHTS, offline=False)
    except Cancelled:
        raise
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise AssetError(f"The hub has no language model named “{name}”.") from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError) as error:
        raise AssetError(
            f"The language model “{name}” could not be downloaded: check the network and try again."
        ) from error
    return folder


def _progress_bar(name: str, progress: Progress | None, cancel: CancelEvent | None) -> Any:
    """A tqdm class that reports to ``progress`` instead of drawing, and stops the download on ``cancel``."""
    import tqdm.auto  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415 - comes with huggingface_hub

    base: Any = tqdm.auto.tqdm

    class ProgressBar(base):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.in_bytes = kwargs.get("unit") == "B"
            kwargs["disable"] = False
            super().__init__(*args, **kwargs)

        def display(self, *_args: Any, **_kwargs: Any) -> bool:
            return True

        def update(self, n: float | None = 1) -> Any:
            check_cancel(cancel)
            done = super().update(n)
            # The settings are small and come first; the bar is about the weights.
            if progress is not None and self.in_bytes and self.total and self.total > _SMALL_BYTES:
                progress(f"Downloading {name}", min(1.0, self.n / self.total))
            return done

    return ProgressBar
