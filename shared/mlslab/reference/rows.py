"""The rows of the quick references, as `exam_scenarios/reference/*.toml` has them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mlslab.course import Course
from mlslab.questions.model import Source
from mlslab.questions.reading import read_source
from mlslab.tables import Table, read_table

Row = TypeVar("Row")


@dataclass(frozen=True)
class Algorithm:
    """A built-in algorithm of SageMaker AI.

    Attributes:
        id, name: a slug, and AWS's name.
        learning: supervised or unsupervised.
        task: what it does.
        choose_when, not_when: one sentence each.
        content_types: of training data.
        input_modes: File, Pipe.
        required: hyperparameters that a job must have.
        tune: hyperparameters that AWS lists for tuning, the most telling first.
        metrics: what it publishes.
        instances: what AWS says about machines for it.
        source: its page.
    """

    id: str
    name: str
    learning: str
    task: str
    choose_when: str
    not_when: str
    content_types: tuple[str, ...]
    input_modes: tuple[str, ...]
    required: tuple[str, ...]
    tune: tuple[str, ...]
    metrics: tuple[str, ...]
    instances: str
    source: Source


@dataclass(frozen=True)
class Instance:
    """A family of SageMaker AI instances, what is in it, and what it is good for."""

    family: str
    kind: str
    accelerator: str
    good_for: str
    jobs: tuple[str, ...]
    note: str
    source: Source


@dataclass(frozen=True)
class Lever:
    """Something that makes the bill smaller: which part, how much, when, at what cost.

    `saves` says only what the source says.
    """

    id: str
    name: str
    drives: str
    saves: str
    when: str
    catch: str
    source: Source


@dataclass(frozen=True)
class ClosedService:
    """An AWS service or feature that a new account cannot open any more.

    Attributes:
        name: as AWS calls it.
        names: words by which a text names it.
        state: since when it is closed, and to whom.
        instead: what to use.
        source: where it stands.
    """

    name: str
    names: tuple[str, ...]
    state: str
    instead: str
    source: Source

    def is_named(self, text: str) -> bool:
        """Whether the text speaks of the service."""
        return any(re.search(rf"\b{re.escape(name)}\b", text) for name in self.names)


@dataclass(frozen=True)
class Reference:
    """All four tables, and the day on which somebody last read the sources of each."""

    algorithms: tuple[Algorithm, ...]
    instances: tuple[Instance, ...]
    levers: tuple[Lever, ...]
    closed: tuple[ClosedService, ...]
    checked: tuple[str, str, str, str]


def folder(course: Course) -> Path:
    """Where the tables and their pages are."""
    return course.root / "exam_scenarios" / "reference"


def load_reference(course: Course) -> Reference:
    """Read all tables; one whose file is not there is empty. Raises `DataError`."""
    place = folder(course)
    algorithms = _read(place / "algorithms.toml", "algorithm", "id", _algorithm)
    instances = _read(place / "instances.toml", "instance", "family", _instance)
    levers = _read(place / "cost_levers.toml", "lever", "id", _lever)
    closed = _read(place / "closed_services.toml", "service", "name", _closed)
    return Reference(
        algorithms[0],
        instances[0],
        levers[0],
        closed[0],
        (algorithms[1], instances[1], levers[1], closed[1]),
    )


def _read(
    path: Path, name: str, key: str, read: Callable[[Table], Row]
) -> tuple[tuple[Row, ...], str]:
    if not path.exists():
        return (), ""
    top = read_table(path)
    checked = top.text("checked")
    tables = top.tables(name, key=key)
    top.done()
    rows = tuple(map(read, tables))
    for table in tables:
        table.done()
    return rows, checked


def _algorithm(row: Table) -> Algorithm:
    return Algorithm(
        id=row.text("id"),
        name=row.text("name"),
        learning=row.text("learning"),
        task=row.text("task"),
        choose_when=row.text("choose_when"),
        not_when=row.text("not_when"),
        content_types=row.texts("content_types"),
        input_modes=row.texts("input_modes"),
        required=row.listed("required"),
        tune=row.listed("tune"),
        metrics=row.listed("metrics"),
        instances=row.text("instances"),
        source=read_source(row.table("source")),
    )


def _instance(row: Table) -> Instance:
    return Instance(
        family=row.text("family"),
        kind=row.text("kind"),
        accelerator=row.text("accelerator"),
        good_for=row.text("good_for"),
        jobs=row.texts("jobs"),
        note=row.text("note"),
        source=read_source(row.table("source")),
    )


def _lever(row: Table) -> Lever:
    return Lever(
        id=row.text("id"),
        name=row.text("name"),
        drives=row.text("drives"),
        saves=row.text("saves"),
        when=row.text("when"),
        catch=row.text("catch"),
        source=read_source(row.table("source")),
    )


def _closed(row: Table) -> ClosedService:
    return ClosedService(
        name=row.text("name"),
        names=row.texts("names"),
        state=row.text("state"),
        instead=row.text("instead"),
        source=read_source(row.table("source")),
    )
