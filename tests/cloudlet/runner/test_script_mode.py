"""Script mode: what a train.py of SDK v2's sees, and how its end is told."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable

from cloudlet.runner.container import Container
from runner.conftest import Started

Run = Callable[..., Started]

REPORT = """
import json, os, sys
import helper
seen = {
    "argv": sys.argv[1:],
    "cwd": os.getcwd(),
    "name": __name__,
    "helper": helper.WORD,
    "SM": {k: v for k, v in os.environ.items() if k.startswith("SM_")},
}
print("SEEN " + json.dumps(seen))
"""


def sourcedir(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def job(
    run: Run, files: dict[str, str] | bytes, program: str = "train.py", **extra: str
) -> Started:
    """Run as SDK v2 sends it: each hyperparameter as JSON."""

    def prepare(container: Container) -> None:
        hyperparameters = {"sagemaker_program": json.dumps(program), **extra}
        write = container.config.joinpath
        write("hyperparameters.json").write_text(json.dumps(hyperparameters))
        channels = {"train": {"TrainingInputMode": "File"}, "validation": {}}
        write("inputdataconfig.json").write_text(json.dumps(channels))
        resources = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}
        write("resourceconfig.json").write_text(json.dumps(resources))
        body = files if isinstance(files, bytes) else sourcedir(files)
        write("sourcedir.tar.gz").write_bytes(body)

    return run(program="cloudlet.runner.script_mode:train", prepare=prepare)


def seen(started: Started) -> dict[str, object]:
    assert started.ended() == 0, started.lines
    (line,) = (line for line in started.lines if line.startswith("SEEN "))
    found: dict[str, object] = json.loads(line[5:])
    return found


def test_hyperparameters_become_arguments_as_the_toolkit_makes_them(run: Run) -> None:
    # Expected by sagemaker-training-toolkit, mapping.py, to_cmd_args and to_env_vars.
    started = job(
        run,
        {"train.py": REPORT, "helper.py": "WORD = 'hi'"},
        max_depth="5",
        eta="0.1",
        name='"a b"',
        plain="not json",
        e="3",
        flag="true",
        nothing="null",
        layers="[16, 8]",
        map='{"b": 2, "a": 1}',
        sagemaker_region='"us-east-1"',
    )
    found = seen(started)
    assert found["argv"] == [
        *("-e", "3", "--eta", "0.1", "--flag", "True", "--layers", "[16, 8]"),
        *("--map", "a=1,b=2", "--max_depth", "5", "--name", "a b", "--nothing", ""),
        *("--plain", "not json"),
    ]
    variables = found["SM"]
    assert isinstance(variables, dict)
    assert variables["SM_HP_FLAG"] == "true"
    assert variables["SM_HP_NOTHING"] == ""
    assert variables["SM_HP_LAYERS"] == "[16,8]"
    assert variables["SM_HP_NAME"] == "a b"
    assert json.loads(variables["SM_HPS"])["max_depth"] == 5
    assert "SM_HP_SAGEMAKER_REGION" not in variables


def test_it_sees_the_container_contract(run: Run) -> None:
    started = job(run, {"train.py": REPORT, "helper.py": "WORD = 'hi'"})
    found = seen(started)
    variables = found["SM"]
    assert isinstance(variables, dict)
    root = variables["SM_MODEL_DIR"].removesuffix("/model")
    assert variables["SM_CHANNEL_TRAIN"] == f"{root}/input/data/train"
    assert variables["SM_CHANNEL_VALIDATION"] == f"{root}/input/data/validation"
    assert variables["SM_OUTPUT_DATA_DIR"] == f"{root}/output/data"
    assert json.loads(variables["SM_CHANNELS"]) == ["train", "validation"]
    assert json.loads(variables["SM_HOSTS"]) == ["algo-1", "algo-2"]
    assert variables["SM_CURRENT_HOST"] == "algo-2"
    assert found["cwd"] == f"{root}/code"
    assert (found["name"], found["helper"]) == ("__main__", "hi")


def test_a_script_in_a_folder_runs_from_the_top_and_imports_from_both(run: Run) -> None:
    script = REPORT.replace("import helper", "import helper, beside")
    files = {"src/train.py": script, "helper.py": "WORD = 'top'", "src/beside.py": ""}
    found = seen(job(run, files, program="src/train.py"))
    assert found["helper"] == "top"
    assert str(found["cwd"]).endswith("/code")


def test_a_script_that_fails_shows_its_error_and_its_command(run: Run) -> None:
    script = "import sys\nprint('began')\nraise ValueError('depth must be odd')"
    started = job(run, {"train.py": script}, max_depth="4")
    assert started.ended() == 1
    reason = started.container.failure.read_text()
    assert reason.startswith("AlgorithmError: ExecuteUserScriptError:")
    assert 'ErrorMessage "ValueError: depth must be odd"' in reason
    assert 'Command "python train.py --max_depth 4"' in reason
    assert "began" in started.lines
    assert any(line.startswith("Traceback") for line in started.lines)


def test_exits_of_a_script(run: Run) -> None:
    assert job(run, {"train.py": "import sys; sys.exit(0)"}).ended() == 0
    three = job(run, {"train.py": "import sys; sys.exit(3)"})
    assert three.ended() == 1
    assert "exit code 3" in three.container.failure.read_text()
    text = job(run, {"train.py": "import sys; sys.exit('bad data')"})
    assert text.ended() == 1
    assert "bad data" in text.lines


def test_an_archive_without_the_script_or_none_at_all(run: Run) -> None:
    missing = job(run, {"other.py": ""})
    assert missing.ended() == 1
    assert missing.container.failure.read_text() == (
        "ClientError: No such file in the source archive: train.py"
    )
    broken = job(run, b"no archive")
    assert broken.ended() == 1
    reason = broken.container.failure.read_text()
    assert reason.startswith("ClientError: Failed to read the source archive")


def test_a_script_may_define_classes_and_start_processes(run: Run) -> None:
    script = """
import multiprocessing, pickle
class Model:
    weight = 3
def work(n):
    return n * Model.weight
if __name__ == "__main__":
    assert pickle.loads(pickle.dumps(Model())).weight == 3
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, [1, 2]))
"""
    started = job(run, {"train.py": script})
    assert started.ended() == 0, started.lines
    assert "[3, 6]" in started.lines
