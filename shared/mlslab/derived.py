"""Files that `mlslab build` makes from others, besides the labs' notebooks.

They are in the repository, so that they can be read there; a stale one is found by
`mlslab build --check` and by the linter.
"""

from pathlib import Path

from cloudlet.algorithms import overview
from mlslab import readme
from mlslab.course import Course
from mlslab.notebooks import dumps, page_notebook
from mlslab.questions import bank, diagrams, walkthrough
from mlslab.reference import pages
from mlslab.source import read_source


def files(course: Course) -> dict[Path, str]:
    """What each derived text has to be; the diagrams apart."""
    algorithms = course.root / "shared" / "cloudlet" / "algorithms" / "README.md"
    return {
        **({algorithms: overview.markdown()} if algorithms.parent.is_dir() else {}),
        **readme.with_tables(course),
        **pages.files(course),
        **walkthrough.pages(course),
        **notebooks(course),
    }


def notebooks(course: Course) -> dict[Path, str]:
    """The notebooks in `labs/` that are no labs."""
    source = course.root / "exam_scenarios" / "review.py"
    if not source.is_file():
        return {}
    text = dumps(page_notebook("review", read_source(source)))
    return {course.root / "labs" / "review.ipynb": text}


def stale(course: Course) -> list[Path]:
    """The derived files that are missing or differ from what they are made from."""
    texts = [path for path, text in files(course).items() if _read(path) != text]
    drawings = [d for d in _diagrams(course) if not diagrams.is_fresh(d)]
    return [*texts, *map(diagrams.drawn, drawings)]


def build(course: Course) -> list[Path]:
    """Write what is stale; gives the files that have changed.

    Raises:
        MlslabError: if a diagram has to be drawn and there is no D2.
    """
    written = []
    for path, text in files(course).items():
        if _read(path) != text:
            path.write_text(text, encoding="utf-8")
            written.append(path)
    drawings = [d for d in _diagrams(course) if not diagrams.is_fresh(d)]
    return [*written, *map(diagrams.draw, drawings)]


def _diagrams(course: Course) -> list[Path]:
    return sorted(bank.folder(course).rglob("*.d2"))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
