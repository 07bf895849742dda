"""Grading's pages in a real browser: nothing of a submission runs, all can be read."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlslab.checks import load_checks
from mlslab.course import load_course
from mlslab.grading.feedback import write_feedback
from mlslab.grading.overview import Row, ToMark, overview_page
from mlslab.grading.results import ExerciseStatus, GradeStatus
from mlslab.grading.similar import Pair

TESTS = Path(__file__).parents[1] / "mlslab"
sys.path[:0] = [str(TESTS / "grading"), str(TESTS / "fixtures")]

from made_pages import HOSTILE, result, standing  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

NARROW, WIDE = 320, 1280

#: Texts with less contrast than WCAG 2.2 asks for (1.4.3, level AA), with the ratio.
FAINT = """
const rgb = text => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b]
  .map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = rgb(getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const faint = [];
let seen = 0;
while (walker.nextNode()) {
  const text = walker.currentNode.data.trim();
  const element = walker.currentNode.parentElement;
  if (!text || !element.getClientRects().length) continue;
  const style = getComputedStyle(element);
  const colour = element.closest('svg') ? style.fill : style.color;
  const pair = [light(rgb(colour)), light(ground(element))];
  const [dark, bright] = pair.sort((a, b) => a - b);
  const ratio = (bright + 0.05) / (dark + 0.05);
  seen += 1;
  if (ratio < 4.5) faint.push([text.slice(0, 40), ratio]);
}
return [seen, faint];
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An overview page, and the feedback pages of thirty learners below it."""
    made = tmp_path_factory.mktemp("grades")
    course = load_course(TESTS / "fixtures" / "course")
    lab = course.lab("101")
    checks = load_checks(course, lab)
    texts = [*HOSTILE, *(f"`job-{n}` has {n} rows" for n in range(8)), "x" * 9_000]
    texts.append(f"# long {'y' * 900}\ndef f(n):\n-    return 'text' + str(7)\n@@ 1 @@")
    rows, grades, stands = [], list(GradeStatus), list(ExerciseStatus)
    for number, text in enumerate(texts):
        one = result(f"{number} {text[:200]}", text, number)
        first = replace(one.exercises[0], status=stands[number % len(stands)])
        one = replace(
            one,
            status=grades[number % len(grades)],
            exercises=(first, *one.exercises[1:]),
        )
        page = write_feedback(made / "feedback", one, lab, checks, standing(one, text))
        rows.append(Row(one, standing(one), str(page.relative_to(made))))
    names = [row.result.learner for row in rows]
    overview = overview_page(
        lab,
        checks,
        rows,
        similar=[
            Pair("store", (names[0], names[1]), 0.9, 40, (HOSTILE[0], HOSTILE[1]))
        ],
        manual=[ToMark(name, HOSTILE[2]) for name in names],
        problems=HOSTILE,
        seconds=60.0,
    )
    (made / "overview.html").write_text(overview, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # What a script opens is to be found, not closed in passing.
    options.unhandled_prompt_behavior = "ignore"
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.html"))
    assert len(found) == 31
    return found


def _look(browser: Any, width: int, theme: str) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": theme}]},
    )
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )


def _unfold(browser: Any) -> None:
    browser.execute_script(
        "document.querySelectorAll('details').forEach(d => d.open = 1)"
    )


def _ran(browser: Any) -> bool:
    """Whether a script did what the hostile texts' scripts would do."""
    from selenium.common.exceptions import NoAlertPresentException

    try:
        browser.switch_to.alert.accept()
    except NoAlertPresentException:
        return bool(browser.title == "ran")
    return True


def test_no_script_of_a_submission_runs(browser: Any, pages: list[Path]) -> None:
    for page in pages:
        browser.get(page.as_uri())
        assert not _ran(browser)
        assert browser.title.startswith(("Feedback on lab 101", "Overview of lab 101"))
        found = browser.execute_script(
            "return document.querySelectorAll('script, iframe, img, object').length"
        )
        assert found == 0
        _unfold(browser)
        assert not _ran(browser)
        assert browser.get_log("browser") == []


def test_the_policy_of_a_page_refuses_what_might_get_in(
    browser: Any, folder: Path
) -> None:
    whole = (folder / "overview.html").read_text("utf-8")
    hostile = (
        "<script>document.title = 'ran'</script>"
        "<img src=x onerror=\"document.title = 'ran'\">"
        "<iframe src=\"javascript:parent.document.title = 'ran'\"></iframe></body>"
    )
    broken, bare = folder / "broken.htm", folder / "bare.htm"
    broken.write_text(whole.replace("</body>", hostile), "utf-8")
    bare.write_text(f"<title>bare</title><body>{hostile}", "utf-8")
    browser.get(broken.as_uri())
    assert not _ran(browser)
    refused = [line["message"] for line in browser.get_log("browser")]
    assert len(refused) >= 3
    assert all("Content Security Policy" in message for message in refused)
    browser.get(bare.as_uri())
    assert _ran(browser), "the hostile texts would do nothing anywhere"
    browser.get_log("browser")


def test_details_open_by_the_keyboard(browser: Any, pages: list[Path]) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    _look(browser, WIDE, "light")
    for page in pages:
        browser.get(page.as_uri())
        for details in browser.find_elements(By.CSS_SELECTOR, "details"):
            inside = details.find_element(By.CSS_SELECTOR, "summary ~ *")
            assert not inside.is_displayed()
            details.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
            assert inside.is_displayed()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_has_enough_contrast(
    browser: Any, pages: list[Path], theme: str
) -> None:
    _look(browser, WIDE, theme)
    for page in pages:
        browser.get(page.as_uri())
        _unfold(browser)
        seen, faint = browser.execute_script(FAINT)
        assert seen > 20
        assert faint == []


def test_themes_differ(browser: Any, folder: Path) -> None:
    grounds = set()
    for theme in ("light", "dark"):
        _look(browser, WIDE, theme)
        browser.get((folder / "overview.html").as_uri())
        ground = "return getComputedStyle(document.body).backgroundColor"
        grounds.add(browser.execute_script(ground))
    assert len(grounds) == 2


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_pages_fit_into_a_window(browser: Any, pages: list[Path], width: int) -> None:
    _look(browser, width, "light")
    for page in pages:
        browser.get(page.as_uri())
        _unfold(browser)
        wide = browser.execute_script(
            "return document.documentElement.scrollWidth - innerWidth"
        )
        assert wide <= 0, page.name


def test_every_learner_is_reached_from_the_overview(
    browser: Any, folder: Path, pages: list[Path]
) -> None:
    browser.get((folder / "overview.html").as_uri())
    links = browser.execute_script("return [...document.links].map(a => a.href)")
    files = {link for link in links if "#" not in link}
    assert files == {page.as_uri() for page in pages if page.name != "overview.html"}
