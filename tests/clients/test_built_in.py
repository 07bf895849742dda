"""Every built-in algorithm through both SDKs, unmodified, in a cloud of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clients.client_programs import ROOT, SDK_V2, run

HERE = Path(__file__).parent
CASES = sorted(
    path.stem for path in (HERE / "cases").glob("*.py") if path.stem != "__init__"
)
#: Those for which SDK v2 has a class of its own; `sdk_v2/built_in_v2.py` names them.
OF_V2 = ("kmeans", "pca", "linear_learner", "random_cut_forest", "knn", "lda")
OF_V2 = (*OF_V2, "factorization_machines", "ip_insights")

pytestmark = pytest.mark.timeout(900)


def results(command: list[str], folder: Path) -> dict[str, str]:
    """What went wrong with each algorithm, "" for nothing."""
    cloudlet = [sys.executable, "-m", "cloudlet", "run", "--"]
    done = run([*cloudlet, *command], folder, seconds=800)
    assert done.returncode == 0, done.stderr[-3000:]
    read: dict[str, str] = json.loads((folder / "results.json").read_text())
    return read


@pytest.fixture(scope="module")
def v3(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("v3")
    program = str(HERE / "built_in_v3.py")
    return results([sys.executable, program, str(folder), *CASES], folder)


@pytest.fixture(scope="module")
def v2(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    if not SDK_V2.exists():
        pytest.skip(f"no {SDK_V2.relative_to(ROOT)}: SDK v2 is not installed")
    folder = tmp_path_factory.mktemp("v2")
    program = str(ROOT / "tests" / "sdk_v2" / "built_in_v2.py")
    names = [name for name in OF_V2 if name in CASES]
    return results([str(SDK_V2), program, str(folder), *names], folder)


@pytest.mark.parametrize("name", CASES)
def test_the_whole_round_with_sdk_v3(name: str, v3: dict[str, str]) -> None:
    assert v3[name] == ""


@pytest.mark.parametrize("name", [name for name in OF_V2 if name in CASES])
def test_the_whole_round_with_sdk_v2(name: str, v2: dict[str, str]) -> None:
    assert v2[name] == ""


def test_every_image_of_ours_has_a_case() -> None:
    """Nothing is registered that no client has tried."""
    program = (
        "import importlib, json, pathlib\n"
        "from cloudlet.runner.images import IMAGES\n"
        "print(json.dumps([i.repository for i in IMAGES if i.train]))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    text = "".join((HERE / "cases" / f"{name}.py").read_text() for name in CASES)
    for repository in json.loads(told.stdout):
        assert repository == "sagemaker-xgboost" or f'"{repository}"' in text
