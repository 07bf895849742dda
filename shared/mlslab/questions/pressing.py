"""Answering a question by keys: what an option's letter does to the answer."""

from mlslab.questions.model import Answer, Kind, Question


def pressed(question: Question, answer: Answer, key: str, row: int = 0) -> Answer:
    """The answer after the letter `key`.

    A choice moves to the option; pressing what is chosen takes it back. Steps are put
    in order by pressing them one after the other. In matching, `row` is the prompt.
    """
    match question.kind:
        case Kind.CHOICE:
            return () if answer == (key,) else (key,)
        case Kind.RESPONSE:
            return tuple(sorted(set(answer) ^ {key}))
        case Kind.ORDERING:
            without = tuple(each for each in answer if each != key)
            return without if key in answer else (*answer, key)
    rows = [*answer, *[""] * (len(question.prompts) - len(answer))]
    rows[row] = "" if rows[row] == key else key
    return tuple(rows) if any(rows) else ()


def next_row(question: Question, answer: Answer, row: int) -> int:
    """The prompt to match next: the first open one behind `row`, or `row` itself."""
    for place in range(row + 1, len(question.prompts)):
        if not answer[place : place + 1] or not answer[place]:
            return place
    return row


def sign(question: Question, answer: Answer, key: str) -> str:
    """What stands before an option: `(•)`, `[x]`, its place in the order."""
    match question.kind:
        case Kind.CHOICE:
            return "(•)" if key in answer else "( )"
        case Kind.RESPONSE:
            return "[x]" if key in answer else "[ ]"
        case Kind.ORDERING:
            return f"{answer.index(key) + 1}." if key in answer else "  "
    return ""
