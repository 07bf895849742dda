"""Notebooks in JupyterLab: opened, run and saved in a real browser."""

import json
import time
from pathlib import Path
from typing import Any


def run_all(browser: Any, address: str, notebook: Path, screenshot: Path) -> list[Any]:
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
        # On a busy machine the status bar says "Idle" while cells still wait.
        waiting = browser.find_elements(By.XPATH, "//*[normalize-space()='[*]:']")
        rests = browser.find_elements(By.XPATH, idle) and not waiting
        quiet = quiet + 1 if rests else 0
        time.sleep(0.5)


def _code_cells(notebook: Path) -> list[Any]:
    cells = json.loads(notebook.read_text())["cells"]
    return [
        cell
        for cell in cells
        if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
    ]


def text_of(cell: Any) -> str:
    """All that a cell shows, as text."""
    shown = []
    for output in cell["outputs"]:
        data = output.get("data", {"text/plain": output.get("text", "")})
        shown += ["".join(value) for value in data.values() if value]
    return "\n".join(map(str, shown))
