"""What the voice does with a sentence in which its attention lost its way: it tries again, and speaks the best try."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("phonemizer")

from alphsistant_addon.text_to_phones.phones import transcribe
from alphsistant_addon.text_to_phones.reading import Sentence, read_out
from alphsistant_addon.text_to_speech.dc_tts.attention_check import LONGEST_PHONE, SHORTEST_PHONE, Trouble, trouble
from alphsistant_addon.text_to_speech.dc_tts.decoder import Utterance
from alphsistant_addon.text_to_speech.voice import RETRIES, Voice, _Heard

FINE, LOST = Trouble((), (), unfinished=False), Trouble((), (), unfinished=True)
TEXT = "A pie and a boy and a cat, and then a dog."


class Reader:
    """Reads sentences with set troubles, one after the other, and remembers what it was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *troubles: Trouble) -> None:
        self.troubles = iter(troubles)
        self.asked: list[tuple[str, int | None]] = []
        monkeypatch.setattr(
            Voice, "_read", lambda _voice, sentence, _cancel, _sounds, seed=None: self.read(sentence, seed)
        )

    def read(self, sentence: Sentence, seed: int | None) -> _Heard:
        self.asked.append((sentence.spoken, seed))
        nothing = Utterance(torch.zeros(1, 1), torch.zeros(1, 1), finished=True)
        return _Heard(sentence, transcribe(sentence.spoken), nothing, [], next(self.troubles))


def passed_over(count: int) -> Trouble:
    return Trouble(tuple(range(count)), (), unfinished=False)


def read(voice: Voice, seed: int = 7) -> list[Trouble]:
    return [heard.trouble for heard in voice._read_well(read_out(TEXT).sentences[0], seed, None)]


def test_a_good_reading_is_taken_as_it_is(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(monkeypatch, FINE)
    assert read(voice) == [FINE]
    assert [seed for _, seed in reader.asked] == [None]


def test_it_is_tried_twice_more_with_seeds_of_its_own(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(monkeypatch, LOST, passed_over(2), FINE)
    assert read(voice) == [FINE]
    assert [seed for _, seed in reader.asked] == [None, 8, 9]
    assert RETRIES == 2


@pytest.mark.parametrize("best", [0, 1, 2])
def test_the_best_of_all_tries_is_spoken(voice: Voice, monkeypatch: pytest.MonkeyPatch, best: int) -> None:
    """Clause by clause it would be no better: the clauses are lost too."""
    troubles = [passed_over(3)] * 3
    troubles[best] = passed_over(1)
    Reader(monkeypatch, *troubles, *[LOST] * 10)
    assert read(voice) == [passed_over(1)]


def test_clause_by_clause_where_that_is_better(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(monkeypatch, LOST, LOST, LOST, *[FINE] * 10)
    found = read(voice)
    assert len(found) > 1
    assert set(found) == {FINE}
    clauses = [spoken for spoken, _ in reader.asked[3:]]
    assert len(clauses) == len(found)
    assert [word.strip(",.") for clause in clauses for word in clause.split()] == TEXT.lower().replace(",", "")[
        :-1
    ].split()


def test_no_end_is_worse_than_any_sounds_passed_over() -> None:
    assert passed_over(20).weight < LOST.weight
    assert passed_over(1).weight < passed_over(2).weight
    assert not FINE


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [
        (LONGEST_PHONE + 0.01, Trouble((), (1,), unfinished=False)),
        (LONGEST_PHONE - 0.01, FINE),
        (SHORTEST_PHONE + 0.001, FINE),
        (SHORTEST_PHONE - 0.001, Trouble((1,), (), unfinished=False)),
    ],
)
def test_a_phone_is_dwelt_on_over_600_ms_and_passed_over_under_12(seconds: float, wanted: Trouble) -> None:
    step = 0.001
    attention = torch.zeros(1000, 2)
    attention[:, 0] = 0.1 / step / 1000
    attention[:, 1] = seconds / step / 1000
    assert (LONGEST_PHONE, SHORTEST_PHONE) == (0.6, 0.012)
    assert trouble(Utterance(torch.zeros(1000, 1), attention, finished=True), ["m", "i"], step) == wanted
