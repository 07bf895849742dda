"""The quick references as pages: Markdown to read here, one HTML file to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from mlslab.course import Course
from mlslab.questions.model import Source
from mlslab.reference.rows import Reference, folder, load_reference
from mlslab.show import marked
from mlslab.templating import environment

PRINTED = "quick_reference.html"


@dataclass(frozen=True)
class Page:
    """One table: the last cell of each row is its source."""

    stem: str
    title: str
    introduction: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | Source, ...], ...]
    checked: str


def pages(reference: Reference) -> tuple[Page, ...]:
    """All pages, in the order in which they are printed."""
    return (
        _algorithms(reference),
        _instances(reference),
        _levers(reference),
        _closed(reference),
    )


def files(course: Course) -> dict[Path, str]:
    """What the pages' files have to hold; none where there are no tables."""
    reference = load_reference(course)
    made = [page for page in pages(reference) if page.rows]
    if not made:
        return {}
    texts = {folder(course) / f"{page.stem}.md": _markdown(page) for page in made}
    printed = _ENVIRONMENT.get_template(PRINTED).render(pages=made, title=course.title)
    return {**texts, folder(course) / PRINTED: printed}


def _algorithms(reference: Reference) -> Page:
    return Page(
        "algorithms",
        "Which algorithm",
        "The built-in algorithms of Amazon SageMaker AI: when to choose one, what"
        " it reads, what it asks for, what it reports.",
        (
            "Algorithm",
            "Does",
            "Choose it when",
            "Not when",
            "Training data",
            "Required",
            "Worth tuning",
            "Reports",
            "Machines",
        ),
        tuple(
            (
                f"{row.name} ({row.learning})",
                row.task,
                row.choose_when,
                row.not_when,
                f"{_listed(row.content_types)} ({', '.join(row.input_modes)})",
                _listed(row.required),
                _listed(row.tune[:6]),
                _listed(row.metrics[:4]),
                row.instances,
                row.source,
            )
            for row in reference.algorithms
        ),
        reference.checked[0],
    )


def _instances(reference: Reference) -> Page:
    return Page(
        "instances",
        "Which instance",
        "Families of Amazon SageMaker AI instances. A Region may offer less, and"
        " the quota of a new account may be 0.",
        ("Family", "Kind", "Accelerator", "Good for", "Jobs", "To choose"),
        tuple(
            (
                f"`{row.family}`",
                row.kind,
                row.accelerator,
                row.good_for,
                ", ".join(row.jobs),
                row.note,
                row.source,
            )
            for row in reference.instances
        ),
        reference.checked[1],
    )


def _levers(reference: Reference) -> Page:
    return Page(
        "cost_levers",
        "What makes it cheaper",
        "What each lever moves on the bill, and what it costs elsewhere. Figures"
        " are those that AWS states.",
        ("Lever", "Moves", "Saves", "When", "The catch"),
        tuple(
            (row.name, row.drives, row.saves, row.when, row.catch, row.source)
            for row in reference.levers
        ),
        reference.checked[2],
    )


def _closed(reference: Reference) -> Page:
    return Page(
        "closed_services",
        "What has closed",
        "Older notes and exam questions name these. A new account cannot open them"
        " any more, or they are gone.",
        ("Service", "State", "Use instead"),
        tuple(
            (row.name, row.state, row.instead, row.source) for row in reference.closed
        ),
        reference.checked[3],
    )


def _markdown(page: Page) -> str:
    head = [*page.columns, "Source"]
    lines = [
        f"# {page.title}",
        "",
        page.introduction,
        f"Sources read on {page.checked}. `mlslab build` makes this page from"
        f" [{page.stem}.toml]({page.stem}.toml).",
        "",
        _row(head),
        _row(["---"] * len(head)),
        *(_row([_markdown_cell(cell) for cell in row]) for row in page.rows),
    ]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_cell(cell: str | Source) -> str:
    text = f"[{cell.title}]({cell.address})" if isinstance(cell, Source) else cell
    return text.replace("|", "\\|")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name if "`" in name else f"`{name}`" for name in names) or "–"


def _html_cell(cell: Any) -> Markup:
    if isinstance(cell, Source):
        return Markup('<a href="{}">{}</a>').format(cell.address, cell.title)
    return Markup(marked(cell))


_ENVIRONMENT = environment("mlslab.reference")
_ENVIRONMENT.filters["cell"] = _html_cell
