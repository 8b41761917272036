"""A table of lines: read done line by line, taken up again after a stop; one that is bad stops none."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_cast import use_cast

from alphsistant_addon import listening
from alphsistant_addon.batch import command_line, exports, line_reply, run
from alphsistant_addon.batch import table as lines
from alphsistant_addon.batch.table import BadLine, Line, read_table, shard
from alphsistant_addon.core import sound_files
from alphsistant_addon.core.errors import AssetError, TextError
from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.interchange.frame_csv import as_table
from alphsistant_addon.text_generation.chat_server import Server

REPOSITORY = Path(__file__).resolve().parents[1]


def table(folder: Path, content: str | bytes) -> Path:
    path = folder / "lines.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_text(line: Line, folder: Path) -> Mapping[str, Any]:
    (folder / "said.txt").write_text(line.text)
    return {"text": line.text}


def no_leftovers(folder: Path) -> bool:
    return not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_table_as_people_save_it(tmp_path: Path):
    content = (
        "\ufeffID;Text;prompt;wav;transcript;character;mood;seed;notes\r\n"
        'a1;"Hello; there,\r\nyou.";;;;;Happy;7;fine\r\n'
        "\r\n"
        "b 2;;;sound/b.wav;Hi.;heads/ann.blend;;;\r\n"
    )
    read = read_table(table(tmp_path, content))
    assert read.unused == ("notes",)
    assert read.rows == (
        Line("a1", text="Hello; there,\nyou.", mood="happy", seed=7),
        Line("b 2", wav=tmp_path / "sound/b.wav", transcript="Hi.", character=tmp_path / "heads/ann.blend"),
    )


def test_a_character_of_the_cast_brings_its_persona(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    use_cast(monkeypatch, tmp_path / "assets", "Amy", "Bob")
    content = "id,prompt,character,persona\na,Hi.,BOB,\nb,Hi.,amy,own.txt\nc,Hi.,Tim,\nd,Hi.,tim.blend,\n"
    first, second, third, fourth = read_table(table(tmp_path, content)).rows
    persona = tmp_path / "assets" / "cast" / "bob" / "persona.txt"
    assert first == Line("a", prompt="Hi.", member="bob", persona=persona, voice="voice of Bob")
    assert isinstance(second, Line)
    assert (second.member, second.persona) == ("amy", tmp_path / "own.txt")
    assert isinstance(third, BadLine)
    assert "nobody called “Tim” in the cast: choose one of Amy, Bob" in third.error
    assert isinstance(fourth, Line)
    assert (fourth.member, fourth.character) == ("", tmp_path / "tim.blend")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "needs a header"),
        (b"name,words\na,b\n", "needs a header"),
        (b"id,text,text\na,b,c\n", "two columns named"),
        ("id,text\na,é\n".encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04 id,text \0\0\n", "zero bytes"),
        (b'id,text\na,"no end\n', "damaged near line"),
        (b"id,text\na," + b"x" * 200_000 + b"\n", "damaged near line"),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, content: bytes, words: str):
    with pytest.raises(AssetError, match=words):
        read_table(table(tmp_path, content))


@pytest.mark.parametrize(
    "content",
    [
        "id;text;note (a, b, c, d, e)\na;Hi, you;x\n",
        "sep=;\nid;text\na;Hi, you\n",
        "SEP=|\r\nid|text\r\na|Hi, you\r\n",
        "id\ttext\tnotes, and more, of them\na\tHi, you\t\n",
        'id,"text"\na,"Hi, you"\n',
        '"id";"text";"a ; b"\n"a";"Hi, you";""\n',
        "\n\nid|text\na|Hi, you\n",
    ],
)
def test_every_separator_is_known_by_what_it_makes_of_the_header(tmp_path: Path, content: str):
    assert read_table(table(tmp_path, content)).rows == (Line("a", text="Hi, you"),)


def test_a_table_that_is_not_there(tmp_path: Path):
    with pytest.raises(AssetError, match="cannot be read"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(AssetError, match="cannot be read"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("x,,,,,", "Nothing is to be said"),
        ("x,Hi,Ho,,,", "Both text and prompt"),
        ("x,,,a.wav,,", "no transcript"),
        ("x,Hi,,,,٣", "not a whole number"),
        ("x,Hi,,,,-1", "not a whole number"),
        ("x,Hi, there,,,,1", "more cells"),
        ("../x,Hi,,,,", "cannot name a folder"),
        ("/etc/x,Hi,,,,", "cannot name a folder"),
        (".x,Hi,,,,", "cannot name a folder"),
        ("x.,Hi,,,,", "cannot name a folder"),
        ("NUL.txt,Hi,,,,", "cannot name a folder"),
        ("com¹,Hi,,,,", "cannot name a folder"),
        (",Hi,,,,", "cannot name a folder"),
        ("OK,Hi,,,,", "there twice"),
    ],
)
def test_a_bad_row_is_named_and_the_others_stay(tmp_path: Path, row: str, words: str):
    header = "id,text,prompt,wav,transcript,seed\nok,Hi,,,,\n"
    first, bad = read_table(table(tmp_path, f"{header}{row}\n")).rows
    assert first == Line("ok", text="Hi")
    assert isinstance(bad, BadLine)
    assert words in bad.error


@pytest.mark.parametrize(
    ("cells", "words"), [("3,", "from 0.5 to 2"), (",-9", "from -6 to 6"), ("fast,", "are numbers")]
)
def test_rate_and_pitch_are_checked_before_the_work(tmp_path: Path, cells: str, words: str):
    good, bad = read_table(table(tmp_path, f"id,text,rate,pitch\na,Hi,1.2,-3\nb,Hi,{cells}\n")).rows
    assert good == Line("a", text="Hi", rate=1.2, pitch=-3)
    assert isinstance(bad, BadLine)
    assert words in bad.error


@pytest.mark.parametrize("count", [1, 2, 3, 7, 50])
def test_shards_share_all_lines_and_each_only_once(count: int):
    rows = [Line(str(index)) for index in range(20)]
    shards = [shard(rows, number, count) for number in range(1, count + 1)]
    assert sorted((line.id for part in shards for line in part), key=int) == [line.id for line in rows]
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize(("number", "count"), [(0, 4), (5, 4), (1, 0)])
def test_a_shard_that_is_not_there(number: int, count: int):
    with pytest.raises(AssetError, match="no shard"):
        shard([], number, count)


def test_one_bad_line_stops_no_other(tmp_path: Path):
    errors = {"a": TextError("Nothing to say."), "b": MemoryError(), "c": OSError(28, "No space left"), "d": KeyError()}

    def make(line: Line, folder: Path) -> Mapping[str, Any]:
        (folder / "half.wav").write_text("half")
        if line.id in errors:
            raise errors[line.id]
        return write_text(line, folder)

    rows = [BadLine("row 1", "why"), *(Line(name, text=name) for name in "abcde")]
    outcomes = run.run(rows, tmp_path, make)
    assert [outcome.status for outcome in outcomes] == ["failed"] * 5 + ["done"]
    assert [outcome.error.split(":")[0] for outcome in outcomes[:-1]] == [
        "why",
        "Nothing to say.",
        "There is not enough memory for this line.",
        "A file could not be read or written",
        "Something went wrong that should not (KeyError",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["e"], "a failed line leaves nothing"
    for path in run.write_report(outcomes, tmp_path):
        assert "Nothing to say." in path.read_text(encoding="utf-8-sig")


def test_a_second_run_does_only_what_is_missing_or_changed(tmp_path: Path):
    made: list[str] = []

    def make(line: Line, folder: Path) -> Mapping[str, Any]:
        made.append(line.id)
        return write_text(line, folder)

    recording = tmp_path / "c.wav"
    recording.write_bytes(b"one")
    out = tmp_path / "out"
    rows = [Line("a", text="A"), Line("b", text="B"), Line("c", wav=recording, transcript="C")]
    run.run(rows, out, make)
    made.clear()
    again = run.run(rows, out, make)
    assert made == []
    assert [outcome.status for outcome in again] == ["kept"] * 3
    assert again[0].text == "A", "the report of a second run is whole, too"

    recording.write_bytes(b"another")
    (out / "a" / run.RECORD).write_text("{ not json")
    run.run([rows[0], Line("b", text="B", seed=1), rows[2]], out, make)
    assert made == ["a", "b", "c"]
    made.clear()
    run.run(rows[:1], out, make, settings={"fps": 30})
    assert made == ["a"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_stop_in_the_middle_of_a_line_leaves_the_lines_before_it(tmp_path: Path, stop: type[BaseException]):
    def make(line: Line, folder: Path) -> Mapping[str, Any]:
        facts = write_text(line, folder)
        if line.id == "b":
            raise stop
        return facts

    rows = [Line("a", text="A"), Line("b", text="B")]
    with pytest.raises(stop):
        run.run(rows, tmp_path, make)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [outcome.status for outcome in run.run(rows, tmp_path, write_text)] == ["kept", "done"]


def test_a_killed_run_is_swept_up_by_a_later_one_but_a_running_one_is_not(tmp_path: Path):
    old, young = tmp_path / ".a.killed", tmp_path / ".a.running"
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (0, 0))
    run.run([Line("a", text="A")], tmp_path, write_text)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.running", "a"]


def test_a_folder_that_cannot_be_made(tmp_path: Path):
    (tmp_path / "wall").write_text("")
    with pytest.raises(AssetError, match="cannot be made"):
        run.run([], tmp_path / "wall" / "out", write_text)


def test_the_report_holds_no_formula_for_a_spreadsheet(tmp_path: Path):
    outcomes = [run.Outcome("a", "failed", text='=HYPERLINK("http://x")', error="@SUM(A1)")]
    report, _ = run.write_report(outcomes, tmp_path)
    assert report.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel takes a file without this mark for another encoding"
    (row,) = csv.DictReader(report.read_text(encoding="utf-8-sig").splitlines())
    assert row["text"].startswith("'=")
    assert row["error"].startswith("'@")


def test_the_files_of_a_line(models: Any, tmp_path: Path):
    reply = line_reply.reply_of(Line("a", text="Bob. Pop me.", mood="sad"), models, frame_rate=25)
    sound, keys, frames = exports.write_all(reply, tmp_path, 25)
    with wave.open(str(sound)) as file:
        assert file.getnframes() == len(reply.speech.samples)
    record = json.loads(keys.read_text(encoding="utf-8"))
    assert record["duration"] == pytest.approx(reply.speech.duration)
    assert [sentence["text"] for sentence in record["sentences"]] == ["Bob.", "Pop me."]
    assert record["channels"]["browInnerUp"]["weights"], "the mood is there"
    rows = list(csv.DictReader(frames.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == int(np.ceil(reply.speech.duration * 25)) + 1
    (lips,) = (curve for name, curve in reply.animation.channels.items() if name == "viseme_PP")
    sealed = [row for row in rows if float(row["viseme_PP"]) > 0.9]
    assert sealed, "a film of whole frames sees the lips sealed"
    assert float(sealed[0]["seconds"]) <= lips.times[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((exports.SOUND, exports.KEYS, exports.FRAMES))


def test_frames_count_from_the_start_of_the_sound_at_any_rate():
    curve = Curve(np.array([0.0, 0.5]), np.array([0.0, 1.0]))
    text = as_table(FaceAnimation({"jawOpen": curve}, 0.5), 24000 / 1001)
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["frame"] for row in rows] == [str(index) for index in range(13)]
    assert float(rows[12]["seconds"]) == pytest.approx(12 * 1001 / 24000, abs=1e-6)
    assert rows[12]["jawOpen"] == "1.0000"


def test_an_unknown_mood_is_found_before_the_work(models: Any):
    with pytest.raises(Exception, match="no mood “grumpy”"):
        line_reply.reply_of(Line("a", text="Hi", mood="grumpy"), models, frame_rate=25)
    assert models.voice.before_sentence() is None


def test_a_line_is_spoken_by_its_own_voice(models: Any, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    rows = read_table(table(tmp_path, "id,text,voice\na,Hi.,Heart\nb,Hi.,\nc,Hi.,mine\n")).rows
    for row in rows:
        assert isinstance(row, Line)
        line_reply.reply_of(row, models, frame_rate=25)
    assert models.voices == ["Heart", str(tmp_path.resolve() / "mine")], "the empty cell leaves the command's voice"


def test_a_recording(models: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    spoken = line_reply.reply_of(Line("a", text="Bob."), models, frame_rate=25).speech
    asked: list[tuple[int, str]] = []

    def align(samples: Any, rate: int, transcript: str, **_more: Any) -> Any:
        asked.append((rate, transcript))
        assert np.abs(samples - spoken.samples).max() < 1e-3
        return spoken

    monkeypatch.setitem(vars(listening), "align", align)
    sound_files.write_wav(spoken, tmp_path / "a.wav")
    reply = line_reply.reply_of(Line("a", wav=tmp_path / "a.wav", transcript="Bob."), models, frame_rate=25)
    assert asked == [(spoken.sample_rate, "Bob.")]
    assert reply.animation.channels["viseme_PP"].weights.max() > 0.9


def test_listing_the_folder_costs_the_same_for_any_number_of_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """4,000 lines took 24 s only for listing the folder again for each of them."""
    listed: list[Path] = []
    iterdir = Path.iterdir

    def counted(folder: Path) -> Iterator[Path]:
        listed.append(folder)
        return iterdir(folder)

    monkeypatch.setattr(Path, "iterdir", counted)
    run.run([Line(str(index), text="Hi") for index in range(50)], tmp_path / "out", lambda _line, _folder: {})
    assert listed.count(tmp_path / "out") == 1


def test_old_leftovers_of_the_lines_are_removed_and_nothing_else(tmp_path: Path):
    names = (".a.old1", ".a.young", ".b.old1", "a", ".git")
    for name in names:
        (tmp_path / name).mkdir()
        if name != ".a.young":
            os.utime(tmp_path / name, (0, 0))
    run.run([Line("a", text="Hi")], tmp_path, lambda _line, _folder: {})
    assert {path.name for path in tmp_path.iterdir()} == {".a.young", ".b.old1", "a", ".git"}


@pytest.mark.parametrize("seed", ["-1", "1.5", "٣", "1000000000", "x"])
def test_a_seed_that_is_none_is_a_sentence(seed: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        command_line.main(["speak", "Hi", "--out", "x", f"--seed={seed}"])
    assert "is no seed: write a whole number from 0 to 999999999" in capsys.readouterr().err


def test_the_command_line_does_a_table_and_says_how_it_went(
    models: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command_line, "models_of", lambda _options: models)
    path = table(tmp_path, "id,text,mood\na,Bob.,\nb,🙂,\nc,Pop.,happy\nd,Mam.,\n")
    out = tmp_path / "out"
    arguments = ["batch", str(path), "--out", str(out)]
    assert command_line.main([*arguments, "--shard", "1/2"]) == 0
    assert sorted(entry.name for entry in out.iterdir()) == ["a", "c", "report-1-of-2.csv", "report-1-of-2.json"]
    assert command_line.main(arguments) == 1, "b cannot be said"
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert (report["done"], report["kept"], report["failed"]) == (1, 2, 1)
    assert "1 done, 2 there before, 1 failed" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--shard", "0/2"], ["--shard", "a"], ["--fps", "0"], ["--fps", "1/0"]])
def test_wrong_options_are_named(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        command_line.main(["batch", "x.csv", "--out", "y", *arguments])
    assert arguments[1] in capsys.readouterr().err


def test_without_blender_nothing_of_blender_is_imported():
    script = (
        "import sys; from alphsistant_addon.batch import command_line;"
        "print(sorted({'bpy', 'torch', 'scipy', 'transformers'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_every_column_is_a_field_of_a_line():
    assert set(lines.COLUMNS) == set(Line.__dataclass_fields__) - {"member"}, "which the column character fills in"


CONVERSATION = (
    "id,text,prompt,conversation,history,persona\n"
    "a1,,Who are you?,talk,,mara.txt\n"
    "b1,,Hello.,other,,\n"
    "a2,I am tired.,,talk,,\n"
    "a3,,Why?,talk,Good evening. | Good evening.,mara.txt\n"
    "c1,,Alone?,,,\n"
)


def test_lines_of_a_conversation_know_what_was_said_before(models: Any, tmp_path: Path):
    (tmp_path / "mara.txt").write_text("Name: Mara\n")
    rows = read_table(table(tmp_path, CONVERSATION)).rows
    histories: dict[str, Any] = {}

    def make(line: Line, folder: Path) -> Mapping[str, Any]:
        histories[line.id] = line.history
        reply = line_reply.reply_of(line, models, frame_rate=25)
        (folder / "said.txt").write_text(reply.speech.text)
        return {"text": reply.speech.text}

    run.run(rows, tmp_path / "out", make)
    answer = " ".join(models.language_model.sentences)
    assert histories == {
        "a1": (),
        "b1": (),
        "a2": (("Who are you?", answer),),
        "a3": (("Good evening.", "Good evening."), ("Who are you?", f"{answer} I am tired.")),
        "c1": (),
    }
    assert models.language_model.histories == [histories[name] for name in ("a1", "b1", "a3", "c1")]
    assert [who and who.name for who in models.language_model.personas] == ["Mara", None, "Mara", None]
    histories.clear()
    assert [outcome.status for outcome in run.run(rows, tmp_path / "out", make)] == ["kept"] * 5
    models.language_model.sentences = ["Bob."]
    (tmp_path / "mara.txt").write_text("Name: Mara\nWho: A keeper.\n")
    assert [outcome.status for outcome in run.run(rows, tmp_path / "out", make)] == [
        "done",
        "kept",
        "done",
        "done",
        "kept",
    ]
    assert histories["a3"][1] == ("Who are you?", "Bob. I am tired.")


def test_a_conversation_is_done_on_one_machine(tmp_path: Path):
    (tmp_path / "mara.txt").write_text("Name: Mara\n")
    rows = read_table(table(tmp_path, CONVERSATION)).rows
    assert [[row.id for row in shard(rows, number, 2)] for number in (1, 2)] == [["a1", "a2", "a3", "c1"], ["b1"]]


def test_a_history_without_an_answer_is_a_bad_row(tmp_path: Path):
    (row,) = read_table(table(tmp_path, "id,prompt,history\na,Why?,Hello.\n")).rows
    assert isinstance(row, BadLine)
    assert "ends with a question" in row.error


def test_the_command_line_hands_on_persona_and_history(
    models: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command_line, "models_of", lambda _options: models)
    (tmp_path / "mara.txt").write_text("Name: Mara\n")
    (tmp_path / "notes.txt").write_text("tower: Bob built it.\n")
    arguments = ["speak", "--prompt", "Why?", "--out", str(tmp_path / "out"), "--persona", str(tmp_path / "mara.txt")]
    arguments += ["--notes", str(tmp_path / "notes.txt")]
    assert command_line.main([*arguments, "--history", "Hi. | Hello."]) == 0
    assert models.language_model.histories == [(("Hi.", "Hello."),)]
    assert models.language_model.personas[0].name == "Mara"
    arguments[2] = "And the tower?"
    assert command_line.main(arguments) == 0
    assert "It says: Bob built it." in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command_line.main([*arguments, "--history", "Hi."])
    assert "ends with a question" in capsys.readouterr().err


def test_the_life_of_a_line_reaches_its_curves(models: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text = "Bob may pop me " * 12
    rows = read_table(table(tmp_path, f"id,text,life\na,{text},Reader\nb,{text},\n")).rows
    assert [row.life for row in rows if isinstance(row, Line)] == ["reader", "speaker"]
    reader, speaker = (largest_glance(line_reply.reply_of(row, models, frame_rate=25)) for row in rows)
    assert 0.0 < reader < 0.7 * speaker, "who reads looks at the camera"
    with pytest.raises(Exception, match="no way of living “dead”"):
        line_reply.reply_of(Line("a", text="Hi", life="dead"), models, frame_rate=25)
    monkeypatch.setattr(command_line, "models_of", lambda _options: models)
    lives: list[str] = []
    real = command_line.reply_of
    monkeypatch.setattr(
        command_line, "reply_of", lambda line, *rest, **options: lives.append(line.life) or real(line, *rest, **options)
    )
    for arguments in ([], ["--life", "idle"]):
        assert command_line.main(["speak", "Bob.", "--out", str(tmp_path / "out"), *arguments]) == 0
    assert lives == ["speaker", "idle"]


def largest_glance(reply: Any) -> float:
    """The largest weight of any look away."""
    return max(curve.weights.max() for name, curve in reply.animation.channels.items() if name.startswith("eyeLook"))


def test_the_command_line_asks_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(command_line.SERVER_KEY, "s3cret")
    chosen: list[Any] = []
    monkeypatch.setattr(command_line, "ShippedModels", lambda *_models, server: chosen.append(server))
    monkeypatch.setattr(
        command_line, "reply_of", lambda *_arguments, **_options: (_ for _ in ()).throw(TextError("no"))
    )
    arguments = [
        "speak",
        "--prompt",
        "Hi",
        "--out",
        str(tmp_path),
        "--server",
        "http://10.0.0.5",
        "--server-model",
        "m",
    ]
    assert command_line.main(arguments) == 1
    assert command_line.main(arguments[:5]) == 1
    assert chosen == [Server("http://10.0.0.5", "m", "s3cret", allow_network=True), None]
