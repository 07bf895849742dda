"""Grading on a Dask cluster: the same results, from as many machines as there are.

Each worker keeps a warm process of its own for as long as the worker lives, and grades
one submission at a time with it for each of its threads. A worker that dies costs a
retry on another one: Dask runs the task again, and a submission's result depends on
nothing but the submission.

Workers need the course as it is here: the same folder, or an image that has it.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from mlslab.course import Course, LabInfo, load_course
from mlslab.errors import MlslabError
from mlslab.grading.batch import Grader, grader
from mlslab.grading.results import Result, Submission
from mlslab.grading.rules import Limits

RETRIES = 5
"""How often a submission is tried on another worker when one dies."""


def grade_on_cluster(
    address: str,
    course: Course,
    lab: LabInfo,
    limits: Limits,
    submissions: Sequence[Submission],
    *,
    walls: bool,
) -> Iterator[Result]:
    """The results, as they come.

    Args:
        address: of the scheduler, `tcp://…`.
        course, lab: what is graded; workers find the course at the same path.
        limits: seconds, megabytes, processes.
        submissions: what is to be graded.
        walls: whether submissions run behind walls.

    Raises:
        MlslabError: Dask is not installed, or no scheduler answers there.
    """
    try:
        from distributed import Client, as_completed
    except ModuleNotFoundError:
        raise MlslabError(
            "grading on a cluster needs Dask: pip install 'mlslab[cluster]'"
        ) from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise MlslabError(f"no Dask scheduler answers at {address}: {error}") from None
    with client:
        futures = [
            client.submit(
                grade_here,
                str(course.root),
                lab.id,
                limits,
                one,
                walls,
                pure=False,
                retries=RETRIES,
            )
            for one in submissions
        ]
        for future in as_completed(futures):
            yield future.result()


def grade_here(
    root: str, lab_id: str, limits: Limits, submission: Submission, walls: bool
) -> Result:
    """Grade one submission on this worker."""
    return _warm(root, lab_id, limits, walls).grade(submission)


_kept: dict[tuple[str, str, Limits, bool], Grader] = {}
_lock = threading.Lock()
_open = ExitStack()
atexit.register(_open.close)


def _warm(root: str, lab_id: str, limits: Limits, walls: bool) -> Grader:
    """This worker's warm process for a lab, started when it is first needed."""
    key = (root, lab_id, limits, walls)
    with _lock:
        if key not in _kept:
            course = load_course(Path(root))
            made = grader(course, course.lab(lab_id), limits, walls=walls)
            _kept[key] = _open.enter_context(made)
        return _kept[key]
