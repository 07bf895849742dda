"""Script mode: the learner's own train.py inside a framework image.

SDK v2's framework estimators name the script in the hyperparameters
`sagemaker_program` and `sagemaker_submit_directory`; the container's toolkit unpacks
it, turns the other hyperparameters into arguments, and sets the SM_* variables.
Source: https://github.com/aws/sagemaker-training-toolkit (README, environment
variables; mapping.py, process.py). SDK v3 needs none of this: it sends drivers of its
own.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any

from cloudlet.runner.archive import UnsafeArchiveError, unpack
from cloudlet.runner.container import AlgorithmError, ClientError, Container

PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"
#: Where the cloud lays the source archive, within /opt/ml.
SOURCE_ARCHIVE = "input/config/sourcedir.tar.gz"


def train(container: Container) -> None:
    """Run the learner's script to its end, in this already warm interpreter.

    Raises:
        ClientError: when the archive or the script in it can't be had.
        AlgorithmError: when the script fails, worded as the toolkit words it.
    """
    hyperparameters = {
        key: _decoded(value) for key, value in container.hyperparameters().items()
    }
    program = str(hyperparameters[PROGRAM])
    code = container.root / "code"
    try:
        unpack((container.root / SOURCE_ARCHIVE).read_bytes(), code)
    except (UnsafeArchiveError, FileNotFoundError) as error:
        raise ClientError(f"Failed to read the source archive: {error}") from error
    script = code / program
    if not script.is_file():
        raise ClientError(f"No such file in the source archive: {program}")
    users = {k: v for k, v in hyperparameters.items() if not k.startswith("sagemaker_")}
    arguments = _arguments(users)
    os.environ.update(environment(container, users, arguments))
    _run(script, code, arguments)


def environment(
    container: Container, hyperparameters: dict[str, Any], arguments: list[str]
) -> dict[str, str]:
    """The SM_* variables that a training script reads."""
    resources = container.resource_config()
    channels = list(container.input_data_config())
    variables: dict[str, Any] = {
        "SM_MODEL_DIR": container.model,
        "SM_INPUT_DIR": container.root / "input",
        "SM_INPUT_CONFIG_DIR": container.config,
        "SM_OUTPUT_DIR": container.output,
        "SM_OUTPUT_DATA_DIR": container.output / "data",
        "SM_CHANNELS": channels,
        "SM_HPS": hyperparameters,
        "SM_USER_ARGS": arguments,
        "SM_HOSTS": resources.get("hosts", ["algo-1"]),
        "SM_CURRENT_HOST": resources.get("current_host", "algo-1"),
        "SM_NETWORK_INTERFACE_NAME": resources.get("network_interface_name", "lo"),
        "SM_NUM_CPUS": os.cpu_count() or 1,
        "SM_NUM_GPUS": 0,
    }
    for channel in channels:
        variables[f"SM_CHANNEL_{channel.upper()}"] = container.channel(channel)
    for name, value in hyperparameters.items():
        variables[f"SM_HP_{name.upper()}"] = value
    return {name: _variable(value) for name, value in variables.items()}


def _run(script: Path, code: Path, arguments: list[str]) -> None:
    sys.argv = [str(script), *arguments]
    sys.path[:0] = dict.fromkeys([str(script.parent), str(code)])
    os.chdir(code)
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as error:
        if error.code not in (None, 0):
            if not isinstance(error.code, int):
                print(error.code, file=sys.stderr)
            raise _script_error(script, arguments, f"exit code {error.code}") from None
    except BaseException as error:
        traceback.print_exc()
        text = f"{type(error).__name__}: {error}"
        raise _script_error(script, arguments, text) from None


def _script_error(script: Path, arguments: list[str], text: str) -> AlgorithmError:
    command = " ".join(["python", script.name, *arguments])
    return AlgorithmError(
        f'ExecuteUserScriptError:\nExitCode 1\nErrorMessage "{text}"\n'
        f'Command "{command}"'
    )


def _arguments(hyperparameters: dict[str, Any]) -> list[str]:
    """`{"max_depth": 5}` → `["--max_depth", "5"]`, as the toolkit does it."""
    arguments: list[str] = []
    for name in sorted(hyperparameters):
        value = hyperparameters[name]
        if isinstance(value, dict):
            value = ",".join(f"{key}={value[key]}" for key in sorted(value))
        option = f"-{name}" if len(name) == 1 else f"--{name}"
        arguments += [option, "" if value is None else str(value)]
    return arguments


def _variable(value: Any) -> str:
    """A value as the toolkit writes it into an SM_* variable: text, or dense JSON."""
    if value is None:
        return ""
    if isinstance(value, (str, Path)):
        return str(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _decoded(value: str) -> Any:
    """SDK v2 sends each value as JSON; anything else is a string already."""
    try:
        return json.loads(value)
    except ValueError:
        return value
