"""AWS services that a new account cannot open any more, and what to use instead."""

import re
from dataclasses import dataclass

from mlslab.course import Course
from mlslab.questions.model import Source
from mlslab.tables import Table, read_table


@dataclass(frozen=True)
class ClosedService:
    """One service or feature that has closed.

    Attributes:
        name: as AWS calls it.
        names: words by which a text names it.
        state: since when it is closed, and to whom.
        instead: what to use.
        source: where it stands.
        checked: the day on which somebody last read the source.
    """

    name: str
    names: tuple[str, ...]
    state: str
    instead: str
    source: Source
    checked: str

    def is_named(self, text: str) -> bool:
        """Whether the text speaks of the service."""
        return any(re.search(rf"\b{re.escape(name)}\b", text) for name in self.names)


def closed_services(course: Course) -> tuple[ClosedService, ...]:
    """The rows of `exam_scenarios/reference/closed_services.toml`."""
    path = course.root / "exam_scenarios" / "reference" / "closed_services.toml"
    if not path.exists():
        return ()
    top = read_table(path)
    checked = top.text("checked")
    rows = tuple(_service(row, checked) for row in top.tables("service", key="name"))
    top.done()
    return rows


def _service(row: Table, checked: str) -> ClosedService:
    source = row.table("source")
    service = ClosedService(
        name=row.text("name"),
        names=row.texts("names"),
        state=row.text("state"),
        instead=row.text("instead"),
        source=Source(source.text("title"), source.text("address")),
        checked=checked,
    )
    source.done()
    row.done()
    return service
