"""What a learner has done: one JSON file for each lab, in the user's state folder.

A file is written beside its place and then renamed, so that a crash leaves the old
or the new one, never half of one. Each lab has a file of its own, as two notebooks
may be open at once.
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mlslab.checks import Outcome, Status


def home() -> Path:
    """`$MLSLAB_HOME`, or `~/.local/share/mlslab`."""
    named = os.environ.get("MLSLAB_HOME")
    return Path(named) if named else Path.home() / ".local" / "share" / "mlslab"


def write_json(path: Path, value: Any) -> None:
    """Write `value` so that a crash leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> Any:
    """The value in `path`, or None; a damaged file is put aside as `*.damaged`."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        put_aside(path)
        return None


def put_aside(path: Path) -> None:
    """Rename a file that cannot be read, so that nothing is lost."""
    path.replace(path.with_suffix(".damaged"))


@dataclass
class CheckProgress:
    """One exercise: the best status so far, tries that were judged, hints seen."""

    status: str = Status.NOT_ATTEMPTED.value
    attempts: int = 0
    hints: int = 0
    points: int = 0


@dataclass
class QuizProgress:
    """One question: the first answer, and whether it was right."""

    answer: list[str]
    right: bool


@dataclass
class Progress:
    """The progress in one lab; `folder=None` keeps it in memory only."""

    lab: str
    folder: Path | None
    checks: dict[str, CheckProgress] = field(default_factory=dict)
    quiz: dict[str, QuizProgress] = field(default_factory=dict)
    ended: bool = False

    @property
    def points(self) -> int:
        """The points earned so far."""
        return sum(check.points for check in self.checks.values())

    @property
    def passed(self) -> int:
        """How many checks have passed."""
        done = Status.PASSED.value
        return sum(check.status == done for check in self.checks.values())

    def of(self, name: str) -> CheckProgress:
        """The entry of a check, made when it is first asked for."""
        return self.checks.setdefault(name, CheckProgress())

    def judged(self, outcome: Outcome) -> None:
        """Note an outcome; what has passed once stays passed."""
        entry = self.of(outcome.check.name)
        if outcome.status is not Status.NOT_ATTEMPTED:
            entry.attempts += 1
            if entry.status != Status.PASSED.value:
                entry.status, entry.points = outcome.status.value, outcome.points
        self.save()

    def hinted(self, name: str, stages: int) -> int:
        """Note that one more hint was seen; gives how many, at most `stages`."""
        entry = self.of(name)
        entry.hints = min(entry.hints + 1, stages)
        self.save()
        return entry.hints

    def answered(self, question: str, answer: list[str], right: bool) -> None:
        """Note the first answer to a question."""
        self.quiz.setdefault(question, QuizProgress(answer, right))
        self.save()

    def save(self) -> None:
        """Write the file, if there is a folder."""
        if self.folder is not None:
            kept = asdict(self)
            del kept["folder"]
            write_json(_file(self.folder, self.lab), kept)


def load_progress(lab: str, folder: Path | None = None) -> Progress:
    """The progress in a lab as it was left, by default below `home()`."""
    folder = folder or home() / "progress"
    kept = read_json(_file(folder, lab))
    if kept is None:
        return Progress(lab, folder)
    try:
        return Progress(
            lab,
            folder,
            {name: CheckProgress(**entry) for name, entry in kept["checks"].items()},
            {name: QuizProgress(**entry) for name, entry in kept["quiz"].items()},
            bool(kept["ended"]),
        )
    except (KeyError, TypeError, AttributeError):
        put_aside(_file(folder, lab))
        return Progress(lab, folder)


def _file(folder: Path, lab: str) -> Path:
    return folder / f"{lab}.json"
