"""Answering a question by clicking: one chooser for each kind, of ipywidgets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mlslab.questions.model import Answer, Kind, Question
from mlslab.show import marked

NONE = "–"


@dataclass(frozen=True)
class Chooser:
    """The widget, the answer that it holds, and how to tell of a change."""

    widget: Any
    answer: Callable[[], Answer]
    on_change: Callable[[Callable[[], None]], None]


def chooser(question: Question, answer: Answer = ()) -> Chooser:
    """What the question is answered with; `answer` is what it holds at first.

    Raises:
        ImportError: where there are no ipywidgets.
    """
    makers = {
        Kind.CHOICE: _one,
        Kind.RESPONSE: _many,
        Kind.ORDERING: _ordering,
        Kind.MATCHING: _matching,
    }
    return makers[question.kind](question, answer)


def question_html(question: Question) -> str:
    """The question with its options; the labels of buttons would not wrap."""
    text = marked(f"{question.text} {question.instruction}".strip())
    options = "".join(
        f"<div>{marked(f'{o.key}) {o.text}')}</div>" for o in question.options
    )
    prompts = "".join(
        f"<div>{number}. {marked(prompt.text)}</div>"
        for number, prompt in enumerate(question.prompts, 1)
    )
    lines = f"<p>{prompts}</p>" if prompts else ""
    return f'<div style="line-height:1.5"><p>{text}</p>{options}{lines}</div>'


def _one(question: Question, answer: Answer) -> Chooser:
    import ipywidgets as widgets

    buttons = widgets.ToggleButtons(
        options=question.keys,
        tooltips=[option.text for option in question.options],
        value=answer[0] if answer else None,
        style={"button_width": "3em"},
    )
    return _chooser(
        buttons, [buttons], lambda: (buttons.value,) if buttons.value else ()
    )


def _many(question: Question, answer: Answer) -> Chooser:
    import ipywidgets as widgets

    boxes = [
        widgets.Checkbox(
            description=option.key,
            value=option.key in answer,
            tooltip=option.text,
            indent=False,
            layout=widgets.Layout(width="4em"),
        )
        for option in question.options
    ]

    def given() -> Answer:
        return tuple(box.description for box in boxes if box.value)

    return _chooser(widgets.HBox(boxes), boxes, given)


def _ordering(question: Question, answer: Answer) -> Chooser:
    """A menu for each place; a step that stands twice counts where it stands first."""
    places = len(question.correct)
    menus = [
        _menu(f"step {place + 1}", question, answer[place : place + 1])
        for place in range(places)
    ]

    def given() -> Answer:
        chosen = [menu.value for menu in menus if menu.value != NONE]
        return tuple(dict.fromkeys(chosen))

    return _menus(menus, given)


def _matching(question: Question, answer: Answer) -> Chooser:
    menus = [
        _menu(f"line {place + 1}", question, answer[place : place + 1])
        for place in range(len(question.prompts))
    ]

    def given() -> Answer:
        chosen = tuple("" if menu.value == NONE else menu.value for menu in menus)
        return chosen if any(chosen) else ()

    return _menus(menus, given)


def _menu(name: str, question: Question, chosen: Answer) -> Any:
    import ipywidgets as widgets

    value = chosen[0] if chosen and chosen[0] else NONE
    return widgets.Dropdown(
        description=name, options=[NONE, *question.keys], value=value
    )


def _menus(menus: list[Any], given: Callable[[], Answer]) -> Chooser:
    import ipywidgets as widgets

    return _chooser(widgets.VBox(menus), menus, given)


def _chooser(widget: Any, controls: list[Any], given: Callable[[], Answer]) -> Chooser:
    def on_change(tell: Callable[[], None]) -> None:
        for control in controls:
            control.observe(lambda _: tell(), names="value")

    return Chooser(widget, given, on_change)
