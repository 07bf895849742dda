"""JupyterLab as `mlslab start` starts it, on a copy of the course, and a browser."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudlet import redirect
from mlslab.course import load_course

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests need a browser, and time."""
    missing = "chromium and chromedriver are not installed"
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(600))
            item.add_marker(
                pytest.mark.skipif(not (CHROMIUM and DRIVER), reason=missing)
            )


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course whose labs may be edited by running them."""
    copy = tmp_path_factory.mktemp("course")
    for name in ("labs", "solutions", "data", "exam_scenarios", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        elif source.exists():
            shutil.copy(source, copy / name)
    # Beside the learner's notebook, where JupyterLab can open it: the solution.
    lab = load_course(ROOT).lab("302")
    solved = (copy / "labs" / lab.stem).with_name("solved.ipynb")
    notebook = json.loads((ROOT / "solutions" / f"{lab.stem}.ipynb").read_text())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    solved.write_text(json.dumps(notebook))
    return copy


@pytest.fixture(scope="session")
def address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `mlslab start` prints as JupyterLab's address."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        name: value
        for name, value in redirect.without_foreign(os.environ).items()
        if not name.startswith(("PYTEST_", "CLOUDLET_", "MLSLAB_"))
    }
    environment |= {
        "MLSLAB_ROOT": str(root),
        "MLSLAB_HOME": str(home / "progress"),
        "CLOUDLET_HOME": str(home / "cloud"),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "mlslab", "start", "--no-browser", "--port", "18888"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        # As a shell starts what it does in the background: Ctrl-C must end it still.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        yield _address(process)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        match = re.search(r"JupyterLab\s+(http\S+)", line)
        if match:
            return match[1]
    raise AssertionError("mlslab start printed no address")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1400,1800",
        f"--user-data-dir={tmp_path / 'profile'}",
    ):
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()
