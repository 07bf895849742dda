"""`grades.sqlite`: each result as soon as it is there, so that nothing is graded twice.

The tables, for whoever wants to ask them something:

- `submissions`: one line for each file that was graded: `id`, `lab`, `learner`, `name`
  (the file), `digest` (SHA-256 of its bytes), `key` (what it was graded by: checks, lab
  and engine), `status`, `points`, `out_of`, `note`, `submitted` (ISO 8601 with its
  offset, or NULL), `late` (0 or 1), `seconds`, and `result`: all of it as JSON, which
  is what is read back.
- `exercises`: `submission` (the id), `position` (from 0, in the order of the lab),
  `exercise`, `title`, `status`, `points`, `out_of`, `message`, `hidden` (how many
  hidden checks failed), `on_reference` (0 or 1), `seconds`.
- `changes`: what differs outside the answers: `submission`, `position`, `cell`, `kind`,
  `is_check` (0 or 1), `diff`.

What UTF-8 cannot hold stands there as `�` and four hexadecimal digits.

For instance, how often each exercise was solved:

    SELECT exercise, avg(exercises.status = 'passed') FROM exercises
    JOIN submissions ON submissions.id = submission
    WHERE lab = '302' GROUP BY exercise ORDER BY min(position);

Points are those before any policy. `PRAGMA user_version` is the version of the schema.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mlslab.errors import MlslabError
from mlslab.grading.results import Result

VERSION = 1
_OURS = int.from_bytes(b"mlsg", "big")
_WAIT_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    lab TEXT NOT NULL,
    learner TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    points INTEGER NOT NULL,
    out_of INTEGER NOT NULL,
    note TEXT NOT NULL,
    submitted TEXT,
    late INTEGER NOT NULL,
    seconds REAL NOT NULL,
    result BLOB NOT NULL,
    UNIQUE (lab, learner, name)
);
CREATE INDEX by_content ON submissions (lab, learner, digest, key);
CREATE TABLE exercises (
    submission INTEGER NOT NULL REFERENCES submissions ON DELETE CASCADE,
    position INTEGER NOT NULL,
    exercise TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    points INTEGER NOT NULL,
    out_of INTEGER NOT NULL,
    message TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    on_reference INTEGER NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (submission, position)
) WITHOUT ROWID;
CREATE TABLE changes (
    submission INTEGER NOT NULL REFERENCES submissions ON DELETE CASCADE,
    position INTEGER NOT NULL,
    cell TEXT NOT NULL,
    kind TEXT NOT NULL,
    is_check INTEGER NOT NULL,
    diff TEXT NOT NULL,
    PRIMARY KEY (submission, position)
) WITHOUT ROWID;
"""


class StoreError(MlslabError):
    """The file of results cannot be used; the message says what to do."""


class Store:
    """The results of a folder of grades; a context manager, which closes it.

    Args:
        path: the file; it is made if it is not there.

    Raises:
        StoreError: by any method, if the file is damaged, of a newer version, not
            writable, or held by another process for half a minute.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._told():
            self._db = sqlite3.connect(path, timeout=_WAIT_SECONDS)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def find(
        self, lab: str, learner: str, name: str, digest: str, key: str
    ) -> Result | None:
        """What the same content of the same learner came to when graded the same way.

        The result has `name`, though the file may have been called otherwise then; what
        else the submission says of itself (`submitted`, `late`, `accounts`) is as it
        was then.
        """
        with self._told():
            rows = self._db.execute(
                "SELECT result FROM submissions"
                " WHERE lab = ? AND learner = ? AND digest = ? AND key = ?"
                " ORDER BY name != ?, id",
                (lab, _text(learner), digest, key, _text(name)),
            ).fetchall()
        for (kept,) in rows:
            if found := _result(kept):
                return replace(found, name=name)
        return None

    def keep(self, result: Result, key: str) -> None:
        """Keep a result in place of what was kept of that file.

        Args:
            result: one graded submission.
            key: tells everything apart that may change a result: checks, lab, engine.
        """
        with self._told(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(
                "DELETE FROM submissions WHERE lab = ? AND learner = ? AND name = ?",
                (result.lab, _text(result.learner), _text(result.name)),
            )
            row = self._db.execute(_INSERT_SUBMISSION, _submission(result, key))
            self._db.executemany(_INSERT_EXERCISE, _exercises(row.lastrowid, result))
            self._db.executemany(_INSERT_CHANGE, _changes(row.lastrowid, result))

    def results(self, lab: str) -> list[Result]:
        """The last result of every file that was ever graded here, by learner and name.

        Files that are no longer there, or are now called otherwise, are among them.
        """
        with self._told():
            rows = self._db.execute(
                "SELECT result, name FROM submissions WHERE lab = ?"
                " ORDER BY learner, name",
                (lab,),
            ).fetchall()
        found = []
        for kept, name in rows:
            result = _result(kept)
            if result is None:
                raise StoreError(f"{self._path}: the result of {name!r} is {_DAMAGED}")
            found.append(result)
        return found

    def _open(self) -> None:
        self._db.isolation_level = None
        self._db.execute("PRAGMA foreign_keys = ON")
        with self._db:
            # Two processes may make the file at once.
            self._db.execute("BEGIN IMMEDIATE")
            ours = self._pragma("application_id") == _OURS
            version = self._pragma("user_version")
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if tables != (0,) and not ours:
                raise StoreError(
                    f"{self._path} is another program's database: grade into another"
                    " folder"
                )
            if version > VERSION:
                raise StoreError(
                    f"{self._path} is of version {version}, and this mlslab knows"
                    f" {VERSION}: grade with the newer mlslab, or into another folder"
                )
            if not ours:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")
                self._db.execute(f"PRAGMA application_id = {_OURS}")

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                cure = "another process holds it: wait until that has ended"
            else:
                cure = f"{error}: name a folder that you may write to, with space left"
            raise StoreError(f"{self._path}: {cure}") from error
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self._path} is {_DAMAGED} ({error})") from error


_DAMAGED = "damaged: move the file away and grade again; only time is lost"
_INSERT_SUBMISSION = """
INSERT INTO submissions (lab, learner, name, digest, key, status, points, out_of, note,
submitted, late, seconds, result) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_EXERCISE = "INSERT INTO exercises VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_CHANGE = "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?)"


def _submission(result: Result, key: str) -> tuple[object, ...]:
    return (
        result.lab,
        _text(result.learner),
        _text(result.name),
        result.digest,
        key,
        result.status.value,
        result.points,
        result.out_of,
        _text(result.note),
        result.submitted.isoformat() if result.submitted else None,
        result.late,
        result.seconds,
        # A name may hold what is no UTF-8.
        result.to_json().encode("utf-8", "surrogatepass"),
    )


def _exercises(submission: int | None, result: Result) -> Iterator[tuple[object, ...]]:
    for position, one in enumerate(result.exercises):
        yield (
            submission,
            position,
            one.exercise,
            one.title,
            one.status.value,
            one.points,
            one.out_of,
            _text(one.message),
            len(one.hidden),
            one.on_reference,
            one.seconds,
        )


def _changes(submission: int | None, result: Result) -> Iterator[tuple[object, ...]]:
    for position, one in enumerate(result.changes):
        yield (
            submission,
            position,
            _text(one.cell),
            one.kind,
            one.is_check,
            _text(one.diff),
        )


def _result(kept: bytes) -> Result | None:
    """The result, or None if it is not what this version writes."""
    try:
        return Result.from_json(kept.decode("utf-8", "surrogatepass"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _text(text: str) -> str:
    """As sqlite takes it; different texts stay different."""
    return re.sub("[\ud800-\udfff\ufffd]", lambda m: f"\ufffd{ord(m[0]):04x}", text)
