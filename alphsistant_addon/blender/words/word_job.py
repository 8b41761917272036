"""Words that are said anew: a job of the models' process, whose end is one change of the take in one undo step."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from ...core.errors import AlphsistantError
from ...core.phone_inventory import SILENCE, VOWELS
from ...core.speech import Phone, Word
from ...pipeline.requests import ReadWordRequest, RespeakRequest
from ...pipeline.respeaking import Respoken, WordRead
from ...text_to_speech.controls import Controls
from ..common.file_changes import FileChanges
from ..jobs import desk, models_owner
from ..speak.operators import chosen_models
from ..takes import stored
from ..takes.take_task import file_obstacle, push_undo
from . import take_sound, word_edits, word_list
from .word_change import WordsChange, make
from .word_state import WordState, read_phones, state_of, word_at, written

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ..speak.speaking_job import ChosenModels


def start(take_id: str, place: int, *, text: str = "", phones: str = "", stress: int | None = None) -> bool:
    """Say a word of a take anew: as another text, with other phones, or with another stress (0, 1 or 2).

    What the voice has spoken is spoken again, one word of it, and the mouth follows, unless the list says that the
    sound stays. Of a recording the phones alone are changed.

    Returns:
        Whether it is done already; else a job has begun, which ends with an undo step.

    Raises:
        AlphsistantError: there is no such word, or no such phone.
    """
    state = state_of(take_id)
    word = word_at(state, place)
    text = " ".join(text.split()) or word.text
    symbols: tuple[tuple[str, int], ...] = ()
    if phones:
        symbols = read_phones(phones)
    elif stress is not None:
        symbols = tuple(word_edits.stressed(state.phones_in(place), stress))
    if state.is_spoken and word_list.sound_follows(take_id):
        desk.start(_WordTask(state, place, text, _request(state, place, text, symbols, chosen_models(bpy.context))))
        return False
    if symbols:
        word_edits.replace_phones(take_id, place, symbols)
        return True
    desk.start(_WordTask(state, place, text, ReadWordRequest(text, models=chosen_models(bpy.context).made())))
    return False


def _request(
    state: WordState, place: int, text: str, symbols: tuple[tuple[str, int], ...], models: ChosenModels
) -> RespeakRequest:
    manner = json.loads(state.record.get("manner", "{}"))
    if "models" in manner:
        models = replace(models, voice=manner["models"]["voice"])
    phones = tuple(Phone(symbol, 0.0, 0.0, level) for symbol, level in symbols)
    return RespeakRequest(
        sound=take_sound.path_of(state.record),
        words=state.words,
        phones=with_muted(state),
        place=place,
        sentence=_sentence(state, place),
        text=text,
        pronunciation=written(phones).replace(" ", ""),
        seed=state.take.seed,
        controls=Controls(**manner["controls"]) if "controls" in manner else Controls(),
        models=models.made(),
    )


def _sentence(state: WordState, place: int) -> tuple[int, int]:
    """Return the first word of a word's sentence, and the one after its last."""
    starts = [start for _, start in stored.sentences_of(state.record)]
    number_of = [sum(1 for start in starts if start <= word.start + 1e-3) for word in state.words]
    own = [i for i, number in enumerate(number_of) if number == number_of[place]]
    return own[0], own[-1] + 1


def with_muted(state: WordState) -> tuple[Phone, ...]:
    """Return the take's phones as they are with no word muted."""
    phones = list(state.phones)
    for place in sorted(state.muted, reverse=True):
        first, last = state.span_of_phones(place)
        phones[first:last] = state.muted[place]
    return tuple(phones)


class _WordTask(desk.Task):
    """Says a word anew; the last event is what becomes of the take."""

    first_step = "Reading the word"

    def __init__(self, state: WordState, place: int, text: str, request: RespeakRequest | ReadWordRequest) -> None:
        """Change the word at a place of a take."""
        self._take = state.take.id
        self._words = state.words
        self._place = place
        self._text = text
        self._request = request
        self._made: Respoken | WordRead | None = None

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Let the models' process do it."""
        yield from models_owner.run(self._request, cancel)

    def take_in(self, event: Any) -> None:
        """Keep what was made."""
        if isinstance(event, Respoken | WordRead):
            self._made = event

    def obstacle(self) -> str:
        """Say why the take cannot be changed at this moment."""
        return file_obstacle()

    def finish(self) -> bool:
        """Change the take."""
        state = state_of(self._take)
        if state.words != self._words:
            raise AlphsistantError("The words of this take have changed meanwhile: try it again.")
        if isinstance(self._made, Respoken):
            change = _spoken_anew(state, self._place, self._text, self._made)
        elif self._made is not None:
            change = _read_anew(state, self._place, self._text, self._made)
        else:
            raise RuntimeError("the work ended without a word")
        with FileChanges() as changes:
            make(state, change, changes)
        push_undo(f"Say “{self._text}”")
        return True


def _spoken_anew(state: WordState, place: int, text: str, made: Respoken) -> WordsChange:
    """Return the change that puts what was spoken into the take; other muted words stay muted."""
    more = len(made.words) - len(state.words)
    muted: dict[int, tuple[Phone, ...]] = {}
    spoken = replace(state, words=made.words, phones=made.phones, muted={})
    phones = made.phones
    for old in sorted(state.muted):
        if old == place:  # who types something new wants to hear it
            continue
        now = old if old < place else old + more
        muted[now] = spoken.phones_in(now)
    for now in muted:
        first, last = replace(spoken, phones=phones).span_of_phones(now)
        quiet = Phone(SILENCE, phones[first].start, phones[last - 1].end)
        phones = (*phones[:first], quiet, *phones[last:])
    said = _said(state, place, text)
    return WordsChange(
        words=made.words,
        phones=phones,
        muted=muted,
        before=np.array(made.before),
        after=np.array(made.after),
        everything=True,
        again=((made.after[1], made.after[2]),),
        samples=(made.samples, made.sample_rate),
        text=said[0],
        script=said[1],
    )


def _read_anew(state: WordState, place: int, text: str, made: WordRead) -> WordsChange:
    """Return the change that gives a word another text and its phones; the sound stays."""
    word = state.words[place]
    own = word_edits.with_symbols(state.phones_in(place), made.phones, word.start, word.end)
    first, last = state.span_of_phones(place)
    muted = dict(state.muted)
    phones = state.phones
    if place in muted:
        muted[place] = own
    else:
        phones = (*state.phones[:first], *own, *state.phones[last:])
    words = _split(word, text.split(), own)
    more = len(words) - 1
    said = _said(state, place, text)
    return WordsChange(
        words=(*state.words[:place], *words, *state.words[place + 1 :]),
        phones=phones,
        muted={old if old <= place else old + more: its for old, its in muted.items()},
        again=((word.start, word.end),),
        text=said[0],
        script=said[1],
    )


def _split(word: Word, texts: list[str], phones: tuple[Phone, ...]) -> tuple[Word, ...]:
    """Return a word as several ones, each with its share of the vowels' places; by letters where that is no help."""
    vowels = [phone for phone in phones if phone.symbol in VOWELS]
    if len(texts) == 1 or len(vowels) < len(texts):
        shares = np.cumsum([0, *(len(text) for text in texts)]) / max(sum(map(len, texts)), 1)
    else:
        shares = np.linspace(0.0, 1.0, len(texts) + 1)
    edges = (word.start + shares * (word.end - word.start)).tolist()
    return tuple(Word(text, a, b) for text, a, b in zip(texts, edges, edges[1:], strict=False))


def _said(state: WordState, place: int, text: str) -> tuple[str, str]:
    """Return the take's text and its script with other words in a place."""
    texts = [word.text for word in state.words]
    plain, script = str(state.record["text"]), str(state.record.get("script", state.record["text"]))
    return replaced(plain, texts, place, text), replaced(script, texts, place, text)


def replaced(text: str, words: list[str], place: int, new: str) -> str:
    """Return a text with one of its words replaced; the words one after the other where they are not found in it."""
    at = 0
    for number, word in enumerate(words):
        found = text.find(word, at)
        if found < 0:
            return " ".join((*words[:place], new, *words[place + 1 :]))
        at = found + len(word)
        if number == place:
            return f"{text[:found]}{new}{text[at:]}"
    return text
