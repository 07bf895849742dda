"""How a status is said: a symbol, a word, and what to do about it."""

from dataclasses import dataclass

from mlslab.grading.results import ExerciseStatus, GradeStatus


@dataclass(frozen=True)
class Words:
    """A status for people; `advice` speaks to the learner, and may be empty."""

    symbol: str
    word: str
    advice: str = ""


EXERCISE = {
    ExerciseStatus.PASSED: Words("✓", "Passed", "This is right."),
    ExerciseStatus.INCORRECT: Words("✗", "Not yet"),
    ExerciseStatus.NOT_ATTEMPTED: Words(
        "○", "Not attempted", "There is no answer to judge yet."
    ),
    ExerciseStatus.TIMEOUT: Words(
        "◔",
        "Out of time",
        "This ran longer than an exercise may, and was stopped. Most often that is a"
        " loop that never ends, or waiting for something that never comes: restart the"
        " kernel, run the cells up to here, interrupt this one after a while, and the"
        " traceback shows the line on which it was.",
    ),
    ExerciseStatus.CRASHED: Words(
        "⊘",
        "Crashed",
        "Python itself ended while this ran. Most often that is too much memory, or a"
        " call such as `exit()`: restart the kernel, run the cells one by one, and look"
        " at which of them the kernel dies.",
    ),
}

GRADE = {
    GradeStatus.GRADED: Words("✓", "graded"),
    GradeStatus.NOTHING_ATTEMPTED: Words(
        "○",
        "nothing attempted",
        "No exercise in this file has an answer. If you did write some, the file that"
        " was handed in is another one: look for the one that you worked in, and ask"
        " whether you may hand it in again.",
    ),
    GradeStatus.TAMPERED: Words("△", "tampered"),
    GradeStatus.TIMEOUT: Words(
        "◔",
        "timeout",
        "The notebook as a whole ran longer than it may, so what came late in it may"
        " not have been reached. The exercises below say where the time went.",
    ),
    GradeStatus.CRASHED: Words(
        "⊘",
        "crashed",
        "Python itself ended while the notebook ran, so some of it could not be"
        " judged. The exercises below say where that was.",
    ),
    GradeStatus.UNREADABLE: Words(
        "⊗",
        "unreadable",
        "This file could not be read as a notebook, so that nothing in it could be"
        " graded. Open your notebook in JupyterLab, choose “Restart Kernel and Run All"
        " Cells”, save it, and ask whether you may hand in that file.",
    ),
}

CHANGE = {
    "edited": "was changed",
    "deleted": "was missing",
    "moved": "stood in another place",
    "duplicated": "was there more than once",
}
"""What had happened to a cell, by a `Change`'s kind."""
