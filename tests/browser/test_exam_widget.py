"""An exam in a notebook, taken by clicking in a real browser."""

import json
from pathlib import Path
from typing import Any

from nbformat import v4

from mlslab.course import load_course
from mlslab.exam.drawing import draw
from mlslab.exam.wish import Wish
from mlslab.questions.bank import load_bank
from mlslab.questions.model import Kind, Question
from notebooks import run_all, text_of


def test_an_exam_of_all_kinds_is_taken_by_clicking(
    root: Path, address: str, browser: Any, tmp_path: Path
) -> None:
    bank = load_bank(load_course(root))
    ids = _one_of_each(list(bank.questions.values()))
    wish = {"count": 5, "seed": 7, "among": frozenset(ids)}
    notebook = root / "labs" / "exam.ipynb"
    code = f"from mlslab.exam.widget import take\ntake(**{wish!r})"
    made = v4.new_notebook(cells=[v4.new_code_cell(code)])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.write_text(json.dumps(made))
    run_all(browser, address, notebook, tmp_path / "begin.png")

    page = Page(browser)
    page.click("Begin")
    items = draw(bank, Wish(**wish)).items  # type: ignore[arg-type]
    for place, item in enumerate(items):
        page.wait_for(f"Question {place + 1} of 5")
        page.answer(item.question)
        page.wait_for(f"{place + 1} answered")
        if place == 1:
            page.picture(tmp_path / "question.png")
        if place < 4:
            page.click("Next")
    page.click("Hand in")
    page.wait_for("Nothing is open.")
    page.click("Yes, hand in")
    page.wait_for("1000 of 1000: passed")
    page.picture(tmp_path / "result.png")
    page.open_reasons()
    page.wait_for(items[0].question.options[0].reason[:40])
    page.picture(tmp_path / "reasons.png")


def test_the_review_notebook_runs_and_shows_its_diagrams(
    root: Path, address: str, browser: Any, tmp_path: Path
) -> None:
    notebook = root / "labs" / "review.ipynb"
    cells = run_all(browser, address, notebook, tmp_path / "review.png")
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert [o for o in outputs if o["output_type"] == "error"] == []
    shown = "\n".join(map(text_of, cells))
    assert shown.count('role="img"') == 3
    assert shown.count("<svg") >= 3


def _one_of_each(questions: list[Question]) -> list[str]:
    found = [next(q.id for q in questions if q.kind is kind) for kind in Kind]
    case = next(q.id for q in questions if q.case and q.kind is Kind.CHOICE)
    return [*found, case]


class Page:
    """What somebody does with a mouse."""

    def __init__(self, browser: Any) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        self._browser = browser
        self._wait = WebDriverWait(browser, 30)

    def wait_for(self, text: str) -> None:
        """Wait until the notebook shows the text."""
        self._wait.until(lambda _: text in self._shown(), f"no {text!r}")

    def click(self, name: str) -> None:
        """Click the button with this name."""
        xpath = (
            f"//button[contains(@class, 'jupyter-button')][normalize-space()='{name}']"
        )
        button = self._wait.until(lambda b: b.find_elements("xpath", xpath))[0]
        self._into_view(button)
        button.click()

    def answer(self, question: Question) -> None:
        """Give the right answer by the question's own controls."""
        from selenium.webdriver.support.ui import Select

        if question.kind is Kind.CHOICE:
            self.click(question.correct[0])
        elif question.kind is Kind.RESPONSE:
            for key in question.correct:
                xpath = f"//label[contains(., '{key}')]/input[@type='checkbox']"
                box = self._browser.find_element("xpath", xpath)
                self._into_view(box)
                box.click()
        else:
            menus = self._browser.find_elements(
                "xpath", "//div[contains(@class, 'widget-vbox')]//select"
            )
            labelled = [
                m for m in menus if m.find_elements("xpath", "../label[text()]")
            ]
            for menu, key in zip(labelled, question.correct, strict=False):
                self._into_view(menu)
                Select(menu).select_by_visible_text(key)

    def open_reasons(self) -> None:
        """Open the first question of the result."""
        header = self._browser.find_elements(
            "css selector", ".jupyter-widget-Collapse-header"
        )
        self._into_view(header[0])
        header[0].click()

    def picture(self, path: Path) -> None:
        """Keep what is to be seen."""
        self._browser.save_screenshot(str(path))

    def _shown(self) -> str:
        cells = self._browser.find_elements("css selector", ".jp-Notebook")
        return "\n".join(cell.text for cell in cells)

    def _into_view(self, element: Any) -> None:
        self._browser.execute_script(
            "arguments[0].scrollIntoView({block: 'center'})", element
        )
