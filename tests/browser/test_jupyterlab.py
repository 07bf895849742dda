"""Labs in JupyterLab, as a learner sees them: opened and run in a real browser."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudlet import redirect
from mlslab.course import load_course

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"
    ),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course whose labs may be edited by running them."""
    copy = tmp_path_factory.mktemp("course")
    for name in ("labs", "solutions", "data", "pyproject.toml"):
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


@pytest.fixture(scope="module")
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


def _run_all(browser: Any, address: str, notebook: Path, screenshot: Path) -> list[Any]:
    """Open a notebook, run all its cells, save it; its code cells afterwards."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    base, token = address.split("/lab?")
    labs = next(parent for parent in notebook.parents if parent.name == "labs")
    # A workspace of its own: the page doesn't restore another test's tabs.
    at = f"workspaces/{notebook.stem}/tree/{notebook.relative_to(labs)}"
    browser.get(f"{base}/lab/{at}?{token}")
    wait = WebDriverWait(browser, 120)
    # The status bar's word. The indicator beside the kernel's name is "idle" before
    # there is a kernel, and "Run All" then starts a second one while the first comes.
    idle = "//*[contains(@class, 'jp-StatusBar')]//*[contains(text(), '| Idle')]"
    wait.until(lambda b: b.find_elements(By.XPATH, idle))
    run = "//div[contains(@class, 'lm-MenuBar-itemLabel') and text()='Run']"
    browser.find_element(By.XPATH, run).click()
    everything = "[data-command='runmenu:run-all']"
    wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, everything))
    browser.find_element(By.CSS_SELECTOR, everything).click()
    _until_idle(browser, idle)
    # One save, when nothing runs: two that overlap make JupyterLab ask whether
    # the file on the disk is to be overwritten, and nothing is saved from then on.
    written = notebook.stat().st_mtime_ns
    ActionChains(browser).key_down(Keys.CONTROL).send_keys("s").key_up(
        Keys.CONTROL
    ).perform()
    try:
        wait.until(lambda _: notebook.stat().st_mtime_ns != written)
    finally:
        browser.save_screenshot(str(screenshot))
    cells = _code_cells(notebook)
    not_run = ["".join(c["source"]) for c in cells if not c["execution_count"]]
    assert not_run == [], f"see {screenshot}"
    return cells


def _until_idle(browser: Any, idle: str) -> None:
    """Wait until the kernel has had nothing to do for a while; dialogs fail."""
    from selenium.webdriver.common.by import By

    deadline = time.monotonic() + 300
    quiet = 0
    while quiet < 5:
        assert time.monotonic() < deadline, "the notebook still runs"
        dialogs = browser.find_elements(By.CSS_SELECTOR, ".jp-Dialog")
        assert [dialog.text for dialog in dialogs] == []
        quiet = quiet + 1 if browser.find_elements(By.XPATH, idle) else 0
        time.sleep(0.5)


def _code_cells(notebook: Path) -> list[Any]:
    cells = json.loads(notebook.read_text())["cells"]
    return [
        cell
        for cell in cells
        if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
    ]


def _text(cell: Any) -> str:
    """All that a cell shows, as text."""
    shown = []
    for output in cell["outputs"]:
        data = output.get("data", {"text/plain": output.get("text", "")})
        shown += ["".join(value) for value in data.values() if value]
    return "\n".join(map(str, shown))


def test_an_unsolved_lab_runs_to_its_end_and_its_checks_say_so(
    root: Path, address: str, browser: Any, tmp_path: Path
) -> None:
    lab = load_course(root).lab("302")
    notebook = root / "labs" / f"{lab.stem}.ipynb"
    cells = _run_all(browser, address, notebook, tmp_path / "unsolved.png")
    errors = [o for c in cells for o in c["outputs"] if o["output_type"] == "error"]
    assert errors == []
    checks = [c for c in cells if "lab.check(" in "".join(c["source"])]
    assert checks
    assert all("not attempted" in _text(cell).lower() for cell in checks)


def test_the_solution_passes_every_check(
    root: Path, address: str, browser: Any, tmp_path: Path
) -> None:
    lab = load_course(root).lab("302")
    notebook = (root / "labs" / lab.stem).with_name("solved.ipynb")
    cells = _run_all(browser, address, notebook, tmp_path / "solved.png")
    errors = [o for c in cells for o in c["outputs"] if o["output_type"] == "error"]
    assert errors == []
    checks = [c for c in cells if "lab.check(" in "".join(c["source"])]
    assert checks
    assert all("passed" in _text(cell).lower() for cell in checks)
