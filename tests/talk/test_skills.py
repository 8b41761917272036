"""Commands and skills: what they answer, and what is none of their business."""

from __future__ import annotations

import datetime as dt

import pytest

from alphsistant_addon.lip_sync.moods import MOODS
from alphsistant_addon.talk.skills import FASTER, IN_DANGER, SKILLS, SLOWER, Answer, find_skill
from alphsistant_addon.text_generation.arithmetic import NoSumError, read_number, work_out
from alphsistant_addon.text_generation.dates import read_date

NOW = dt.datetime(2026, 11, 27, 15, 4, tzinfo=dt.UTC)


def answer(text: str) -> Answer | None:
    found = find_skill(text, NOW)
    return found[1] if found else None


def name(text: str) -> str | None:
    found = find_skill(text, NOW)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("said", "skill"),
    [
        ("Say that again.", "repeat"),
        ("Please say that again!", "repeat"),
        ("what did you say", "repeat"),
        ("Stop!", "stop"),
        ("stop talking now", "stop"),
        ("Could you speak a little slower, please?", "slower"),
        ("faster", "faster"),
        ("Speak up!", "louder"),
        ("be quieter", "quieter"),
        ("Be happy!", "mood"),
        ("look sad", "mood"),
        ("What can you do?", "abilities"),
        ("What can you do for me?", "abilities"),
    ],
)
def test_commands(said: str, skill: str):
    assert name(said) == skill


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_each_skill_understands_its_own_example(skill):
    assert name(skill.example) == skill.name


@pytest.mark.parametrize(
    "said",
    [
        "Stop the war.",
        "Say that again in French.",
        "How fast is a faster car?",
        "Why are you sad?",
        "Are you happy?",
        "Be nice.",
        "What time is it in Tokyo?",
        "What day is your birthday?",
        "What is love?",
        "I am 6 feet tall.",
        "What is 7?",
        "What is one?",
        "One and only",
        "How many angels are there?",
        "How many metres are 3 kilograms?",
        "What is in the box?",
        "Two plus you",
        "and",
        "-",
        "",
        "   ",
        "Can you help me?",
        "1990-05-12",
        "555-1234",
        "9/11.",
        "24/7",
        "12/5/1990",
        "1914–1918",
        "1 / 0",
        "9 ^ 9 ^ 9",
        "10 to the power of 60",
        "What is nineteen ninety plus ten?",
        "five six plus one",
        "five hundred hundred plus one",
        "2 million million + 1",
        "two million three million + 1",
        pytest.param("3" + "²" * 35, id="a tower of squares"),
        pytest.param("(((((1/3)^64)^64)^64)^64)^64", id="a tower of fractions"),
    ],
)
def test_what_no_skill_answers(said: str):
    assert find_skill(said, NOW) is None


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("What time is it?", "It is 3:04 p.m."),
        ("What is the date today?", "Today is Friday, November 27, 2026."),
        ("what day is it", "Today is Friday, November 27, 2026."),
        ("What day was July 4, 1776?", "July 4, 1776 was a Thursday."),
        ("Which weekday is the 24th of December?", "December 24, 2026 will be a Thursday."),
        ("What is 12 times 7?", "12 times 7 is 84."),
        ("what is seven plus five", "Seven plus five is 12."),
        ("What is 2 + 3 * 4?", "2 + 3 * 4 is 14."),
        ("What is 10 divided by 4?", "10 divided by 4 is 2.5."),
        ("What is 1 / 3?", "1 / 3 is about 0.3333."),
        ("What is 12-5?", "12-5 is 7."),
        ("12 - 5", "12 - 5 is 7."),
        ("1/2 + 1/3", "1/2 + 1/3 is about 0.8333."),
        ("fifteen percent of 80", "Fifteen percent of 80 is 12."),
        ("What is the square root of 144?", "The square root of 144 is 12."),
        ("what is two hundred and five minus six", "Two hundred and five minus six is 199."),
        ("1,000 × 1,000", "1,000 × 1,000 is 1,000,000."),
        ("How many centimetres are 3 feet?", "3 feet are 91.44 centimetres."),
        ("convert 10 miles to kilometers", "10 miles are 16.09344 kilometres."),
        ("What is 20 degrees Celsius in Fahrenheit?", "20 degrees Celsius are 68 degrees Fahrenheit."),
        ("what is 1 pound in grams", "1 pound is 453.59237 grams."),
        ("How many days are in two weeks?", "2 weeks are 14 days."),
        ("-40 °f in °c", "-40 degrees Fahrenheit are -40 degrees Celsius."),
    ],
)
def test_answers(said: str, text: str):
    found = answer(said)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize("said", ["Help!", "help", "Please help!"])
def test_who_only_says_help_hears_first_what_to_do_in_danger(said: str):
    found, abilities = answer(said), answer("What can you do?")
    assert found is not None
    assert abilities is not None
    assert found.text == IN_DANGER + abilities.text


def test_twelve_at_noon_and_at_midnight():
    for hour, text in ((0, "It is 12:30 a.m."), (12, "It is 12:30 p.m."), (11, "It is 11:30 a.m.")):
        found = find_skill("What time is it?", NOW.replace(hour=hour, minute=30))
        assert found is not None
        assert found[1].text == text


def test_slower_and_faster_undo_each_other():
    assert abs(SLOWER * FASTER - 1.0) < 0.01


def test_moods_are_those_of_the_face():
    for mood in MOODS:
        found = answer(f"Be {mood}")
        assert found is not None
        assert found.mood == mood


def test_no_day_that_there_is_not():
    assert read_date("june 31", 2026) is None
    assert read_date("february 29", 2024) == dt.date(2024, 2, 29)
    assert read_date("2026-12-24", 2000) == dt.date(2026, 12, 24)


@pytest.mark.parametrize(
    ("text", "value"),
    [("twelve", 12), ("a hundred", 100), ("three thousand two hundred and forty-five", 3245), ("1,250.5", 1250.5)],
)
def test_numbers_are_read(text: str, value: float):
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["2 +", "(2 + 3", "2 3", "import os", "2 ** 1000", "√ -4", "()", "1" * 400 + " * 2"])
def test_what_is_no_sum(text: str):
    with pytest.raises(NoSumError):
        work_out(text)
