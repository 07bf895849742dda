"""Tables in READMEs, written from the data that they show.

A table stands between two comments, `<!-- table: labs -->` and `<!-- end -->`.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlslab.cards.deck import load_cards
from mlslab.course import Course
from mlslab.exams import BASE, load_exams
from mlslab.questions.bank import load_bank
from mlslab.questions.model import Kind

_BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def refreshed(course: Course, text: str) -> str:
    """A text with every table in it as it should be now.

    Raises:
        KeyError: for a table that nobody makes.
    """
    makers = {"labs": _labs, "benchmarks": _benchmarks, "bank": _bank, "cards": _cards}

    def table(match: re.Match[str]) -> str:
        return f"{match[1]}{makers[match[2]](course)}\n{match[3]}"

    return _BLOCK.sub(table, text)


def with_tables(course: Course) -> dict[Path, str]:
    """The files that hold tables, each as it should be now."""
    paths = (course.root / "README.md", course.root / "exam_scenarios" / "README.md")
    return {
        path: refreshed(course, path.read_text(encoding="utf-8"))
        for path in paths
        if path.exists()
    }


def for_learners(course: Course) -> str:
    """The README of a release: how to begin, and the labs."""
    return f"""# {course.title}

```
make start
```

sets up all it needs (Python 3.11 or newer and `make` are taken as given), starts the
local cloud, opens JupyterLab on the labs, and prints where both are. No AWS account is
needed. `mlslab status` shows how far you are, and `mlslab doctor` says how to mend an
environment; both are in `.venv/bin`.

In SageMaker Studio the same notebooks run against the real account with
`MLSLAB_MODE=live`, and ask before the first resource that costs money.

## The labs

{_labs(course)}
"""


def _labs(course: Course) -> str:
    rows = [
        f"| [{lab.id}](labs/{lab.stem}.ipynb) | {lab.title} | {lab.minutes} min "
        f"| {', '.join(lab.exam_tasks)} | {', '.join(lab.services)} |"
        for lab in course.labs
    ]
    head = ["| Lab | | Time | Exam tasks | Services |", "|---|---|---|---|---|"]
    return "\n".join(head + rows)


def _bank(course: Course) -> str:
    """Questions of the bank by task and kind."""
    questions = load_bank(course).questions.values()
    count = Counter((question.task, question.kind) for question in questions)
    head = ["Task", "", *(kind.value for kind in Kind), "all"]
    lines = [_line(head), _line(["---"] * len(head))]
    for task, title in load_exams().exams[BASE].tasks.items():
        counts = [count[task, kind] for kind in Kind]
        lines.append(_line([task, title, *map(str, counts), str(sum(counts))]))
    totals = [sum(q.kind is kind for q in questions) for kind in Kind]
    lines.append(_line(["", "all", *map(str, totals), str(sum(totals))]))
    return "\n".join(lines)


def _cards(course: Course) -> str:
    """Flashcards by deck."""
    decks = Counter(card.deck for card in load_cards(course))
    rows = [_line([name, str(count)]) for name, count in decks.items()]
    foot = _line(["all", str(decks.total())])
    return "\n".join([_line(["Deck", "Cards"]), _line(["---", "---"]), *rows, foot])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _benchmarks(course: Course) -> str:
    path = course.root / "benchmarks" / "results.json"
    if not path.exists():
        return "`make bench` measures; nobody has yet."
    parts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    head = ["| What | Against | Measured | Wanted |", "|---|---|---|---|"]
    rows = [_benchmark(row) for part in parts.values() for row in part["rows"]]
    said = dict.fromkeys(f"{p['at']} ({p['machine']})" for p in parts.values())
    return "\n".join(
        [*head, *rows, f"\nMeasured on {', '.join(said)} by `make bench`."]
    )


def _benchmark(row: dict[str, Any]) -> str:
    plus = row["kind"] == "+ s"
    shown, most = (
        (f"{row['figure']:+.2f} s", f"{row['most']:+g} s")
        if plus
        else (f"{row['figure']:.2f} ×", f"{row['most']:g} ×")
    )
    mark = "" if row["reached"] else " (not reached)"
    return f"| {row['what']} | {row['against']} | {shown}{mark} | at most {most} |"
