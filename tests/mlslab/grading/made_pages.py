"""What the tests of grading's pages share: hostile texts, results, and a reader."""

from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from itertools import pairwise

from mlslab.grading.pages import Standing
from mlslab.grading.results import (
    Change,
    ExerciseResult,
    ExerciseStatus,
    GradeStatus,
    Result,
)

HOSTILE = (
    "<script>document.title = 'ran'; alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "javascript:alert(1)",
    '<a href="javascript:alert(1)">points</a>',
    "</style><script>alert(1)</script><style>",
    "</title></pre></code></details><iframe src=https://example.com></iframe>",
    "<!--",
    "]]><![CDATA[",
    "`<b>`</code><script>alert(1)</script>`",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{7*7}}{% raw %}{{ self.__init__ }}",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "access\u202edenied\u2066x\u200b",
    "nul\x00bell\x07back\x08",
    "lone \ud800 surrogate",
    "👩‍💻 🇫🇮",
    "محمد العربي",
    "../../etc/passwd",
)
"""Each has letters, so that it never is nothing."""


def result(learner: str = "ada", text: str = "some words", number: int = 0) -> Result:
    """A result with `text` wherever a submission can put some."""
    exercises = (
        ExerciseResult(
            "store",
            "Store the prices",
            0,
            2,
            ExerciseStatus.INCORRECT,
            message=text,
            hidden=(text,),
            answer=text,
        ),
        ExerciseResult(
            "mean",
            "A mean that holds",
            1,
            1,
            ExerciseStatus.PASSED,
            on_reference=True,
            answer=text,
            seconds=2.0,
        ),
    )
    changes = (Change("101-004", "edited", True, f"-given\n+{text}\n"),)
    return Result(
        lab="101",
        learner=learner,
        name=f"{text}/lab.ipynb",
        digest=f"{number:064x}",
        status=GradeStatus.TAMPERED,
        note=text,
        exercises=exercises,
        changes=changes,
        accounts=(("full_name", text),),
        seconds=3.5,
    )


def standing(one: Result, words: str = "") -> Standing:
    return Standing(one.points, one.out_of, words)


@dataclass
class Page(HTMLParser):
    """A page's tags with their attributes, and its text."""

    source: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    comments: int = 0
    _inside: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag
        if tag in ("td", "th", "dd"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_comment(self, data: str) -> None:
        self.comments += 1

    def handle_data(self, data: str) -> None:
        if self._inside != "style":
            self.parts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [found[attribute] for _, found in self.tags if attribute in found]

    @property
    def frame(self) -> list[tuple[str, tuple[str, ...]]]:
        """Its tags and the names of their attributes, without those of code."""
        return [
            (tag, tuple(attributes))
            for tag, attributes in self.tags
            if tag not in ("span", "code") or "aria-hidden" in attributes
        ]

    @cached_property
    def text(self) -> str:
        """Its text outside `<style>`; a cell of a table begins with a blank."""
        return "".join(self.parts)

    @cached_property
    def words(self) -> str:
        """Its text with single blanks."""
        return " ".join(self.text.split())


def is_safe_and_sound(page: Page) -> None:
    """What holds for every page, whatever is in it."""
    page.source.encode("utf-8")
    allowed = {"\n", "\u200c", "\u200d"}
    strange = {c for c in page.source if not c.isprintable()} - allowed
    assert strange == set()
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "iframe", "object", "embed", "img", "form", "base"}
    assert not [a for _, found in page.tags for a in found if a.startswith("on")]
    assert page.comments == 0
    assert len(page.all("style")) == 1
    assert page.values("src") == []
    policy, *others = page.values("http-equiv")
    assert (policy, others) == ("Content-Security-Policy", [])
    # A policy holds for what stands behind it.
    assert page.tags[3][1].get("http-equiv") == policy
    assert page.tags[3][1]["content"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )
    has_good_bones(page)


def has_good_bones(page: Page) -> None:
    """What readers of screens, and others, go by."""
    assert page.all("html")[0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(deeper <= level + 1 for level, deeper in pairwise(levels))
    assert all("scope" in header for header in page.all("th"))
    assert len(page.all("table")) == len(page.all("caption"))
    assert len(page.all("details")) == len(page.all("summary"))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    targets = [href[1:] for href in page.values("href") if href.startswith("#")]
    assert set(targets) <= set(ids)
    labels = " ".join(page.values("aria-labelledby")).split()
    assert set(labels) <= set(ids)
