"""A fingerprint stands for 16 tokens, so code of n tokens has n - 15.

`x = 123` is six tokens, `V=123`: names are one each, digits and signs are themselves.
"""

import os
import random
import subprocess
import sys
import time

import pytest

from mlslab.grading.similar import similar_answers

_DIGITS = random.Random(302)


def digits(count: int, first: int = 1) -> str:
    """A number in which no 16 digits in a row occur twice."""
    return f"{first}" + "".join(_DIGITS.choices("123456789", k=count - 1))


def listed(answers, starter="", **others):
    by_exercise = {who: {"train": text} for who, text in answers.items()}
    return similar_answers(by_exercise, {"train": starter}, **others)


def test_the_share_is_of_the_smaller_answer():
    both = digits(60)
    anna, ben = f"x = {both}{digits(20, 2)}", f"y = {both}{digits(40, 3)}"
    (pair,) = listed({"ben": ben, "anna": anna}, threshold=0.5)
    # `V=` and 60 digits are shared: 47 of 82 - 15, and of 102 - 15
    assert pair.tokens == 47
    assert pair.share == 47 / 67
    assert (pair.exercise, pair.learners) == ("train", ("anna", "ben"))
    assert pair.texts == (anna, ben)
    assert listed({"ben": ben, "anna": anna}, threshold=47 / 67)
    assert not listed({"ben": ben, "anna": anna}, threshold=0.71)


def test_what_was_given_is_left_out():
    given, both = digits(50), digits(60)
    answers = {
        "anna": f"x = {given}{both}{digits(20, 2)}",
        "ben": f"x = {given}{both}{digits(20, 3)}",
    }
    # of `V=`, 50, 60 and 20: 132 - 15 each, 37 are given (52 - 15)
    (pair,) = listed(answers, f"x = {given}")
    assert pair.tokens == 112 - 15 - 37
    assert pair.share == (112 - 15 - 37) / (132 - 15 - 37)
    assert not listed(dict.fromkeys("ab", f"x = {given}"), f"x = {given}")


def test_another_name_another_text_and_a_comment_make_no_difference():
    text = 'job = train(name="a", rounds=300, depth=3)\nlog(job[0], job[1], 17)\n'
    text += "cost = job[-1] * 0.25"
    other = (
        "# all by myself\n\n"
        "mine=train( name = 'b',rounds=300 ,depth=3)\nshow(mine[0],mine[1], 17)\n"
        "last = mine[-1] * 0.25"
    )
    (pair,) = listed({"anna": text, "ben": other})
    assert pair.share == 1


def test_short_answers_that_everybody_writes_alike_are_not_listed():
    one_liner = {f"l{n}": 'endpoint = deploy(model, "ml.m5.large")' for n in range(30)}
    assert listed(one_liner) == []
    assert listed({"anna": "", "ben": "", "cem": "x = 1", "dan": "x = 1"}) == []


def test_the_fewest_fingerprints_are_32():
    # `V=` and digits
    answers = dict.fromkeys("ab", f"x = {_FIXED[:45]}")
    (pair,) = listed(answers)
    assert (pair.tokens, pair.share) == (32, 1.0)
    assert not listed(dict.fromkeys("ab", f"x = {_FIXED[:44]}"))
    assert listed(dict.fromkeys("ab", f"x = {_FIXED[:44]}"), least=31)


_FIXED = digits(100)


def class_of(size: int, ring: int) -> dict[str, str]:
    """All share the first half; the first `ring` learners also the second."""
    half, copied = digits(60), digits(60)
    return {
        f"l{n:03}": f"x = {half}\ny = {copied if n < ring else digits(60)}"
        for n in range(size)
    }


@pytest.mark.parametrize(
    ("size", "ring", "found"),
    [
        (40, 2, 1),
        (40, 10, 45),
        # more than a quarter of 40 is common knowledge
        (40, 11, 0),
        # in a small class, what four have is none
        (6, 4, 6),
        (6, 5, 0),
        (300, 50, 1225),
        (300, 51, 0),
    ],
)
def test_what_many_have_is_common_knowledge(size, ring, found):
    pairs = listed(class_of(size, ring))
    assert len(pairs) == found
    for pair in pairs:
        assert max(pair.learners) < f"l{ring:03}"
        assert pair.share == 1


def test_a_copy_stands_out_of_a_class():
    rng = random.Random(7)
    steps = [
        (
            "a = load(path)",
            "a = load(path, header=None)",
            "with open(path) as f: a = f",
        ),
        ("b = a.dropna()", "b = a[a.notna()]", "b = a.fillna(a.mean())"),
        ("c = fit(b, rounds=50)", "c = Model(depth=3).fit(b)", "c = tune(b, 4, 0.1)"),
        ("d = c.predict(b) > 0.5", "d = [p > 0.5 for p in c(b)]", "d = c.label(b)"),
        (
            "e = (d == b.y).mean()",
            "e = score(b.y, d)",
            "e = 1 - sum(d != b.y) / len(d)",
        ),
    ]
    answers = {
        f"l{n:02}": "\n".join(
            rng.choice(ways) + f"\nlog({rng.randrange(10**6)}, [{rng.random()}])"
            for ways in steps
        )
        for n in range(40)
    }
    answers["thief"] = answers["l07"].replace("a", "zz").replace("log(", "note(")
    best, *others = listed(answers)
    assert best.learners == ("l07", "thief")
    assert all(pair.share < best.share for pair in others)
    assert len(others) < 5


def test_the_strongest_come_first():
    far, near = digits(80), digits(80)
    answers = {
        "anna": {"b": f"x = {near}", "a": f"x = {far}{digits(20, 2)}"},
        "ben": {"b": f"x = {near}", "a": f"x = {far}{digits(20, 3)}"},
        "cem": {"c": "not asked"},
    }
    pairs = similar_answers(answers, {})
    assert [(pair.exercise, pair.share) for pair in pairs] == [
        ("b", 1.0),
        ("a", 67 / 87),
    ]


def test_the_list_is_the_same_in_another_process():
    program = (
        "from mlslab.grading.similar import similar_answers\n"
        f"answers = {class_of(12, 3)!r}\n"
        "given = {who: {'e': text} for who, text in answers.items()}\n"
        "print(similar_answers(given, {}))"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(shown) == 1
    assert b"l000" in shown.pop()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00" * 50,
        "def (:\n  ]]] '''" * 20,
        '"' * 10_000,
        "(" * 1_000_000,
        "\t\n" * 1_000_000,
        "\\\n" * 50_000,
        "f'{" * 50_000,
        "\ud800\udfff é 学生 \u202e" * 1000,
        "%%bash\nrm -rf /\n" * 100,
        "1_" * 10_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_hostile_text_is_just_text(text):
    started = time.monotonic()
    for pair in listed({"anna": text, "ben": text, "cem": f"x = {_FIXED}"}):
        assert pair.learners == ("anna", "ben")
    assert time.monotonic() - started < 5


def test_a_lexer_that_breaks_is_no_match(monkeypatch):
    def broken(*_, **__):
        raise RecursionError

    monkeypatch.setattr("mlslab.grading.similar.CodeFingerprint", broken)
    assert listed(dict.fromkeys("ab", f"x = {_FIXED}")) == []


def test_a_class_of_300_takes_seconds():
    answers: dict[str, dict[str, str]] = {}
    for exercise in range(9):
        for who, text in class_of(300, 20).items():
            answers.setdefault(who, {})[str(exercise)] = text
    started = time.monotonic()
    assert len(similar_answers(answers, {})) == 9 * 190
    # It takes about one.
    assert time.monotonic() - started < 30
