"""Every built-in algorithm through both SDKs, unmodified, in a cloud of its own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from clients.client_programs import ROOT, SDK_V2, run
from cloudlet.runner.images import IMAGES

HERE = Path(__file__).parent
#: What the table in the algorithms' README is made of; `RECORD=1` writes it anew.
TRIED = ROOT / "shared" / "cloudlet" / "algorithms" / "tried.json"
CASES = sorted(
    path.stem
    for path in (HERE / "cases").glob("*.py")
    if path.stem not in ("__init__", "formats")
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
def v3_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("v3")


@pytest.fixture(scope="module")
def v3(v3_folder: Path) -> dict[str, str]:
    program = str(HERE / "built_in_v3.py")
    command = [sys.executable, program, str(v3_folder), *CASES]
    return results(command, v3_folder)


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


def test_the_readmes_table_is_what_was_tried(
    v3: dict[str, str], v3_folder: Path
) -> None:
    assert not any(v3.values())
    tried = json.loads((v3_folder / "tried.json").read_text())
    if os.environ.get("RECORD"):
        TRIED.write_text(json.dumps(tried, indent=1, sort_keys=True) + "\n")
    assert json.loads(TRIED.read_text()) == tried, "RECORD=1, then mlslab build"


def test_every_image_of_ours_was_tried() -> None:
    """Nothing is registered that no client has tried."""
    ours = {image.repository for image in IMAGES if image.train}
    assert set(json.loads(TRIED.read_text())) == ours
