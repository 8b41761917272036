"""The scripts of docs/farm.md, as farms would run them: Slurm's by a shell, Flamenco's by Node with a stand-in."""

import argparse
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from alphsistant_addon.batch.command_line import add_batch_arguments

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "farm.md").read_text(encoding="utf-8")

STAND_IN = """
const author = {
    Command: (name, parameters) => ({ name, parameters }),
    Task: (name, type) => ({
        name, type, commands: [], after: [],
        addCommand(command) { this.commands.push(command); },
        addDependency(task) { this.after.push(task.name); },
    }),
};
const path = require("path").posix;
const job = { settings: JSON.parse(process.argv[2]), tasks: [], addTask(task) { this.tasks.push(task); } };
%s
compileJob(job);
console.log(JSON.stringify({ settings: JOB_TYPE.settings, tasks: job.tasks }));
"""


def script(language: str, first_words: str) -> str:
    """The block of code on the page that starts like this."""
    (found,) = re.findall(rf"^```{language}\n({re.escape(first_words)}.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return found


def batch_options(arguments: list[str]) -> argparse.Namespace:
    """What ``blender …`` would do with these arguments; they must be right."""
    assert arguments[:3] == ["--command", "alphsistant", "batch"]
    parser = argparse.ArgumentParser()
    add_batch_arguments(parser)
    return parser.parse_args(arguments[3:])


@pytest.mark.skipif(os.name == "nt", reason="Slurm is for Linux")
def test_a_task_of_slurms_array_does_its_part(tmp_path: Path):
    blender = tmp_path / "blender"
    blender.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 1\n')
    blender.chmod(0o755)
    (tmp_path / "speak.sbatch").write_text(script("sh", "#!/bin/sh\n#SBATCH"))
    answer = subprocess.run(
        ["/bin/sh", "speak.sbatch", "my lines.csv", "/shared/a b", "20"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "SLURM_ARRAY_TASK_ID": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1, "the exit code is Blender's"
    options = batch_options(answer.stdout.splitlines())
    assert (options.table, options.out) == (Path("my lines.csv"), Path("/shared/a b"))
    assert options.shard == (7, 20)


@pytest.fixture
def flamenco(tmp_path: Path) -> Any:
    """Compile a job of these settings as Flamenco Manager would."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node here")
    (tmp_path / "job.js").write_text(STAND_IN % script("javascript", "const JOB_TYPE"), encoding="utf-8")

    def compile_job(**settings: Any) -> Any:
        answer = subprocess.run(
            [node, str(tmp_path / "job.js"), json.dumps(settings)], capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return compile_job


def test_flamenco_speaks_on_every_worker_and_renders_afterwards(flamenco: Any):
    job = flamenco(table="/shared/lines.csv", out="/shared/lines", shards=3, lines="intro_010, intro_020 ,")
    speaking, rendering = job["tasks"][:3], job["tasks"][3:]
    for number, task in enumerate(speaking, 1):
        ((command),) = task["commands"]
        assert (command["name"], command["parameters"]["exe"]) == ("exec", "{blender}")
        options = batch_options(command["parameters"]["args"])
        assert (options.table, options.out) == (Path("/shared/lines.csv"), Path("/shared/lines"))
        assert options.shard == (number, 3)
        assert task["after"] == []
    assert [task["name"] for task in rendering] == ["render-intro_010", "render-intro_020"]
    for task in rendering:
        assert task["after"] == ["speak-1", "speak-2", "speak-3"]
        (command,) = task["commands"]
        assert command["name"] == "blender-render"
        assert command["parameters"]["blendfile"] == f"/shared/lines/{task['name'].removeprefix('render-')}/take.blend"
        assert command["parameters"]["args"][-1] == "--render-anim"


def test_flamenco_without_lines_to_render_and_its_settings(flamenco: Any):
    job = flamenco(table="lines.csv", out="lines", shards=1)
    assert [task["name"] for task in job["tasks"]] == ["speak-1"]
    keys = {setting["key"] for setting in job["settings"]}
    assert keys == {"table", "lines", "out", "shards"}
    kinds = {setting["type"] for setting in job["settings"]}
    assert kinds <= {"string", "int32", "float", "bool"}, "what Flamenco knows"
