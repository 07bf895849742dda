"""A quiz question in a lab: buttons where there are widgets, text elsewhere."""

import html
from collections.abc import Callable
from typing import Any

from mlslab.questions.choosers import chooser, question_html
from mlslab.questions.explained import explained
from mlslab.questions.model import Answer, Question
from mlslab.show import Card


def question_text(question: Question) -> str:
    """The question with its options, and how to answer without buttons."""
    options = [f"  {o.key})  {o.text}" for o in question.options]
    prompts = [f"  {n}.  {p.text}" for n, p in enumerate(question.prompts, 1)]
    example = ",".join(question.keys[: len(question.correct)])
    how = f'Answer with lab.answer("{question.id}", "{example}"), for example.'
    text = f"{question.text} {question.instruction}".strip()
    return "\n".join([text, "", *options, *prompts, "", how])


def explanation(question: Question, answer: Answer) -> Card:
    """Whether the answer is right, and the reason of every option."""
    right = question.is_right(answer)
    heading = "✓ Right" if right else "✗ Not right"
    return Card(heading, explained(question, answer), "#1a7f37" if right else "#b35900")


def show_question(question: Question, answer: Callable[[str, Answer], Card]) -> None:
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


def _widget(question: Question, answer: Callable[[str, Answer], Card]) -> Any:
    try:
        import ipywidgets as widgets
    except ImportError:
        return None
    title = widgets.HTML(question_html(question))
    choice = chooser(question)
    button = widgets.Button(description="Answer")
    said = widgets.HTML()

    def judge(_: Any) -> None:
        keys = choice.answer()
        said.value = (
            answer(question.id, keys)._repr_html_() if keys else "Choose an option."
        )

    button.on_click(judge)
    return widgets.VBox([title, choice.widget, button, said])
