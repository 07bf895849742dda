"""A quiz question in a notebook: buttons where there are widgets, text elsewhere."""

import html
from collections.abc import Callable, Iterable
from typing import Any

from mlslab.quiz import Question
from mlslab.show import Card, marked


def question_text(question: Question) -> str:
    """The question with its options, and how to answer without buttons."""
    options = [f"  {o.key})  {o.text}" for o in question.options]
    several = " Choose all that are right." if question.several else ""
    example = ",".join(o.key for o in question.options[: 2 if question.several else 1])
    how = f'Answer with lab.answer("{question.id}", "{example}"), for example.'
    return "\n".join([question.text + several, "", *options, "", how])


def explanation(question: Question, answer: str | Iterable[str]) -> Card:
    """Whether the answer is right, and the reason of every option."""
    chosen, right = question.chosen(answer), question.is_right(answer)
    lines = []
    for option in question.options:
        sign = "✓" if option.key in question.correct else "✗"
        yours = " (your answer)" if option.key in chosen else ""
        lines.append(f"{sign} {option.key}){yours} {option.text}: {option.reason}")
    lines.append(
        f"Source: {question.source}, {question.address} (read {question.checked})"
    )
    heading = "✓ Right" if right else "✗ Not right"
    return Card(heading, tuple(lines), "#1a7f37" if right else "#b35900")


def show_question(question: Question, answer: Callable[[str, list[str]], Card]) -> None:
    """Show the question; `answer(id, keys)` judges, notes and gives the reasons."""
    text = question_text(question)
    try:
        from IPython.core.getipython import get_ipython
        from IPython.display import display
    except ImportError:
        print(text)
        return
    if get_ipython() is None:
        print(text)
        return
    page = f'<pre style="white-space:pre-wrap">{html.escape(text)}</pre>'
    bundle: dict[str, Any] = {"text/plain": text, "text/html": page}
    widget = _widget(question, answer)
    if widget is not None:
        view = "application/vnd.jupyter.widget-view+json"
        bundle[view] = widget._repr_mimebundle_()[view]
    display(bundle, raw=True)


def _widget(question: Question, answer: Callable[[str, list[str]], Card]) -> Any:
    try:
        import ipywidgets as widgets
    except ImportError:
        return None
    title = widgets.HTML(_question_html(question))
    choices, chosen = (_many if question.several else _one)(widgets, question)
    button = widgets.Button(description="Answer")
    said = widgets.HTML()

    def judge(_: Any) -> None:
        keys = chosen()
        said.value = (
            answer(question.id, keys)._repr_html_() if keys else "Choose an option."
        )

    button.on_click(judge)
    return widgets.VBox([title, choices, button, said])


def _question_html(question: Question) -> str:
    """The question and its options; the labels of buttons would not wrap."""
    several = " Choose all that are right." if question.several else ""
    options = "".join(
        f"<div>{marked(f'{o.key}) {o.text}')}</div>" for o in question.options
    )
    text = marked(question.text + several)
    return f'<div style="line-height:1.5"><p>{text}</p>{options}</div>'


def _one(widgets: Any, question: Question) -> Any:
    buttons = widgets.ToggleButtons(
        options=[option.key for option in question.options],
        tooltips=[option.text for option in question.options],
        value=None,
        style={"button_width": "3em"},
    )
    return buttons, lambda: [buttons.value] if buttons.value else []


def _many(widgets: Any, question: Question) -> Any:
    narrow = widgets.Layout(width="4em")
    boxes = [
        widgets.Checkbox(
            description=option.key, tooltip=option.text, indent=False, layout=narrow
        )
        for option in question.options
    ]
    return (
        widgets.HBox(boxes),
        lambda: [box.description for box in boxes if box.value],
    )
