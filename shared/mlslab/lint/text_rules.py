"""Rules of a lab's cells: sections, figures, links, lines."""

import re
from collections.abc import Callable, Iterator

import nbformat

from mlslab.lint.finding import Finding, Subject
from mlslab.source import Cell, call_name

COLUMNS = 88
CELLS = range(15, 61)
SECTIONS = (
    "What you will be able to do",
    "Exercise",
    "Quiz",
    "Then and now",
    "Cost",
    "Take-away",
    "Teardown",
)
_LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)")
_FIGURE = re.compile(r"(^|\.)(plt|pyplot)\.(subplots|figure)$|(^|\.)plot(\.\w+)?$")


def sections(subject: Subject) -> Iterator[Finding]:
    """The headings of a lab's rhythm are there."""
    headings = re.findall(r"^#+\s+(.*)$", subject.source.markdown(), re.MULTILINE)
    for section in SECTIONS:
        if not any(h.lower().startswith(section.lower()) for h in headings):
            yield subject.finding(
                f"there is no section {section!r}",
                f"add a heading that begins with {section!r}",
            )


def size(subject: Subject) -> Iterator[Finding]:
    """A lab is neither a page nor a book, and begins by doing something."""
    cells = subject.source.cells
    if len(cells) not in CELLS:
        yield subject.finding(
            f"has {len(cells)} cells",
            f"have {CELLS.start} to {CELLS.stop - 1}: one idea for each cell",
        )
    if all(cell.kind != "code" for cell in cells[:5]):
        yield subject.finding(
            "nothing happens in the first five cells", "let one of them run code"
        )


def lines(subject: Subject) -> Iterator[Finding]:
    """Code fits the page, and prompts parse."""
    for cell in subject.source.cells:
        if cell.kind != "code":
            continue
        for line in cell.text.splitlines():
            if len(line) > COLUMNS:
                yield subject.finding(
                    f"a line of {len(line)} columns: {line[:40]}…",
                    f"break it at {COLUMNS}",
                    cell,
                )
        if "____" in cell.text:
            yield subject.finding(
                "a blank of underscores, which is no value",
                "use a solution region, of which the build makes `name = ...`",
                cell,
            )


def figures(subject: Subject) -> Iterator[Finding]:
    """Every figure has alternative text."""
    for cell in subject.source.cells:
        names = [call_name(call) for call in cell.calls]
        shown = any(
            name.split(".")[-1] == "show" and any(k.arg == "alt" for k in call.keywords)
            for name, call in zip(names, cell.calls, strict=True)
        )
        bare = any(name in ("plt.show", "pyplot.show") for name in names)
        if bare or (any(map(_FIGURE.search, names)) and not shown):
            yield _no_alt(subject, cell)


def images(subject: Subject) -> Iterator[Finding]:
    """No output of the solution is an image without alternative text."""
    path = subject.course.solution(subject.lab)
    if not path.is_file():
        return
    notebook = nbformat.read(path, as_version=4)
    for cell, built in zip(subject.source.cells, notebook.cells, strict=False):
        kinds = {
            kind for out in built.get("outputs", ()) for kind in out.get("data", ())
        }
        if kinds & {"image/png", "image/jpeg", "image/svg+xml"}:
            yield _no_alt(subject, cell)


def links(subject: Subject) -> Iterator[Finding]:
    """A link is an address, a place in the notebook, or a file that exists."""
    folder = subject.course.notebook(subject.lab).parent
    for cell in subject.source.cells:
        if cell.kind == "code":
            continue
        for target in _LINK.findall(cell.text):
            if re.match(r"https?://[\w.-]+\.\w+|#", target):
                continue
            if not (folder / target.split("#")[0]).exists():
                yield subject.finding(
                    f"the link {target} leads nowhere",
                    "write its whole https:// address, or a file's path from labs/",
                    cell,
                )


def _no_alt(subject: Subject, cell: Cell) -> Finding:
    return subject.finding(
        "a figure without alternative text",
        'end the cell with show(figure, alt="…") of mlslab.plots',
        cell,
    )


TEXT_RULES: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    sections,
    size,
    lines,
    figures,
    images,
    links,
)
