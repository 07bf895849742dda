"""What lies over the question: rules, overview, hand in, pause.

Their keys have priority, as the question's: what is typed right after the key that
closes a dialog reaches the question, however busy the machine is.
"""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from mlslab.exam.attempt import Attempt
from mlslab.exam.terminal.text import spoken
from mlslab.exam.words import clock, rules


class RulesScreen(ModalScreen[None]):
    """What has to be known; the clock goes from Enter on."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("enter", "begin", "Begin", priority=True),
        Binding("q", "app.leave", "Leave", priority=True),
    ]

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt

    def compose(self) -> ComposeResult:
        """Title, rules, and how to begin."""
        lines = rules(self.attempt.paper)
        if self.attempt.seconds:
            lines.append(f"It goes on after {clock(self.attempt.seconds)}.")
        with Vertical(id="question"):
            yield Static(self.attempt.paper.title, classes="heading")
            yield Static("\n\n".join(["", *lines, "Enter begins, q leaves."]))

    def action_begin(self) -> None:
        """Let the clock go."""
        self.attempt.resume()
        self.dismiss(None)


class OverviewScreen(ModalScreen[int | None]):
    """Which questions are answered, open or marked; Enter goes to one."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,o", "dismiss(None)", "Back", priority=True),
        Binding("enter", "choose", "Go there", priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt

    def compose(self) -> ComposeResult:
        """A table of the questions."""
        with Vertical(id="overview"):
            yield Static("Enter goes to a question, Escape back.")
            yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        """Fill the table."""
        table: DataTable[Any] = self.query_one(DataTable)
        table.add_columns("", "state", "mark", "question")
        open_places = set(self.attempt.open_places)
        for place, item in enumerate(self.attempt.paper.items):
            table.add_row(
                str(place + 1),
                "open" if place in open_places else "answered",
                "⚑" if place in self.attempt.marked else "",
                spoken(item.question.text[:70] + " …"),
            )
        table.move_cursor(row=self.attempt.place)
        table.focus()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Go to the question that was clicked."""
        self.dismiss(event.cursor_row)

    def action_choose(self) -> None:
        """Go to the question under the cursor."""
        self.dismiss(self.query_one(DataTable).cursor_row)

    def action_move(self, rows: int) -> None:
        """Move the cursor down, or up."""
        table = self.query_one(DataTable)
        table.move_cursor(row=table.cursor_row + rows)


class HandInScreen(ModalScreen[bool]):
    """Whether it is really meant."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("y", "dismiss(True)", "Hand in", priority=True),
        Binding("escape,n", "dismiss(False)", "Go on", priority=True),
    ]

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt

    def compose(self) -> ComposeResult:
        """What is open, and the two keys."""
        places = [str(place + 1) for place in self.attempt.open_places]
        still = f"Open: {', '.join(places)}." if places else "Nothing is open."
        with Vertical(id="question"):
            yield Static(f"Hand in the exam?\n\n{still}\n\ny hands in, n goes on.")


class PauseScreen(ModalScreen[None]):
    """The clock stands, and the question is not to be seen."""

    BINDINGS: ClassVar[list[Any]] = [Binding("space", "go_on", "Go on", priority=True)]

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt

    def compose(self) -> ComposeResult:
        """One line."""
        with Vertical(id="question"):
            yield Static("The clock stands. Space goes on.")

    def action_go_on(self) -> None:
        """Let the clock go on."""
        self.attempt.resume()
        self.dismiss(None)
