"""What the HTML of grading is made of.

- `text`: what comes from submissions, made fit to be read;
- `words`: how a status is said;
- `statistics`, `messages`, `chart`: what the overview page counts;
- `rendering`: the templates.

Nothing in these pages runs: there is no script, and the page's own content security
policy refuses all that might come along.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """What a submission counts, after policy.

    Attributes:
        total: the points that go into the gradebook.
        out_of: the points that it is worth.
        words: how the total came about, for the learner: a line is a paragraph, and
            `code` stands in backticks; empty if it is the sum of the exercises.
    """

    total: float
    out_of: float
    words: str = ""


def page_name(learner: str) -> str:
    """The file name of a learner's page.

    The readable part is ASCII in small letters. The 64 bits of SHA-256 behind it keep
    apart learners whose readable parts are equal, and nobody can choose a name that
    takes another's page.
    """
    plain = unicodedata.normalize("NFKD", learner).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40].rstrip("-")
    key = hashlib.sha256(learner.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{slug or 'learner'}-{key}.html"
