"""Drawing a paper from the bank: by domain weights, seeded, the same each time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random, SystemRandom

from mlslab.errors import MlslabError
from mlslab.exam.paper import Item, Paper, shuffled
from mlslab.exam.wish import Wish
from mlslab.exams import Exam, load_exams
from mlslab.questions.bank import Bank
from mlslab.questions.model import Question

SEEDS = 100_000
"""Seeds that are drawn are below it: short enough to be told to others."""


def draw(bank: Bank, wish: Wish) -> Paper:
    """The paper that the wish and its seed give.

    Questions are drawn domain by domain, by the exam's weights as far as what fits
    reaches. Those of one case study follow each other.

    Raises:
        MlslabError: if no question fits, or too few for a full exam.
    """
    if wish.seed is None:
        wish = replace(wish, seed=SystemRandom().randrange(1, SEEDS))
    exam = load_exams().exams[wish.exam]
    random = Random(f"{wish.exam} {wish.seed}")
    if wish.full:
        return _full(bank, exam, wish, random)
    if wish.case:
        return _of_case(bank, wish, random)
    pool = [
        q for q in bank.questions.values() if _counts(q, wish.exam) and wish.fits(q)
    ]
    if not pool:
        raise MlslabError("no question of the bank fits all that was asked for")
    chosen = _by_weight(pool, exam, wish.exam, min(wish.count, len(pool)), random)
    items = [
        _item(bank, question, True, random) for question in _in_turn(chosen, random)
    ]
    title = f"{len(items)} questions, {wish.exam}"
    return Paper(title, wish.exam, _seed(wish), wish.minutes, True, tuple(items))


def apportion(count: int, weights: Mapping[str, float]) -> dict[str, int]:
    """`count` split by the weights into whole numbers, by the largest remainders."""
    total = sum(weights.values())
    shares = {name: count * weight / total for name, weight in weights.items()}
    whole = {name: math.floor(share) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: whole[name] - shares[name])
    for name in by_remainder[: count - sum(whole.values())]:
        whole[name] += 1
    return whole


def _full(bank: Bank, exam: Exam, wish: Wish, random: Random) -> Paper:
    sitting = exam.sitting
    pool = [
        question
        for question in bank.questions.values()
        if _counts(question, exam.code) and question.kind.value in sitting.kinds
    ]
    wanted = sitting.scored + sitting.unscored
    if len(pool) < wanted:
        raise MlslabError(
            f"a full {exam.code} has {wanted} questions; the bank has {len(pool)} of"
            " its kinds"
        )
    scored = _by_weight(pool, exam, exam.code, sitting.scored, random)
    rest = [question for question in pool if question not in scored]
    unscored = _by_weight(rest, exam, exam.code, sitting.unscored, random)
    counted = {question.id for question in scored}
    items = tuple(
        _item(bank, question, question.id in counted, random)
        for question in _in_turn([*scored, *unscored], random)
    )
    return Paper(
        f"Full practice exam, {exam.code}",
        exam.code,
        _seed(wish),
        sitting.minutes,
        False,
        items,
    )


def _of_case(bank: Bank, wish: Wish, random: Random) -> Paper:
    if wish.case not in bank.cases:
        raise MlslabError(
            f"there is no case study {wish.case!r}; there are {', '.join(bank.cases)}"
        )
    items = tuple(_item(bank, q, True, random) for q in bank.of_case(wish.case))
    title = bank.cases[wish.case].title
    return Paper(title, wish.exam, _seed(wish), wish.minutes, True, items)


def _counts(question: Question, exam: str) -> bool:
    return bool(question.tasks[exam])


def _by_weight(
    pool: Sequence[Question], exam: Exam, code: str, count: int, random: Random
) -> list[Question]:
    """Questions of each domain by its weight; what one lacks comes from the others."""
    domains: dict[str, list[Question]] = {}
    for question in pool:
        domains.setdefault(question.tasks[code][0][0], []).append(question)
    weights = {name: exam.weights[name] for name in sorted(domains)}
    chosen: list[Question] = []
    for name, number in apportion(count, weights).items():
        found = domains[name]
        chosen += random.sample(found, min(number, len(found)))
    rest = [question for question in pool if question not in chosen]
    return chosen + random.sample(rest, count - len(chosen))


def _in_turn(questions: Sequence[Question], random: Random) -> list[Question]:
    """Shuffled; a case study's questions stand together where its first one stands."""
    mixed = random.sample(questions, len(questions))
    ordered: list[Question] = []
    for question in mixed:
        if question in ordered:
            continue
        ordered.append(question)
        if question.case:
            ordered += [
                q for q in mixed if q.case == question.case and q is not question
            ]
    return ordered


def _item(bank: Bank, question: Question, scored: bool, random: Random) -> Item:
    return Item(shuffled(question, random), scored, bank.scenario(question))


def _seed(wish: Wish) -> int:
    assert wish.seed is not None  # `draw` has drawn one
    return wish.seed
