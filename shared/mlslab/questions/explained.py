"""What is said after an answer: right or not, and the reason of every option."""

from collections.abc import Iterator

from mlslab.questions.model import Answer, Kind, Option, Question

RIGHT, WRONG = "✓", "✗"


def explained(question: Question, answer: Answer) -> tuple[str, ...]:
    """One line for each option (and prompt), then the sources.

    Args:
        question: the question as it was asked.
        answer: the learner's; `()` if there is none, and the signs are those of a key.
    """
    lines = {Kind.ORDERING: _ordering, Kind.MATCHING: _matching}.get(
        question.kind, _choice
    )
    sources = (
        f"Source: {source.title}, {source.address} (read {question.checked})"
        for source in question.sources
    )
    return (*lines(question, answer), *sources)


def _choice(question: Question, answer: Answer) -> Iterator[str]:
    for option in question.options:
        sign = RIGHT if option.key in question.correct else WRONG
        yours = " (your answer)" if option.key in answer else ""
        yield f"{sign} {option.key}){yours} {_with_reason(option)}"


def _ordering(question: Question, answer: Answer) -> Iterator[str]:
    for place, key in enumerate(question.correct):
        there = not answer or answer[place : place + 1] == (key,)
        sign = RIGHT if there else WRONG
        yours = f" ({_placed(answer, key)})" if answer else ""
        yield f"{sign} {place + 1}.{yours} {_with_reason(question.option(key))}"
    for option in question.options:
        if option.key not in question.correct:
            sign = RIGHT if answer and option.key not in answer else WRONG
            yield f"{sign} not needed: {_with_reason(option)}"


def _placed(answer: Answer, key: str) -> str:
    return f"you: {answer.index(key) + 1}" if key in answer else "you left it out"


def _matching(question: Question, answer: Answer) -> Iterator[str]:
    if not answer:
        answer = question.correct
    given = (*answer, *[""] * (len(question.prompts) - len(answer)))
    for prompt, key in zip(question.prompts, given, strict=False):
        right = question.option(prompt.answer).text
        if key == prompt.answer:
            yield f"{RIGHT} {prompt.text} → {right}"
        else:
            yours = f" (you: {question.option(key).text})" if key else ""
            yield f"{WRONG} {prompt.text} → {right}{yours}"
    for option in question.options:
        yield _with_reason(option)


def _with_reason(option: Option) -> str:
    end = "" if option.text.endswith((".", "?")) else ":"
    return f"{option.text}{end} {option.reason}"
