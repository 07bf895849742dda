"""The course as data: `labs/course.toml` in frozen dataclasses."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlslab.errors import MlslabError
from mlslab.tables import Table, read_table


@dataclass(frozen=True)
class Domain:
    """A domain of the course; its number is the first digit of its labs' ids."""

    number: int
    folder: str
    title: str


@dataclass(frozen=True)
class Objective:
    """What a learner is able to do after the lab; checks name it by its id."""

    id: str
    text: str


@dataclass(frozen=True)
class LabInfo:
    """One lab as `course.toml` has it.

    `minutes` are those of a person working; `cost` says what AWS would charge;
    `exam_tasks` are task numbers of MLS-C01; `stem` is the path of the lab below
    `labs/` and `solutions/`, without a suffix.
    """

    id: str
    slug: str
    title: str
    minutes: int
    exam_tasks: tuple[str, ...]
    services: tuple[str, ...]
    cost: str
    objectives: tuple[Objective, ...]
    stem: str

    @property
    def checks_module(self) -> str:
        """The module of its checks, below the course's `checks` package."""
        return f"lab_{self.id}_{self.slug}"


@dataclass(frozen=True)
class Course:
    """The labs in their order, and where their files are."""

    root: Path
    title: str
    checks: str
    domains: tuple[Domain, ...]
    labs: tuple[LabInfo, ...]
    coming: Mapping[str, str]
    """Labs that are planned: id → title. Questions may name them already."""

    def lab(self, lab_id: str) -> LabInfo:
        """The lab with this id; an error names those that there are."""
        for lab in self.labs:
            if lab.id == lab_id:
                return lab
        known = ", ".join(lab.id for lab in self.labs)
        raise MlslabError(f"there is no lab {lab_id!r}; there are {known}")

    def lab_title(self, lab_id: str) -> str:
        """The title of a lab, also of one that is yet to come; "" if there is none."""
        titles = {lab.id: lab.title for lab in self.labs}
        return titles.get(lab_id) or self.coming.get(lab_id, "")

    def source(self, lab: LabInfo) -> Path:
        """`solutions/**/NN_slug.py`, from which both notebooks are made."""
        return self.root / "solutions" / f"{lab.stem}.py"

    def solution(self, lab: LabInfo) -> Path:
        """The executed solution notebook."""
        return self.root / "solutions" / f"{lab.stem}.ipynb"

    def notebook(self, lab: LabInfo) -> Path:
        """The learner's notebook."""
        return self.root / "labs" / f"{lab.stem}.ipynb"


def find_root(start: Path | None = None) -> Path:
    """The folder that holds `labs/course.toml`.

    It is `$MLSLAB_ROOT`, or one above `start` (by default the working folder), or
    the checkout that this package is installed from.
    """
    named = os.environ.get("MLSLAB_ROOT")
    here = (start or Path.cwd()).resolve()
    places = [Path(named)] if named else [here, *here.parents]
    for place in [*places, Path(__file__).resolve().parents[2]]:
        if (place / "labs" / "course.toml").is_file():
            return place
    raise MlslabError(
        "labs/course.toml is not found: work inside the course's folder,"
        " or name that folder in MLSLAB_ROOT"
    )


def load_course(root: Path | None = None) -> Course:
    """Read `labs/course.toml` below `root`, by default where `find_root` says."""
    root = root or find_root()
    top = read_table(root / "labs" / "course.toml")
    domains = tuple(_domain(row) for row in top.tables("domain", key="number"))
    labs = tuple(_lab(row, domains) for row in top.tables("lab"))
    coming = _coming(top) if top.has("coming") else {}
    course = Course(root, top.text("title"), top.text("checks"), domains, labs, coming)
    top.done()
    for lab_id, times in Counter([lab.id for lab in labs] + list(coming)).items():
        if times > 1:
            raise top.error(f"lab {lab_id}", "is listed twice")
    return course


def _domain(row: Table) -> Domain:
    domain = Domain(row.number("number"), row.text("folder"), row.text("title"))
    row.done()
    return domain


def _lab(row: Table, domains: tuple[Domain, ...]) -> LabInfo:
    lab_id, slug = row.text("id"), row.text("slug")
    if len(lab_id) != 3 or not lab_id.isdigit():
        raise row.error("id", "is three digits: the domain's, and two of the lab")
    folders = {str(domain.number): domain.folder for domain in domains}
    if lab_id[0] not in folders:
        raise row.error("id", f"there is no domain {lab_id[0]}")
    number = lab_id[1:]
    folder = folders[lab_id[0]]
    lab = LabInfo(
        id=lab_id,
        slug=slug,
        title=row.text("title"),
        minutes=row.number("minutes"),
        exam_tasks=row.texts("exam_tasks"),
        services=row.texts("services"),
        cost=row.text("cost"),
        objectives=tuple(map(_objective, row.tables("objectives"))),
        stem=f"{number}_{slug}" if folder == "." else f"{folder}/{number}_{slug}",
    )
    row.done()
    return lab


def _objective(row: Table) -> Objective:
    objective = Objective(row.text("id"), row.text("text"))
    row.done()
    return objective


def _coming(top: Table) -> dict[str, str]:
    rows = top.tables("coming")
    titles = {row.text("id"): row.text("title") for row in rows}
    for row in rows:
        row.done()
    return titles
