"""The screen that asks."""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Static

from mlslab.exam.attempt import Attempt, TimeIsUpError
from mlslab.exam.terminal.dialogs import HandInScreen, OverviewScreen, PauseScreen
from mlslab.exam.terminal.pad import AnswerPad
from mlslab.exam.terminal.text import spoken
from mlslab.exam.words import clock
from mlslab.questions.model import Answer


class QuestionScreen(Screen[None]):
    """One question at a time; letters answer it."""

    # All of them with priority: they are then handled in the order in which they are
    # typed. Those that go to the focused widget first would come after others.
    BINDINGS: ClassVar[list[Any]] = [
        Binding("right,n", "go(1)", "Next", priority=True),
        Binding("left,p", "go(-1)", "Back", priority=True),
        Binding("m", "mark", "Mark", priority=True),
        Binding("o", "overview", "Overview", priority=True),
        Binding("space", "pause", "Pause", priority=True),
        Binding("s", "hand_in", "Hand in", priority=True),
        Binding("q", "app.leave", "Leave", priority=True),
        *(
            Binding(key, f"press('{key}')", show=False, priority=True)
            for key in (*"abcdefg", *"1234567", "up", "down", "backspace")
        ),
    ]

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt

    def compose(self) -> ComposeResult:
        """A line that stands, what is asked, the keys."""
        yield Static(id="head")
        with VerticalScroll(id="page"):
            yield Static(id="scenario")
            yield Static(id="text")
            yield AnswerPad(self._answered)
        yield Footer()

    def on_mount(self) -> None:
        """Show the question that the attempt is at, and the clock every second."""
        self.set_interval(1.0, self.show_clock)
        self.show_question()

    def show_question(self) -> None:
        """Show the question that the attempt is at."""
        item = self.attempt.item
        scenario = self.query_one("#scenario", Static)
        scenario.display = bool(item.scenario)
        scenario.update(spoken(item.scenario))
        text = f"{item.question.text} {item.question.instruction}".strip()
        self.query_one("#text", Static).update(spoken(text))
        given = self.attempt.answers.get(self.attempt.place, ())
        self.query_one(AnswerPad).show(item.question, given)
        self.query_one("#page").scroll_home(animate=False)
        self.show_clock()

    def show_clock(self) -> None:
        """The line above: where one is, and how long it may take yet."""
        attempt = self.attempt
        mark = "  ⚑ marked" if attempt.place in attempt.marked else ""
        left = attempt.left
        time = f"{clock(attempt.spent)}" if left is None else f"{clock(left)} left"
        done = len(attempt.paper.items) - len(attempt.open_places)
        self.query_one("#head", Static).update(
            f"Question {attempt.place + 1} of {len(attempt.paper.items)}"
            f"  ·  {done} answered  ·  {time}{mark}"
        )

    def action_press(self, key: str) -> None:
        """Letters answer; in matching, digits and arrows choose the line."""
        if self.query_one(AnswerPad).press(key):
            return
        page = self.query_one("#page", VerticalScroll)
        if key == "down":
            page.scroll_down(animate=False)
        elif key == "up":
            page.scroll_up(animate=False)

    def action_go(self, step: int) -> None:
        """To the next question, or back."""
        self.attempt.go(self.attempt.place + step)
        self.show_question()

    def action_mark(self) -> None:
        """Mark this question to come back to."""
        self.attempt.mark(self.attempt.place)
        self.show_clock()

    def action_overview(self) -> None:
        """All questions at a glance."""
        self.app.push_screen(OverviewScreen(self.attempt), self._go_to)

    def action_pause(self) -> None:
        """Stop the clock, where that is allowed."""
        if self.attempt.paper.pausing:
            self.attempt.pause()
            self.app.push_screen(PauseScreen(self.attempt))
        else:
            self.notify("A full exam has no pause: its clock goes on.")

    def action_hand_in(self) -> None:
        """Hand in, if it is meant so."""
        self.app.push_screen(HandInScreen(self.attempt), self._handed_in)

    def _answered(self, answer: Answer) -> None:
        try:
            self.attempt.answer(self.attempt.place, answer)
        except TimeIsUpError:
            self.app.tick()  # type: ignore[attr-defined]
        else:
            self.show_clock()

    def _go_to(self, place: int | None) -> None:
        if place is not None:
            self.attempt.go(place)
            self.show_question()

    def _handed_in(self, sure: bool | None) -> None:
        if sure:
            self.attempt.submit()
            self.app.show_result()  # type: ignore[attr-defined]
