"""Rules of the question bank as a whole: weights, where the right ones stand, twins."""

from collections import Counter
from collections.abc import Iterator

from mlslab.course import Course
from mlslab.errors import MlslabError
from mlslab.exams import BASE, load_exams
from mlslab.lint.bank_rules import Rule
from mlslab.lint.finding import Finding
from mlslab.questions.bank import Bank
from mlslab.questions.model import Kind, Question
from mlslab.questions.reading import load_quiz

QUESTIONS = 240
TASK_QUESTIONS = 10
ADDING = 40
ORDERED_OR_MATCHED = 24
CASES = 8
#: How far a domain's share may be from its weight, in points of a hundred.
WEIGHT_POINTS = 2.0
#: Of right options: the share that may be the longest, and that of one position.
LONGEST_AT_MOST = 0.33
POSITION_BETWEEN = (0.17, 0.33)
#: So many questions, and shares say something.
ENOUGH = 20
#: Cosine of two questions' TF-IDF, from which on they are taken for one.
TWINS = 0.72
BANK = "question bank"


def amounts(course: Course, bank: Bank) -> Iterator[Finding]:
    """As many questions, of each task and sort, as the bank promises."""
    questions = list(bank.questions.values())
    tasks = Counter(question.task for question in questions)
    least = [
        ("questions", len(questions), QUESTIONS),
        ("case studies", len(bank.cases), CASES),
        ("that a successor adds or of AI services", _adding(questions), ADDING),
        ("ordering or matching", _sorted_out(questions), ORDERED_OR_MATCHED),
        *(
            (f"of task {task}", tasks[task], TASK_QUESTIONS)
            for task in load_exams().exams[BASE].tasks
        ),
    ]
    for what, count, wanted in least:
        if count < wanted:
            yield Finding(BANK, f"{count} {what}", f"there have to be {wanted}")


def weights(course: Course, bank: Bank) -> Iterator[Finding]:
    """The domains' shares are their weights in the exam."""
    shares = domain_shares(bank)
    for domain, weight in load_exams().exams[BASE].weights.items():
        share = 100 * shares.get(domain, 0.0)
        if abs(share - weight) > WEIGHT_POINTS:
            yield Finding(
                BANK,
                f"{share:.1f} % of the questions are of domain {domain}",
                f"its weight is {weight} %",
            )


def positions(course: Course, bank: Bank) -> Iterator[Finding]:
    """The right option is not to be told by its length or its place."""
    choices = [q for q in bank.questions.values() if q.kind is Kind.CHOICE]
    if len(choices) < ENOUGH:
        return
    longest = sum(map(_longest_is_right, choices)) / len(choices)
    if longest > LONGEST_AT_MOST:
        yield Finding(
            BANK,
            f"in {longest:.0%} of the questions the right option is the longest",
            "shorten right options, or say more in wrong ones",
        )
    places = Counter(q.keys.index(q.correct[0]) for q in choices)
    low, high = POSITION_BETWEEN
    for place in range(4):
        share = places[place] / len(choices)
        if not low <= share <= high:
            yield Finding(
                BANK,
                f"in {share:.0%} of the questions option {place + 1} is right",
                "let the options change places",
            )


def twins(course: Course, bank: Bank) -> Iterator[Finding]:
    """No two questions ask nearly the same."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    questions = list(bank.questions.values())
    if len(questions) < 2:
        return
    texts = [
        " ".join([q.text, *(q.option(key).text for key in q.correct)])
        for q in questions
    ]
    matrix = TfidfVectorizer(stop_words="english", sublinear_tf=True).fit_transform(
        texts
    )
    alike = (matrix @ matrix.T).toarray()
    for first in range(len(questions)):
        for second in range(first):
            if alike[first, second] > TWINS:
                yield Finding(
                    f"{bank.files[questions[first].id].name} {questions[first].id}",
                    f"is nearly {questions[second].id} ({alike[first, second]:.2f})",
                    "drop one, or ask for something else",
                )


def ids(course: Course, bank: Bank) -> Iterator[Finding]:
    """No lab's quiz has a question of the same id."""
    for lab in course.labs:
        try:
            quiz = load_quiz(course, lab)
        except (MlslabError, OSError):
            continue  # told where the lab itself is read
        for name in sorted(quiz.keys() & bank.questions.keys()):
            yield Finding(
                f"lab {lab.id}, question {name}",
                "has the id of a question of the bank",
                "begin it with the lab's id",
            )


def domain_shares(bank: Bank) -> dict[str, float]:
    """MLS-C01 domain → its share of the bank's questions, 0 to 1."""
    counts = Counter(question.task[0] for question in bank.questions.values())
    return {domain: count / counts.total() for domain, count in counts.items()}


def _adding(questions: list[Question]) -> int:
    return sum(bool(question.adds) for question in questions)


def _sorted_out(questions: list[Question]) -> int:
    return sum(q.kind in (Kind.ORDERING, Kind.MATCHING) for q in questions)


def _longest_is_right(question: Question) -> bool:
    right = len(question.option(question.correct[0]).text)
    return all(
        right > len(o.text) for o in question.options if o.key not in question.correct
    )


#: For some files of the bank, and for the bank as a whole.
SHAPE_RULES: tuple[Rule, ...] = (positions, twins)
BANK_RULES: tuple[Rule, ...] = (*SHAPE_RULES, amounts, weights, ids)
