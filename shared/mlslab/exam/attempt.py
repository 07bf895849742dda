"""An attempt at a paper: answers, marks, and the clock, kept at every change.

An attempt is a folder below `$MLSLAB_HOME/exams`: `paper.json`, which is written once,
and `attempt.json`, which is written anew at each answer. A crash loses at most the
seconds since the clock was last noted.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlslab.errors import DataError, MlslabError
from mlslab.exam import paper as papers
from mlslab.exam.paper import Item, Paper
from mlslab.progress import home, put_aside, read_json, write_json
from mlslab.questions.model import Answer

#: The clock is noted this often, in seconds, if nothing else is.
NOTED_EVERY = 5.0


class TimeIsUpError(MlslabError):
    """An answer came after the end of the exam."""


@dataclass
class Attempt:
    """One attempt; every change is written to its folder at once.

    Its clock stands until `resume`.

    Attributes:
        paper: what is asked.
        folder: where it is kept, or None for one that is kept nowhere.
        answers: place in the paper, from 0 → answer.
        marked: places that the learner wants to come back to.
        place: the question that is looked at.
        started: when, in UTC, as ISO 8601.
        submitted: when it was handed in, or "".
        seconds: spent so far, up to the last note.
        leaves: how often it was left and taken up again.
        clock: seconds that only go forward.
    """

    paper: Paper
    folder: Path | None = None
    answers: dict[int, Answer] = field(default_factory=dict)
    marked: set[int] = field(default_factory=set)
    place: int = 0
    started: str = field(default_factory=lambda: _now())
    submitted: str = ""
    seconds: float = 0.0
    leaves: int = 0
    clock: Callable[[], float] = time.monotonic
    _since: float | None = None

    @property
    def item(self) -> Item:
        """The item that is looked at."""
        return self.paper.items[self.place]

    @property
    def spent(self) -> float:
        """Seconds spent on it."""
        running = 0.0 if self._since is None else self.clock() - self._since
        return self.seconds + running

    @property
    def left(self) -> float | None:
        """Seconds left, never less than 0; None where there is no limit."""
        if self.paper.minutes is None:
            return None
        return max(0.0, self.paper.minutes * 60 - self.spent)

    @property
    def paused(self) -> bool:
        """Whether the clock stands still before the end."""
        return self._since is None and not self.submitted

    @property
    def open_places(self) -> list[int]:
        """Places without a whole answer."""
        return [
            place
            for place, item in enumerate(self.paper.items)
            if not item.question.is_answered(self.answers.get(place, ()))
        ]

    def answer(self, place: int, keys: Answer) -> None:
        """Note an answer; `()` takes it back.

        Raises:
            TimeIsUpError: when the time is over or the exam was handed in.
        """
        if self.submitted or self.left == 0:
            raise TimeIsUpError("the exam is over: no answer can be changed")
        if keys:
            self.answers[place] = keys
        else:
            self.answers.pop(place, None)
        self.save()

    def mark(self, place: int) -> None:
        """Mark a question to come back to, or take the mark away."""
        self.marked ^= {place}
        self.save()

    def go(self, place: int) -> None:
        """Look at another question; past an end, at the last one there."""
        self.place = min(max(place, 0), len(self.paper.items) - 1)
        self.save()

    def pause(self) -> None:
        """Stop the clock.

        Raises:
            MlslabError: where the rules do not allow it.
        """
        if not self.paper.pausing:
            raise MlslabError("a full exam has no pause: its clock goes on")
        self._stop()
        self.save()

    def resume(self) -> None:
        """Let the clock go on, if it stands."""
        if self.paused:
            self._since = self.clock()

    def tick(self) -> None:
        """Note the clock if that is due; hand in if the time is up."""
        if self.submitted or self._since is None:
            return
        if self.left == 0:
            self.submit()
        elif self.clock() - self._since > NOTED_EVERY:
            self.save()

    def submit(self) -> None:
        """Hand in; nothing changes any more."""
        self._stop()
        if self.paper.minutes is not None:
            self.seconds = min(self.seconds, self.paper.minutes * 60)
        self.submitted = self.submitted or _now()
        self.save()

    def save(self) -> None:
        """Note the clock and write everything, if there is a folder."""
        if self._since is not None:
            now = self.clock()
            self.seconds, self._since = self.seconds + now - self._since, now
        if self.folder is not None:
            write_json(self.folder / "attempt.json", self._as_data())

    def _stop(self) -> None:
        self.seconds, self._since = self.spent, None

    def _as_data(self) -> dict[str, Any]:
        return {
            "answers": {str(place): keys for place, keys in self.answers.items()},
            "marked": sorted(self.marked),
            "place": self.place,
            "started": self.started,
            "submitted": self.submitted,
            "seconds": round(self.seconds, 1),
            "leaves": self.leaves,
        }


def begin(paper: Paper, folder: Path | None = None) -> Attempt:
    """A new attempt, in a folder of its own below `folder`, by default `exams()`.

    Its clock stands until `resume`.
    """
    place = folder or exams()
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    attempt = Attempt(paper, place / name)
    write_json(place / name / "paper.json", papers.as_data(paper))
    attempt.save()
    return attempt


def attempts(folder: Path | None = None) -> list[Attempt]:
    """All attempts, oldest first; one that cannot be read is put aside."""
    found = (_read(path) for path in sorted((folder or exams()).glob("*/")))
    return [attempt for attempt in found if attempt is not None]


def under_way(folder: Path | None = None) -> Attempt | None:
    """The attempt that was begun and not handed in, its clock standing, or None."""
    for attempt in reversed(attempts(folder)):
        if not attempt.submitted:
            attempt.leaves += 1
            return attempt
    return None


def give_up(attempt: Attempt) -> None:
    """Forget an attempt that was not handed in."""
    if attempt.folder is not None:
        shutil.rmtree(attempt.folder)


def exams() -> Path:
    """Where attempts are kept."""
    return home() / "exams"


def _read(folder: Path) -> Attempt | None:
    paper, kept = read_json(folder / "paper.json"), read_json(folder / "attempt.json")
    if paper is None or kept is None:
        return None
    try:
        return Attempt(
            papers.from_data(folder / "paper.json", paper),
            folder,
            {int(place): tuple(keys) for place, keys in kept["answers"].items()},
            set(kept["marked"]),
            kept["place"],
            kept["started"],
            kept["submitted"],
            kept["seconds"],
            kept["leaves"],
        )
    except (DataError, KeyError, TypeError, AttributeError, ValueError):
        put_aside(folder / "attempt.json")
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
