"""What an exam is to be of: a full one by its blueprint, or a short one by choice."""

from dataclasses import dataclass, field

from mlslab.exams import BASE
from mlslab.questions.model import Question

SHORT = 10


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be asked.

    Attributes:
        exam: the code of the exam whose tasks, weights and scale are meant.
        full: the whole exam, by its blueprint; what follows is then left empty.
        count: how many questions; fewer come if there are no more that fit.
        minutes: the time, or None for as long as it takes.
        seed: the same seed and bank give the same paper; None draws a seed.
        domains, tasks, labs, kinds, difficulties, adds: any of these, if there are any.
        case: the questions of one case study, all of them, in their order.
        among: only these question ids, if it is not None.
    """

    exam: str = BASE
    full: bool = False
    count: int = SHORT
    minutes: int | None = None
    seed: int | None = None
    domains: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    labs: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    difficulties: frozenset[int] = frozenset()
    adds: frozenset[str] = frozenset()
    case: str = ""
    among: frozenset[str] | None = field(default=None)

    def fits(self, question: Question) -> bool:
        """Whether the question may be asked."""
        tasks = question.tasks[self.exam]
        return (
            (not self.domains or any(task[0] in self.domains for task in tasks[:1]))
            and (not self.tasks or any(task in self.tasks for task in tasks))
            and (not self.labs or question.lab in self.labs)
            and (not self.kinds or question.kind.value in self.kinds)
            and (not self.difficulties or question.difficulty in self.difficulties)
            and (not self.adds or bool(self.adds & set(question.adds)))
            and (not self.case or question.case == self.case)
            and (self.among is None or question.id in self.among)
        )
