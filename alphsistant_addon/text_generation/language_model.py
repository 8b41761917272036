"""A causal language model as a partner in conversation.

GPT-2 first (Radford et al., *Language Models are Unsupervised Multitask Learners*, 2019), and whatever else
transformers loads without code of others.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from ..core.errors import AlphsistantError, AssetError, DependencyError, TextError
from ..core.progress import CancelEvent, check_cancel
from .chat_template import ChatTemplate
from .dialogue_format import (
    SCRIPT,
    Sampling,
    TurnFormat,
    earlier_turns,
    for_persona,
    join_unanswered,
    plain_format,
    prompt_ids,
)
from .model_files import Progress, check_kind, has_weights, model_folder
from .model_memory import check_memory
from .persona import ALPHSISTANT, Persona, Turn
from .reply_sentences import CHARACTERS_PER_SECOND, clean_prompt
from .sentence_stream import MOST_SENTENCE_CHARACTERS, Written, sentences_of, worth_saying

try:
    import torch

    from . import gpt2, int8
    from .drawing import probabilities
except ImportError as error:
    raise DependencyError(f"Text generation needs the Python package {error.name}.") from error

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 6
"""Replies that are empty, echo the prompt or raise a false alarm are drawn again, this many times in all."""
WARMER: Final = 0.15
"""So much the temperature rises from one of them to the next."""
MOST_CONTEXT: Final = 2048
"""Tokens that are used of a model's context: more make the first word wait, and a talk needs no more."""
PROMPT_CHUNK: Final = 32
"""Tokens of the prompt that are read between two looks at the cancel event."""
ONE_THREAD_WIDTH: Final = 512
"""Networks narrower than this run in one thread: a second one brings nothing to such small matrices, and on a busy
computer the two wait for each other (98 against 12 tokens per second of processor time, for the shipped model)."""
_CHARACTERS_PER_TOKEN: Final = 3.0
"""Of English in GPT-2's tokens, on the safe side; it only bounds the room kept for the reply."""


class LanguageModel:
    """A causal language model that answers in whole sentences."""

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        turns: TurnFormat | ChatTemplate,
        sampling: Sampling | None = None,
        device: str = "cpu",
    ) -> None:
        """Use :meth:`load`.

        Args:
            network: ``gpt2.GPT2`` or a causal model of ``transformers``, in evaluation mode, on ``device``.
            tokenizer: its tokenizer, of ``gpt2`` or of ``transformers``.
            turns: how the model writes turns.
            sampling: how tokens are drawn, if not as the format does.
            device: where the network computes (``cpu`` or ``cuda``); tokens are drawn on the CPU either way.
        """
        self.device = device
        self.turns = turns
        self.sampling = sampling or turns.sampling
        self._network = network
        self._tokenizer = tokenizer
        settings = _settings_of(network)
        positions = int(getattr(settings, "max_position_embeddings", None) or 0)
        self._context = min(MOST_CONTEXT, positions) if positions > 0 else MOST_CONTEXT  # some have no end (ALiBi)
        self._is_narrow = int(getattr(settings, "hidden_size", ONE_THREAD_WIDTH)) < ONE_THREAD_WIDTH
        self._stop_ids = _stop_ids(network, tokenizer)
        self._kept: _Kept | None = None
        """The prompt that was read last."""

    @classmethod
    def load(
        cls,
        name_or_folder: str | Path | None = None,
        *,
        allow_network: bool = False,
        use_gpu: bool = True,
        progress: Progress | None = None,
        cancel: CancelEvent | None = None,
    ) -> Self:
        """Load the shipped model (``None``), a folder, or a model of the Hugging Face hub by its id.

        Args:
            name_or_folder: such as ``openai-community/gpt2`` or ``HuggingFaceTB/SmolLM2-135M-Instruct``.
            allow_network: whether a hub model that is not on this computer may be downloaded.
            use_gpu: whether to compute on an NVIDIA card (CUDA) where torch finds one; else, or where that fails, on
                the CPU.
            progress: called with the step in words and the share of the download that is done.
            cancel: stops a download.

        Raises:
            AssetError: the model is missing, damaged, larger than the memory, or of a kind that writes no text.
            DependencyError: a Python package is missing.
        """
        folder = model_folder(name_or_folder, allow_network=allow_network, progress=progress, cancel=cancel)
        check_cancel(cancel)
        if progress is not None:
            progress("Loading the language model", 0.0)
        try:
            network, tokenizer, sampling = _load_files(folder)
        except AlphsistantError:
            raise
        except Exception as error:  # damaged files make these libraries raise almost anything, even bare Exception
            raise AssetError(f"The language model in “{folder}” cannot be read: its files are damaged.") from error
        if progress is not None:
            progress("Loading the language model", 1.0)
        turns = turn_format(tokenizer, network.config, str(name_or_folder or ""))
        device = _move_to_gpu(network) if use_gpu else "cpu"
        if device == "cpu" and isinstance(network, gpt2.GPT2) and network.config.n_embd >= ONE_THREAD_WIDTH:
            int8.make_faster(
                network, tokenizer.encode(int8.TEXT, add_special_tokens=False)[: network.config.n_positions]
            )
        return cls(network, tokenizer, turns, sampling, device)

    @property
    def context(self) -> int:
        """Tokens that the model can see at once."""
        return self._context

    def reply(
        self,
        prompt: str,
        history: Sequence[Turn] = (),
        *,
        persona: Persona | None = None,
        seed: int = 0,
        max_seconds: float = 20.0,
        cancel: CancelEvent | None = None,
    ) -> Iterator[str]:
        """Answer in whole sentences, each yielded as soon as it is written.

        The same seed, prompt and history give the same reply on the same computer; the random state of torch at large
        is neither used nor changed.

        Args:
            prompt: what the user says; of a very long text the model sees the end.
            history: earlier (prompt, reply) pairs, oldest first; as many of the last as fit are used. A reply without
                a prompt is what was said unasked; a prompt without a reply stands before the next one.
            persona: whom the model plays; Alphsistant by default.
            seed: any whole number.
            max_seconds: length of the reply when spoken, estimated; the first sentence is always whole.
            cancel: looked at before each token.

        Raises:
            TextError: the prompt holds no words, or no usable reply came of any attempt.
            Cancelled: the event was set.
        """
        most_characters = 8 * self.context
        history, prompt = join_unanswered(history, clean_prompt(prompt, most_characters))
        asked = clean_prompt(prompt, most_characters)
        who = persona or ALPHSISTANT
        most_said = max_seconds * CHARACTERS_PER_SECOND
        longest = int((most_said + MOST_SENTENCE_CHARACTERS) / _CHARACTERS_PER_TOKEN)
        new_tokens = max(1, min(longest, 3 * self.context // 8))
        room = self.context - new_tokens
        stop_texts = self.turns.stop_texts
        if isinstance(self.turns, ChatTemplate):
            earlier = earlier_turns((*who.turns, *history), most_characters)
            ids = self.turns.prompt_ids(who, asked, earlier, room)
        else:
            turns, before = for_persona(self.turns, who)
            earlier = earlier_turns((*before, *history), most_characters)
            ids = prompt_ids(turns, self._tokenizer, asked, earlier, room)
            stop_texts = turns.stop_texts
        said_before = earlier[-1][1] if earlier else ""
        # A small network learns kind answers to danger by heart, and gives them to the harmless as well.
        heard = " ".join((*(human for human, _ in history), prompt)) if self._is_narrow else None

        def attempts() -> Iterator[str]:
            """Draw replies with derived seeds until one has a first sentence worth saying; follow it to its end."""
            for attempt in range(MOST_ATTEMPTS):
                random = torch.Generator().manual_seed((seed * MOST_ATTEMPTS + attempt) % 2**63)
                # A model that draws coolly would say the refused reply again.
                warmer = replace(self.sampling, temperature=self.sampling.temperature + attempt * WARMER)
                said = False
                for sentence in worth_saying(
                    self._sentences(ids, stop_texts, new_tokens, random, warmer, cancel),
                    asked=asked,
                    said_before=said_before,
                    most_characters=most_said,
                    last_attempt=attempt == MOST_ATTEMPTS - 1,
                    heard=heard,
                ):
                    said = True
                    yield sentence
                if said:
                    return
            raise TextError("The language model found no answer: ask in other words, or choose another seed.")

        return attempts()

    def _sentences(
        self,
        ids: list[int],
        stop_texts: Sequence[str],
        new_tokens: int,
        random: torch.Generator,
        sampling: Sampling,
        cancel: CancelEvent | None,
    ) -> Iterator[str]:
        """Clean sentences of one drawn reply; a last one that was cut off is left out."""
        return sentences_of(self._written(self._tokens(ids, new_tokens, random, cancel, sampling)), stop_texts)

    def _written(self, tokens: Iterator[int]) -> Iterator[Written]:
        """The text of the tokens so far, after each of them."""
        written: list[int] = []
        text = ""
        for token in tokens:
            if token in self._stop_ids:
                yield text, True
                return
            written.append(token)
            # An incomplete UTF-8 sequence at the end decodes to U+FFFD until its next token comes.
            text = self._tokenizer.decode(written, skip_special_tokens=True).rstrip("\ufffd")
            yield text, False

    def _tokens(
        self,
        ids: list[int],
        new_tokens: int,
        random: torch.Generator,
        cancel: CancelEvent | None,
        sampling: Sampling | None = None,
    ) -> Iterator[int]:
        """Draw tokens one by one, the keys and values of earlier ones cached."""
        logits, cache = self._read(ids, cancel)
        written: list[int] = []
        for _ in range(new_tokens):
            token = self._draw(logits, written, random, sampling or self.sampling)
            written.append(token)
            yield token
            check_cancel(cancel)
            logits, cache = self._step([token], cache)

    def _read(self, ids: list[int], cancel: CancelEvent | None) -> tuple[torch.Tensor, Any]:
        """Logits after the prompt, and its keys and values; what the last prompt began with is not read again.

        Prompts are read in pieces of :data:`PROMPT_CHUNK` tokens, and only whole pieces are taken over: so every prompt
        gives the same logits to the last bit, whatever was asked before.
        """
        kept, self._kept = self._kept, None  # nothing, if this is cancelled
        start, cache, logits = 0, None, None
        if kept is not None:
            same = next((i for i, pair in enumerate(zip(ids, kept.ids, strict=False)) if pair[0] != pair[1]), None)
            if ids == kept.ids:
                start, logits = len(ids), kept.logits
            else:
                shorter = min(len(ids), len(kept.ids)) if same is None else same
                start = min(shorter, len(ids) - 1) // PROMPT_CHUNK * PROMPT_CHUNK
            cache = _cut(kept.cache, start) if start else None
            start = start if cache is not None else 0
        for begin in range(start, len(ids), PROMPT_CHUNK):
            check_cancel(cancel)
            piece = ids[begin : begin + PROMPT_CHUNK]
            if begin + PROMPT_CHUNK < len(ids) and isinstance(self._network, gpt2.GPT2):
                cache = self._take_in(piece, cache)
            else:
                logits, cache = self._step(piece, cache)
        if logits is None:
            raise TextError("There is nothing to answer: type a prompt first.")
        self._kept = _Kept(ids, logits, cache)
        return logits, cache

    @torch.inference_mode()
    def _take_in(self, ids: list[int], cache: Any) -> Any:
        """Read tokens whose logits nobody needs."""
        with _threads(one=self._is_narrow):
            return self._network.read(torch.tensor([ids], device=self.device), cache)

    @torch.inference_mode()
    def _step(self, ids: list[int], cache: Any) -> tuple[torch.Tensor, Any]:
        """Logits ``[vocabulary]`` after the last of ``ids``, and the cache that now holds them too."""
        with _threads(one=self._is_narrow):
            output = self._network(
                input_ids=torch.tensor([ids], device=self.device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        return output.logits[0, -1].float().cpu(), output.past_key_values

    @torch.inference_mode()
    def _draw(self, logits: torch.Tensor, written: list[int], random: torch.Generator, sampling: Sampling) -> int:
        """One token by top-p sampling; the first one is never the end."""
        if not written:
            logits = logits.clone()
            logits[self._stop_ids] = -math.inf
        return int(torch.multinomial(probabilities(logits, written, sampling), 1, generator=random))


@dataclass(frozen=True, slots=True)
class _Kept:
    """A prompt that was read."""

    ids: list[int]
    logits: torch.Tensor
    """After its last token, ``[vocabulary]``."""
    cache: Any


def _cut(cache: Any, length: int) -> Any:
    """Return the first tokens of a cache; ``None`` where it cannot be cut."""
    if isinstance(cache, tuple):
        return tuple((keys[:, :, :length], values[:, :, :length]) for keys, values in cache)
    if not hasattr(cache, "crop") or any(getattr(cache, "is_sliding", ())):
        return None
    surplus = cache.get_seq_length() - length
    if surplus > 0:
        cache.crop(-surplus)
    return cache


def _settings_of(network: Any) -> Any:
    """Settings of what writes the text: a model that sees pictures too has them in a part of its own."""
    config = network.config
    return config.get_text_config(decoder=True) if hasattr(config, "get_text_config") else config


@contextlib.contextmanager
def _threads(*, one: bool) -> Iterator[None]:
    """Compute in one thread, where that is wanted."""
    threads = torch.get_num_threads()
    if one:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def turn_format(tokenizer: Any, config: Any, name: str) -> TurnFormat | ChatTemplate:
    """Tell how a model writes turns: a format that we know, its chat template, or else a script."""
    known = plain_format(tokenizer, config, name)
    if known is not None:
        return known
    return ChatTemplate.of(tokenizer) if getattr(tokenizer, "chat_template", None) else SCRIPT


def _move_to_gpu(network: Any) -> str:
    """Move the network to the graphics card if torch can compute there; where it is now."""
    if not torch.cuda.is_available():
        return "cpu"
    try:
        network.to("cuda")
    except (RuntimeError, AssertionError) as error:  # out of memory, a driver that is too old, a card that is too old
        logger.warning("The graphics card cannot be used, so the language model runs on the CPU: %s", error)
        network.to("cpu")  # what had been moved already
        return "cpu"
    return "cuda"


def _stop_ids(network: Any, tokenizer: Any) -> list[int]:
    """Tokens that end a reply: every special one, and what the model's generation settings call its end."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    ends = getattr(getattr(network, "generation_config", None), "eos_token_id", None)
    listed = ends if isinstance(ends, list) else [] if ends is None else [ends]
    return sorted({*tokenizer.all_special_ids, *(i for i, token in added.items() if token.special), *listed})


def _load_files(folder: Path) -> tuple[Any, Any, Sampling | None]:
    """Network, tokenizer and the sampling that the folder asks for; no code of the folder is run."""
    check_memory(folder)
    network, tokenizer = gpt2.load(folder) or _load_with_transformers(folder)
    return network, tokenizer, _sampling(folder)


def _load_with_transformers(folder: Path) -> tuple[Any, Any]:
    """Network and tokenizer of a folder that ``gpt2`` does not read; importing transformers takes seconds."""
    try:
        import transformers  # noqa: PLC0415
    except ImportError as error:
        raise DependencyError(f"This language model needs the Python package {error.name}.") from error
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # the panel shows our own
    check_kind(folder)
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    loaded: Any = transformers.AutoModelForCausalLM.from_pretrained(
        folder,
        config=config,
        dtype=torch.float32,  # fp16 arithmetic is slow on a CPU
        local_files_only=True,
        use_safetensors=True if has_weights(folder) else None,
        weights_only=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    network, info = loaded
    if info["missing_keys"] or len(tokenizer) > len(network.get_input_embeddings().weight):
        raise AssetError(f"The language model in “{folder}” is incomplete: its files do not belong together.")
    if "past_key_values" not in inspect.signature(type(network).forward).parameters:  # Mamba, RWKV, XLNet, GPT-1
        raise AssetError(
            f"The language model in “{folder}” ({config.model_type}) keeps what it has read in a way of its own, which "
            "is not known here: choose another model."
        )
    return network.eval(), tokenizer


def _sampling(folder: Path) -> Sampling | None:
    """What ``generation_config.json`` says, where a model brings one that samples."""
    path = folder / "generation_config.json"
    settings = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if not settings.get("do_sample") or settings.get("temperature") is None:
        return None
    top_p, penalty = settings.get("top_p") or 1.0, settings.get("repetition_penalty") or 1.0
    return Sampling(float(settings["temperature"]), float(top_p), float(penalty))
