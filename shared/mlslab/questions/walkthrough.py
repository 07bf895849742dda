"""A case study to read: its scenario, architecture diagram, questions and reasons."""

import html
from pathlib import Path

from mlslab.course import Course, load_course
from mlslab.errors import MlslabError
from mlslab.questions.bank import Bank, folder, load_bank
from mlslab.questions.diagrams import drawn
from mlslab.questions.explained import explained
from mlslab.questions.model import Case, Question
from mlslab.show import marked


def pages(course: Course) -> dict[Path, str]:
    """The Markdown page of each case study that has a diagram, by its path."""
    bank = load_bank(course)
    return {
        course.root / "exam_scenarios" / f"{case.id}.md": page(bank, case)
        for case in bank.cases.values()
        if case.diagram
    }


def page(bank: Bank, case: Case) -> str:
    """The walk-through as Markdown; answers are folded away."""
    image = drawn(Path("question_bank") / "cases" / case.diagram).as_posix()
    parts = [
        f"# {case.title}",
        f"`mlslab exam --case {case.id}` asks these questions one by one."
        f" `mlslab build` makes this page from [its data]"
        f"(question_bank/cases/{bank.files[case.id].name}).",
        case.scenario,
        f"![{case.alt}]({image})",
        f"The diagram in words: {case.alt}",
        *(
            _question(number, question)
            for number, question in enumerate(bank.of_case(case.id), 1)
        ),
    ]
    return "\n\n".join(parts) + "\n"


def show_case(case_id: str) -> None:
    """Show a case study's scenario and diagram in a notebook.

    Raises:
        MlslabError: if there is no such case study, or it has no diagram.
    """
    from IPython.display import HTML, display

    course = load_course()
    cases = {c.id: c for c in load_bank(course).cases.values() if c.diagram}
    if case_id not in cases:
        raise MlslabError(f"there is no {case_id!r}; there are {', '.join(cases)}")
    case = cases[case_id]
    svg = drawn(folder(course) / "cases" / case.diagram).read_text(encoding="utf-8")
    body = svg[svg.index("<svg") :]
    display(
        HTML(
            f"<h3>{marked(case.title)}</h3><p>{marked(case.scenario)}</p>"
            f'<div role="img" aria-label="{html.escape(case.alt)}"'
            f' style="overflow-x:auto">{body}</div>'
        )
    )


def _question(number: int, question: Question) -> str:
    options = [f"- **{option.key})** {option.text}" for option in question.options]
    prompts = [f"{n}. {prompt.text}" for n, prompt in enumerate(question.prompts, 1)]
    text = f"{question.text} {question.instruction}".strip()
    answer = "\n\n".join(explained(question, ()))
    return "\n\n".join(
        [
            f"## Question {number}",
            text,
            *(["\n".join(prompts)] if prompts else []),
            "\n".join(options),
            f"<details><summary>Answer and reasons</summary>\n\n{answer}\n\n</details>",
        ]
    )
