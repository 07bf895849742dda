"""The learner's page: what it says, and that nothing in it can do anything."""

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_pages import HOSTILE, Page, is_safe_and_sound, result, standing

from mlslab.checks import Check, load_checks
from mlslab.course import Course, LabInfo
from mlslab.grading.feedback import feedback_page, write_feedback
from mlslab.grading.pages import Standing, page_name
from mlslab.grading.pages.rendering import duration, fixed, number
from mlslab.grading.pages.text import code, message, plain, visible
from mlslab.grading.results import Change, ExerciseStatus, GradeStatus, Result


@pytest.fixture
def checks(course: Course, lab: LabInfo) -> dict[str, Check]:
    return load_checks(course, lab)


@pytest.fixture
def page(lab: LabInfo, checks: dict[str, Check]) -> Any:
    def make(one: Result, words: str = "") -> Page:
        return Page(feedback_page(one, lab, checks, standing(one, words)))

    return make


def _with(one: Result, **first: Any) -> Result:
    """The result with its first exercise changed."""
    return replace(
        one, exercises=(replace(one.exercises[0], **first), *one.exercises[1:])
    )


def test_a_page_says_lab_learner_points_and_how_each_exercise_stands(page: Any) -> None:
    made = page(result(text="Ada Okafor"), words="The sum, and `half` a point.\nMore.")
    is_safe_and_sound(made)
    for words in (
        "Feedback on lab 101",
        "Learner Ada Okafor",
        "1 of 3 points",
        "The sum, and half a point.",
        "Store the prices ✗ Not yet 0 of 2",
        "A mean that holds ✓ Passed 1 of 1",
        "All exercises 1 of 3",
        "1 of 2 exercises is right.",
        "0 of 2 points",
        "1 of 1 point",
    ):
        assert words in made.words
    assert "<p>The sum, and <code>half</code> a point.</p>\n<p>More.</p>" in made.source


def test_totals_are_those_of_the_policy(lab: LabInfo, checks: dict[str, Check]) -> None:
    made = Page(feedback_page(result(), lab, checks, Standing(0.9, 3.5)))
    assert "0.9 of 3.5 points" in made.words


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_wherever_it_stands(page: Any, text: str) -> None:
    made = page(result(learner=text, text=text), words=text)
    is_safe_and_sound(made)
    assert made.frame == page(result(), words="some words").frame
    # Name, file, message, hidden message, two answers and the diff at the least.
    shown = " ".join(plain(text.replace("`", "")).split())
    assert made.words.replace("`", "").count(shown) >= 7


def test_templates_in_a_submission_are_no_templates(page: Any) -> None:
    made = page(result(text="{{7*7}}"))
    assert "{{7*7}}" in made.words
    assert "49" not in made.words


def test_hints_are_staged_and_only_for_what_did_not_pass(page: Any) -> None:
    made = page(result())
    first, second, third = (
        made.source.index(hint)
        for hint in ("Look at how the first", "takes Bucket, Key", "Body=…)")
    )
    assert first < second < third
    between = made.source[first:third]
    assert between.count("<details>") == 2
    assert "</details>" not in between
    assert "Sort first." not in made.text


def test_an_unknown_exercise_has_no_hints(page: Any) -> None:
    made = page(_with(result(), exercise="of another day"))
    assert "A hint" not in made.text


def test_of_hidden_checks_there_is_the_message(page: Any) -> None:
    made = page(_with(result(), message="", hidden=("ties are `lost`",)))
    assert "The check in the notebook passes." in made.words
    assert "A further check, which the notebook does not have" in made.words
    assert "ties are <code>lost</code>" in made.source
    assert "further check" not in page(_with(result(), hidden=())).text


def test_right_on_reference_inputs_is_said_kindly(page: Any) -> None:
    assert "right once the earlier exercise is" in page(result()).words
    plainly = replace(
        result(),
        exercises=tuple(replace(e, on_reference=False) for e in result().exercises),
    )
    assert "earlier exercise" not in page(plainly).words


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (ExerciseStatus.TIMEOUT, "a loop that never ends"),
        (ExerciseStatus.CRASHED, "Python itself ended while this ran"),
        (ExerciseStatus.NOT_ATTEMPTED, "There is no answer to judge yet"),
    ],
)
def test_what_ended_early_is_explained(
    page: Any, status: ExerciseStatus, advice: str
) -> None:
    assert advice in page(_with(result(), status=status, message="")).words
    assert advice not in page(result()).words


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (GradeStatus.UNREADABLE, "could not be read as a notebook"),
        (GradeStatus.NOTHING_ATTEMPTED, "No exercise in this file has an answer"),
        (GradeStatus.TIMEOUT, "as a whole ran longer than it may"),
        (GradeStatus.CRASHED, "some of it could not be judged"),
    ],
)
def test_a_submission_that_broke_says_what_to_do(
    page: Any, status: GradeStatus, advice: str
) -> None:
    made = page(replace(result(), status=status))
    is_safe_and_sound(made)
    assert advice in made.words
    assert advice not in page(replace(result(), status=GradeStatus.GRADED)).words


def test_what_cannot_be_read_has_no_empty_sections(page: Any) -> None:
    made = page(replace(result(), status=GradeStatus.UNREADABLE))
    assert "Your answer" not in made.text
    assert "Store the prices" in made.text


def test_the_instructors_note_is_not_in_it(page: Any) -> None:
    assert "for you alone" not in page(replace(result(), note="for you alone")).text


def test_changes_are_listed_and_made_no_difference(page: Any) -> None:
    changes = (
        Change("101-004", "edited", True, "-check\n+print\n"),
        Change("101-005", "moved", False),
    )
    made = page(replace(result(), changes=changes))
    assert "put back as they had been handed out" in made.words
    assert "no difference to the points" in made.words
    assert "Cell 101-004 was changed; it is one that checks." in made.words
    assert "Cell 101-005 stood in another place." in made.words
    assert '<span class="gd">-check</span>' in made.source
    assert "put back" not in page(replace(result(), changes=())).words


def test_a_thousand_changes_are_not_all_listed(page: Any) -> None:
    changes = tuple(Change(f"c{n}", "moved", False) for n in range(1000))
    assert "950 more are not listed." in page(replace(result(), changes=changes)).words


def test_everything_right_says_so(page: Any) -> None:
    one = result()
    made = page(replace(one, exercises=one.exercises[1:]))
    assert "Every exercise is right. Well done." in made.words


def test_a_missing_answer_is_said(page: Any) -> None:
    assert "no cell for this exercise" in page(_with(result(), answer="\n")).words


def test_code_is_highlighted_and_kept_to_the_letter(page: Any) -> None:
    written = "\n\ndef f(x):\n\treturn '<b>' if x else \"&amp;\"  # ok\n\n"
    made = page(_with(result(), answer=written))
    assert '<span class="k">def</span>' in made.source
    assert written in made.text


def test_long_texts_are_cut_with_a_note(page: Any) -> None:
    long = "0123456789" * 100_000
    made = page(_with(result(), message=long, hidden=(long,) * 3, answer=long))
    assert len(made.source) < 100_000
    assert "cut: the first 4,000 of 1,000,000 characters are shown" in made.words
    assert "Cut: the first 20,000 of 1,000,000 characters are shown." in made.words


def test_a_page_depends_on_what_was_handed_in_alone(
    lab: LabInfo, checks: dict[str, Check]
) -> None:
    slower = replace(_with(result(), seconds=99.0), seconds=100.0)
    pages = [
        feedback_page(one, lab, checks, standing(one)) for one in (result(), slower)
    ]
    assert pages[0] == pages[1]


def test_a_page_is_written_under_a_name_of_its_own(
    tmp_path: Path, lab: LabInfo, checks: dict[str, Check]
) -> None:
    folder = tmp_path / "new" / "feedback"
    learners = (
        *HOSTILE,
        "ada",
        "Ada",
        "a/da",
        "Zoë",
        unicodedata.normalize("NFD", "Zoë"),
    )
    for learner in learners:
        one = result(learner)
        path = write_feedback(folder, one, lab, checks, standing(one))
        assert path.name == page_name(learner)
        assert path.name.isascii()
        assert path.read_text("utf-8") == feedback_page(one, lab, checks, standing(one))
    written = [path.name.lower() for path in folder.iterdir()]
    assert len(set(written)) == len(learners)
    assert [path.name for path in tmp_path.rglob("*.html")] == [
        path.name for path in folder.iterdir()
    ]


@pytest.mark.parametrize(
    ("learner", "slug"),
    [
        ("Zoë Brandt", "zoe-brandt"),
        ("محمد", "learner"),
        ("../../con", "con"),
        ("x" * 500, "x" * 40),
        ("\ud800", "learner"),
    ],
)
def test_names_of_files_can_be_read(learner: str, slug: str) -> None:
    name = page_name(learner)
    assert name.startswith(f"{slug}-")
    assert len(name) == len(slug) + 1 + 16 + len(".html")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb\x00", "a⟨U+202E⟩b⟨U+0000⟩"),
        ("a\r\nb\rc", "a\nb⟨U+000D⟩c"),
        ("\ufeffx\u200by\xad", "⟨U+FEFF⟩x⟨U+200B⟩y⟨U+00AD⟩"),
        ("\ud800\U000e0041", "⟨U+D800⟩⟨U+E0041⟩"),
        ("👩‍💻 می‌خواهم\u00a0\u3000\tx", "👩‍💻 می‌خواهم\u00a0\u3000\tx"),
    ],
)
def test_what_hides_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_terminal_colours_go_and_code_keeps_everything() -> None:
    coloured = "\x1b[1;31mE\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x1b]0;open"
    assert plain(coloured) == "E link ⟨U+001B⟩]0;open"
    shown = Page(code("x = 1 # \x1b[8mhidden\n")).text
    assert shown == "x = 1 # ⟨U+001B⟩[8mhidden\n"


def test_a_diff_without_an_end_of_line_is_not_read_letter_by_letter() -> None:
    # It was, by Pygments, in the square of the line's length.
    assert code("x" * 500, "diff").count("<span") <= 1


def test_code_of_thousands_of_lines_is_shown_without_colours() -> None:
    assert code("<b> \n" * 1_001) == "&lt;b&gt; \n" * 1_001
    assert "<span" in code("<b> \n" * 999)


def test_backticks_are_code_and_nothing_else_is_markup() -> None:
    assert message("`<b>` is <b>") == "<code>&lt;b&gt;</code> is &lt;b&gt;"


def test_figures_are_written_for_people() -> None:
    shown = [number(value) for value in (3, 2.5, 10.0, 100, 0.125, -0.001, -1.5)]
    assert shown == ["3", "2.5", "10", "100", "0.12", "0", "−1.5"]
    assert fixed(0.3) == "0.30"
    waited = [duration(value) for value in (0.42, 9.97, 59.6, 185, 7800)]
    assert waited == ["0.4 s", "10 s", "1 min 0 s", "3 min 5 s", "2 h 10 min"]
