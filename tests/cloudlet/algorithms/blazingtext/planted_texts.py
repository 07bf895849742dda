"""Texts that the tests make: labelled lines, and sentences with planted synonyms."""

import numpy as np

CLASSES = ("business", "sports", "world", "science")
PAIRS = [
    (f"{first}", f"{second}")
    for first, second in zip(
        ("big", "fast", "happy", "begin", "buy", "house", "doctor", "street"),
        ("large", "quick", "glad", "start", "purchase", "home", "physician", "road"),
        strict=True,
    )
]


def labelled(
    lines: int, seed: int = 0, tilt: float = 0.7
) -> tuple[list[str], list[str]]:
    """Sentences and their classes, which share one vocabulary of 4,000 words.

    The words' frequencies fall by Zipf's law; each class tilts that of every word by a
    factor of its own, log-normal with the spread `tilt`. 8 to 40 words a sentence.
    """
    random = np.random.default_rng(seed)
    size = 4000
    zipf = 1 / np.arange(1, size + 1)
    tilted = np.random.default_rng(99).normal(0, tilt, (len(CLASSES), size))
    frequency = np.exp(tilted) * zipf
    until = np.cumsum(frequency / frequency.sum(axis=1, keepdims=True), axis=1)
    classes = random.integers(len(CLASSES), size=lines)
    texts = []
    for each in classes:
        drawn = np.searchsorted(until[each], random.random(random.integers(8, 41)))
        texts.append(" ".join(_word(min(n, size - 1)) for n in drawn))
    return texts, [CLASSES[n] for n in classes]


def _word(number: int) -> str:
    """A word of two to four syllables; each number has its own."""
    syllables = [c + v for c in "bdfgklmnprst" for v in "aeiou"]
    word = ""
    while number or len(word) < 4:
        number, rest = divmod(number, len(syllables))
        word += syllables[rest]
    return word


def as_lines(texts: list[str], classes: list[str]) -> bytes:
    """`__label__sports some text`, one a line."""
    pairs = zip(classes, texts, strict=True)
    return "".join(f"__label__{label} {text}\n" for label, text in pairs).encode()


def sentences(count: int = 1500, seed: int = 1) -> list[str]:
    """Sentences in which one word of a pair stands where the other could as well.

    Each pair has 12 companions among 60 words, and never both words in a sentence.
    """
    random = np.random.default_rng(seed)
    companions = [random.choice(60, 12, replace=False) for _ in PAIRS]
    texts = []
    for _ in range(count):
        pair = random.integers(len(PAIRS))
        words = [PAIRS[pair][random.integers(2)]]
        words += [_word(100 + n) for n in random.choice(companions[pair], 6)]
        words += [_word(n) for n in random.integers(20, size=3)]
        texts.append(" ".join(random.permutation(words)))
    return texts
