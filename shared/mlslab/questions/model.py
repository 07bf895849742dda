"""What a question is, and the judging of an answer.

An answer is a tuple of option keys, for every kind:

| Kind | The answer |
|---|---|
| multiple-choice | the key of one option |
| multiple-response | the keys of all that are right, in any order |
| ordering | the keys of the steps, in their order, without those that do not belong |
| matching | for each prompt the key of its option; `""` where there is none yet |
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from mlslab.errors import MlslabError
from mlslab.exams import BASE

Answer = tuple[str, ...]


class Kind(Enum):
    """The kinds of question that AWS's exam guides name."""

    CHOICE = "multiple-choice"
    RESPONSE = "multiple-response"
    ORDERING = "ordering"
    MATCHING = "matching"


COUNTS = {2: "two", 3: "three", 4: "four", 5: "five"}


@dataclass(frozen=True)
class Option:
    """One option; `reason` says why it is right, or which misconception it is."""

    key: str
    text: str
    reason: str


@dataclass(frozen=True)
class Prompt:
    """One prompt of a matching question, and the key of the option that fits."""

    text: str
    answer: str


@dataclass(frozen=True)
class Source:
    """Where it stands that the key is right."""

    title: str
    address: str


@dataclass(frozen=True)
class Question:
    """One question with everything that is known of it.

    Attributes:
        id: stable; progress and attempts are kept under it.
        kind: decides what an answer is.
        text: the scenario and what is asked, without the options.
        options: in the order in which they were written.
        correct: the right answer; of a multiple response, sorted.
        prompts: of a matching question, else empty.
        difficulty: 1 recall, 2 apply, 3 weigh.
        tasks: exam code → its tasks; the first one is what the question counts for.
        adds: `mla-c02` for what that exam adds, `ai-services`, or nothing.
        services: AWS services by their full names.
        lab: the id of the lab that teaches it.
        checked: the day on which somebody last read the sources.
        sources: at least one.
        case: the id of the case study that it belongs to, or "".
    """

    id: str
    kind: Kind
    text: str
    options: tuple[Option, ...]
    correct: Answer
    prompts: tuple[Prompt, ...]
    difficulty: int
    tasks: Mapping[str, tuple[str, ...]]
    adds: tuple[str, ...]
    services: tuple[str, ...]
    lab: str
    checked: str
    sources: tuple[Source, ...]
    case: str = ""

    @property
    def task(self) -> str:
        """The MLS-C01 task that the question counts for."""
        return self.tasks[BASE][0]

    @property
    def keys(self) -> tuple[str, ...]:
        """The options' keys."""
        return tuple(option.key for option in self.options)

    @property
    def instruction(self) -> str:
        """How to answer, where the text alone does not say it."""
        match self.kind:
            case Kind.CHOICE:
                return ""
            case Kind.RESPONSE:
                return f"Choose {COUNTS[len(self.correct)]}."
            case Kind.MATCHING:
                return (
                    "Choose an option for each line."
                    " One may be used once, several times or not at all."
                )
        if len(self.correct) == len(self.options):
            return "Put the steps in order."
        count = COUNTS[len(self.correct)]
        return f"Choose the {count} steps that are needed, and put them in order."

    def option(self, key: str) -> Option:
        """The option with this key."""
        return next(option for option in self.options if option.key == key)

    def read(self, answer: str | Iterable[str]) -> Answer:
        """The answer in `"b"`, `"a, c"` or `["a", "c"]`, in its usual form.

        Raises:
            MlslabError: if it is empty or names an option that there is not.
        """
        given = answer.split(",") if isinstance(answer, str) else answer
        keys = tuple(key.strip().lower() for key in given)
        if not any(keys) or set(keys) - {*self.keys, ""}:
            raise MlslabError(
                f"question {self.id}: answer with {', '.join(sorted(self.keys))},"
                f" not {answer!r}"
            )
        return tuple(sorted(set(keys))) if self.kind is Kind.RESPONSE else keys

    def is_answered(self, answer: Answer) -> bool:
        """Whether nothing is left open: enough options, a match for each prompt."""
        return len(answer) == len(self.correct) and all(answer)

    def is_right(self, answer: Answer) -> bool:
        """Whether all of it is right; half an answer earns nothing."""
        if self.kind is Kind.RESPONSE:
            return set(answer) == set(self.correct)
        return answer == self.correct


@dataclass(frozen=True)
class Case:
    """One scenario for several questions.

    Attributes:
        id: stable; its questions carry it.
        title: a few words.
        scenario: the company, its data, what runs, what hurts.
        diagram: the name of its architecture diagram in D2 beside the file, or "".
        alt: what the diagram shows, for who does not see it.
    """

    id: str
    title: str
    scenario: str
    diagram: str = ""
    alt: str = ""
