"""One page for each learner: what was earned, what was said, and where to go on."""

from collections.abc import Mapping
from pathlib import Path

from mlslab.checks import Check
from mlslab.course import LabInfo
from mlslab.grading.pages import Standing, page_name
from mlslab.grading.pages.rendering import render
from mlslab.grading.results import ExerciseStatus, Result

_MOST_CHANGES = 50


def feedback_page(
    result: Result, lab: LabInfo, checks: Mapping[str, Check], standing: Standing
) -> str:
    """The learner's page as HTML that needs nothing else.

    Of hidden checks it has the messages, never the source, and the instructor's note is
    not in it.

    Args:
        result: what grading the submission came to.
        lab: the lab that was graded.
        checks: the lab's, by name; their hints are shown for what did not pass.
        standing: what the submission counts, after policy.
    """
    passed = [e for e in result.exercises if e.status is ExerciseStatus.PASSED]
    first_open = next((e for e in result.exercises if e not in passed), None)
    return render(
        "feedback.html",
        result=result,
        lab=lab,
        standing=standing,
        hints={name: check.hints for name, check in checks.items()},
        passed=len(passed),
        first_open=first_open,
        changes=result.changes[:_MOST_CHANGES],
        more_changes=max(0, len(result.changes) - _MOST_CHANGES),
    )


def write_feedback(
    folder: Path,
    result: Result,
    lab: LabInfo,
    checks: Mapping[str, Check],
    standing: Standing,
) -> Path:
    """Write the learner's page into `folder`, and say where it is.

    The name of the file is `pages.page_name` of the learner. The folder is made if it
    is not there; a page that is there is written anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / page_name(result.learner)
    path.write_text(feedback_page(result, lab, checks, standing), encoding="utf-8")
    return path
