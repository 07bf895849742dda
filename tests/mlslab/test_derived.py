import shutil
from pathlib import Path

import pytest

from mlslab import derived
from mlslab.course import load_course
from mlslab.errors import MlslabError
from mlslab.lint import lint
from mlslab.questions import diagrams
from mlslab.questions.bank import folder, load_bank
from mlslab.questions.walkthrough import show_case

COURSE = load_course(Path(__file__).parents[2])
NAME = "fraud_detection_real_time"


@pytest.fixture
def reviewed(copy):
    """A course with one case study that has a diagram, and the review notebook."""
    cases = folder(copy) / "cases"
    cases.mkdir(parents=True)
    for suffix in (".toml", ".d2"):
        shutil.copy(folder(COURSE) / "cases" / f"{NAME}{suffix}", cases)
    shutil.copy(
        COURSE.root / "exam_scenarios" / "review.py", copy.root / "exam_scenarios"
    )
    return copy


def test_everything_is_made_once_and_then_fresh(reviewed):
    written = {str(p.relative_to(reviewed.root)) for p in derived.build(reviewed)}
    assert written == {
        f"exam_scenarios/{NAME}.md",
        f"exam_scenarios/question_bank/cases/{NAME}.svg",
        "labs/review.ipynb",
    }
    assert derived.stale(reviewed) == []
    assert derived.build(reviewed) == []


def test_a_stale_file_is_found_and_named(reviewed):
    derived.build(reviewed)
    source = folder(reviewed) / "cases" / f"{NAME}.d2"
    source.write_text(source.read_text().replace("Online shops", "Shops"))
    (reviewed.root / "exam_scenarios" / f"{NAME}.md").write_text("old")
    stale = {path.name for path in derived.stale(reviewed)}
    assert stale == {f"{NAME}.svg", f"{NAME}.md"}
    findings = [str(f) for f in lint(reviewed) if "mlslab build" in f.cure]
    assert len(findings) == 2


def test_the_same_diagram_gives_the_same_bytes(reviewed):
    source = folder(reviewed) / "cases" / f"{NAME}.d2"
    first = diagrams.draw(source).read_bytes()
    assert diagrams.draw(source).read_bytes() == first
    kept = folder(COURSE) / "cases" / f"{NAME}.svg"
    assert first == kept.read_bytes()


def test_a_faulty_diagram_is_said(tmp_path):
    (tmp_path / "a.d2").write_text("a -> {")
    with pytest.raises(MlslabError, match=r"a\.d2: "):
        diagrams.draw(tmp_path / "a.d2")


def test_a_walkthrough_has_diagram_words_questions_and_reasons():
    text = (COURSE.root / "exam_scenarios" / f"{NAME}.md").read_text()
    bank = load_bank(COURSE)
    case = bank.cases[NAME]
    assert f"![{case.alt}](question_bank/cases/{NAME}.svg)" in text
    assert len(bank.of_case(NAME)) == 8
    for question in bank.of_case(NAME):
        assert question.text in text
        assert all(option.reason in text for option in question.options)


def test_a_case_is_shown_in_a_notebook(reviewed, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    derived.build(reviewed)
    show_case(NAME)
    assert 'role="img" aria-label="Online shops send' in shown[0].data
    assert "<svg" in shown[0].data
    with pytest.raises(MlslabError, match=f"there is no 'x'; there are {NAME}"):
        show_case("x")
