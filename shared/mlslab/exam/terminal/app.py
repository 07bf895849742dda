"""The application: one attempt, and the screens that it goes through."""

from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding

from mlslab.course import Course
from mlslab.exam.attempt import Attempt
from mlslab.exam.terminal.asking import QuestionScreen
from mlslab.exam.terminal.dialogs import RulesScreen
from mlslab.exam.terminal.result import ResultScreen


class ExamApp(App[None]):
    """Take an exam, or look at one that was handed in."""

    CSS_PATH = "exam.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "mlslab exam"
    BINDINGS: ClassVar[list[Any]] = [
        Binding("ctrl+c", "leave", "Leave", show=False, priority=True)
    ]

    def __init__(self, course: Course, attempt: Attempt) -> None:
        super().__init__()
        self.course = course
        self.attempt = attempt

    def on_mount(self) -> None:
        """Begin where the attempt stands."""
        self.set_interval(1.0, self.tick)
        if self.attempt.submitted:
            self.show_result()
        else:
            self.push_screen(QuestionScreen(self.attempt))
            self.push_screen(RulesScreen(self.attempt))

    def tick(self) -> None:
        """End the exam when its time is up."""
        if self.attempt.submitted:
            return
        self.attempt.tick()
        if self.attempt.submitted:
            self.show_result()

    def show_result(self) -> None:
        """Leave all other screens for the result."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(ResultScreen(self.course, self.attempt))

    def action_leave(self) -> None:
        """End the program; an exam under way is kept."""
        if not self.attempt.submitted:
            self.attempt.save()
        self.exit()
