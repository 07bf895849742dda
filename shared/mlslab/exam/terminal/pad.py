"""The options of a question, answered by letters or by clicking."""

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from mlslab.exam.terminal.text import spoken
from mlslab.questions.model import Answer, Kind, Question
from mlslab.questions.pressing import next_row, pressed, sign


class AnswerPad(Vertical):
    """Shows a question's options and its answer; tells of each change.

    It tells at once, by a call: a message would come after the key that is pressed
    next, when another question may be shown.
    """

    def __init__(self, answered: Callable[[Answer], None]) -> None:
        super().__init__()
        self._answered = answered
        self.question: Question | None = None
        self.answer: Answer = ()
        self.row = 0

    def compose(self) -> ComposeResult:
        """Lines come with the question."""
        yield Vertical(id="prompts")
        yield Vertical(id="options")

    def show(self, question: Question, answer: Answer) -> None:
        """Show this question with this answer."""
        self.question, self.answer, self.row = question, answer, 0
        prompts, options = self.query_one("#prompts"), self.query_one("#options")
        for box in (prompts, options):
            box.remove_children()
        prompts.mount_all(Line(str(row + 1)) for row in range(len(question.prompts)))
        options.mount_all(Line(key) for key in question.keys)
        self._draw()

    def press(self, key: str) -> bool:
        """What a key does; whether it did anything."""
        question = self.question
        if question is None:
            return False
        if key in question.keys:
            self.answer = pressed(question, self.answer, key, self.row)
            if question.kind is Kind.MATCHING:
                self.row = next_row(question, self.answer, self.row)
        elif key == "backspace":
            self.answer, self.row = (), 0
        else:
            return question.kind is Kind.MATCHING and self._move(key)
        self._draw()
        self._answered(self.answer)
        return True

    def _move(self, key: str) -> bool:
        assert self.question is not None
        rows = len(self.question.prompts)
        if key.isdecimal() and 1 <= int(key) <= rows:
            self.row = int(key) - 1
        elif key in ("up", "down"):
            self.row = (self.row + (1 if key == "down" else -1)) % rows
        else:
            return False
        self._draw()
        return True

    def _draw(self) -> None:
        question = self.question
        if question is None:
            return
        prompts = self.query_one("#prompts").children
        for row, (line, prompt) in enumerate(
            zip(prompts, question.prompts, strict=False)
        ):
            given = self.answer[row] if row < len(self.answer) else ""
            pointer = "▸" if row == self.row else " "
            head = f"{pointer} {row + 1}. [{given or ' '}] "
            assert isinstance(line, Static)
            line.update(Text(head).append_text(spoken(prompt.text)))
            line.set_class(row == self.row, "chosen")
        for line, option in zip(
            self.query_one("#options").children, question.options, strict=False
        ):
            chosen = question.kind is not Kind.MATCHING and option.key in self.answer
            head = f"{sign(question, self.answer, option.key)} {option.key})  "
            assert isinstance(line, Static)
            line.update(Text(head).append_text(spoken(option.text)))
            line.set_class(chosen, "chosen")


class Line(Static):
    """One option or prompt; a click is the key that it stands for."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def on_click(self, event: events.Click) -> None:
        """As if its key had been pressed."""
        event.stop()
        for pad in self.ancestors:
            if isinstance(pad, AnswerPad):
                pad.press(self.key)
