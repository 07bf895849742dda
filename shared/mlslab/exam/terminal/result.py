"""The screens after the exam: the result, and each question with its reasons."""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from mlslab.course import Course
from mlslab.exam.attempt import Attempt
from mlslab.exam.result import judge
from mlslab.exam.terminal.text import spoken
from mlslab.exam.words import by_domain, by_task, summary, to_repeat
from mlslab.questions.explained import RIGHT, WRONG, explained
from mlslab.show import text_table


class ResultScreen(Screen[None]):
    """Score, domains, tasks, labs to repeat, and all questions."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("enter", "", "Reasons", show=True),
        Binding("q", "app.leave", "Leave"),
    ]

    def __init__(self, course: Course, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt
        self.result = judge(attempt)
        self.repeat = to_repeat(course, self.result)

    def compose(self) -> ComposeResult:
        """What the exam came to, from the whole to the single question."""
        paper, result = self.attempt.paper, self.result
        yield Static(paper.title, id="head")
        with VerticalScroll(id="page"):
            first, *rest = summary(self.attempt, result)
            yield Static(first, id="score", classes="good" if result.passed else "bad")
            yield Static("\n".join(rest))
            yield Static("By domain", classes="heading")
            yield Static(_lines(by_domain(paper, result)))
            yield Static("By task", classes="heading")
            yield Static(_lines(by_task(paper, result)))
            if self.repeat:
                yield Static("Labs to repeat", classes="heading")
                yield Static("\n".join(self.repeat))
            yield Static("Questions (Enter shows every reason)", classes="heading")
            yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        """Fill the table of questions."""
        table: DataTable[Any] = self.query_one(DataTable)
        table.add_columns("", "", "task", "question")
        pairs = zip(self.attempt.paper.items, self.result.right, strict=True)
        for place, (item, right) in enumerate(pairs):
            table.add_row(
                str(place + 1),
                RIGHT if right else WRONG,
                item.question.task + ("" if item.scored else " (not scored)"),
                spoken(item.question.text[:70] + " …"),
            )
        table.focus()
        self.query_one("#page").scroll_home(animate=False)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Show the reasons."""
        self.app.push_screen(ReasonsScreen(self.attempt, event.cursor_row))


class ReasonsScreen(Screen[None]):
    """One question, its answer, and the reason of every option."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("right,n", "go(1)", "Next"),
        Binding("left,p", "go(-1)", "Back"),
        Binding("escape", "app.pop_screen", "Result"),
    ]

    def __init__(self, attempt: Attempt, place: int) -> None:
        super().__init__()
        self.attempt = attempt
        self.place = place

    def compose(self) -> ComposeResult:
        """Filled by `show`."""
        yield Static(id="head")
        with VerticalScroll(id="page"):
            yield Static(id="scenario")
            yield Static(id="text")
            yield Static(id="reasons")
        yield Footer()

    def on_mount(self) -> None:
        """Show the first one."""
        self.show()

    def show(self) -> None:
        """Show the question at this place."""
        item = self.attempt.paper.items[self.place]
        answer = self.attempt.answers.get(self.place, ())
        right = item.question.is_right(answer)
        word = f"{RIGHT} right" if right else f"{WRONG} not right"
        open_ = "" if answer else ", no answer"
        self.query_one("#head", Static).update(
            f"Question {self.place + 1} of {len(self.attempt.paper.items)}"
            f"  ·  {word}{open_}"
        )
        scenario = self.query_one("#scenario", Static)
        scenario.display = bool(item.scenario)
        scenario.update(spoken(item.scenario))
        self.query_one("#text", Static).update(spoken(item.question.text))
        self.query_one("#reasons", Static).update(
            spoken("\n\n".join(explained(item.question, answer)))
        )
        self.query_one("#page").scroll_home(animate=False)

    def action_go(self, step: int) -> None:
        """To the next question, or back."""
        last = len(self.attempt.paper.items) - 1
        self.place = min(max(self.place + step, 0), last)
        self.show()


def _lines(rows: list[tuple[str, str, str]]) -> str:
    return "\n".join(text_table(("", "", ""), rows)[1:])
