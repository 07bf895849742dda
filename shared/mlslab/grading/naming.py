"""Whose file it is, by the names of files and folders, none of which is to be trusted.

Canvas packs all files side by side as `nameofthelearner_LATE_USER_FILE_their-name`, or
`anon_ID_FILE_their-name`; `LATE_` is there for late ones
([canvas-lms](https://github.com/instructure/canvas-lms), lib/content_zipper.rb).
Moodle makes folders `Full Name_PARTICIPANT_assignsubmission_file`, older ones with a
`_` at the end, or begins files' names so
([moodle](https://github.com/moodle/moodle), mod/assign/classes/downloader.php).
Elsewhere a folder or the file itself is called after the learner.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from mlslab.grading.archives import NOTEBOOK, ZIP

_CANVAS = re.compile(
    r"(?P<name>[^A-Z\s.-]+?)(?P<late>_LATE)?_(?P<id>[0-9]+)_[0-9]+_.+", re.DOTALL
)
_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<name>anon_[0-9A-Za-z]+)_[0-9]+_.+", re.DOTALL
)
_MOODLE = re.compile(
    r"(?P<name>.+?)(?:_(?P<id>[0-9]+))?_assignsubmission_(?:file|onlinetext)(?:_.*)?",
    re.DOTALL,
)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\].*?(?:\x07|\x1b\\|$)|.?)", re.DOTALL)
_LONGEST = 100


@dataclass(frozen=True)
class Who:
    """A learner as names tell: two are the same if all of `identity` is."""

    name: str
    identity: tuple[str, ...]
    accounts: tuple[tuple[str, str], ...] = ()
    late: bool = False

    @property
    def by_platform(self) -> bool:
        """Whether Canvas or Moodle has made the name."""
        return self.identity[0] in ("canvas", "moodle")


def told(part: str) -> Who | None:
    """What a name that Canvas or Moodle has made tells."""
    part = unicodedata.normalize("NFC", part)
    match = _MOODLE.fullmatch(part)
    if match:
        number = match["id"] or ""
        accounts = {"full_name": clean(match["name"]), "moodle_id": number}
        return _who("moodle", match["name"], number, accounts)
    match = _ANONYMOUS.fullmatch(part) or _CANVAS.fullmatch(part)
    if match:
        number = match.groupdict().get("id", "")
        late = match["late"] is not None
        return _who("canvas", match["name"], number, {"canvas_id": number}, late=late)
    return None


def called(part: str) -> Who:
    """The learner after whom a file or folder is called."""
    path = PurePath(part)
    name = path.stem if path.suffix.lower() in (NOTEBOOK, ZIP) else part
    return _who("name", unicodedata.normalize("NFC", name), "", {})


def _who(
    kind: str,
    name: str,
    number: str,
    accounts: Mapping[str, str],
    *,
    late: bool = False,
) -> Who:
    known = tuple((key, value) for key, value in sorted(accounts.items()) if value)
    return Who(name, (kind, name, number), known if number else (), late)


def learners(paths: Sequence[tuple[str, ...]], archive: str = "") -> list[Who]:
    """Whose each file is.

    Below what was named, folders and zips may stand that hold what Canvas or Moodle
    gave; the first part that is not such a one tells. What stands deeper is under the
    learner's own hand, and tells nothing.

    Args:
        paths: of files, by their parts below what was named.
        archive: the name of the zip, if one was named.
    """
    shared = _exports(_inside(paths))
    notebooks = [parts for parts in paths if parts[-1].lower().endswith(NOTEBOOK)]
    shared |= _wrappers(_inside(notebooks), archive)
    found = []
    for parts in paths:
        above = 0
        while above + 1 < len(parts) and not told(parts[above]):
            if parts[: above + 1] not in shared:
                break
            above += 1
        found.append(told(parts[above]) or called(parts[above]))
    return found


_Inside = Mapping[tuple[str, ...], set[str]]


def _inside(paths: Iterable[tuple[str, ...]]) -> _Inside:
    """Folder or zip → the names in it."""
    inside: dict[tuple[str, ...], set[str]] = {}
    for parts in paths:
        for depth, part in enumerate(parts):
            inside.setdefault(parts[:depth], set()).add(part)
    return inside


def _exports(inside: _Inside) -> set[tuple[str, ...]]:
    """Folders and zips with what Canvas or Moodle gave in them, at any depth."""
    exports: set[tuple[str, ...]] = set()
    for folder, names in inside.items():
        known = {who.identity for who in map(told, names) if who}
        if len(known) > 1 or any(identity[0] == "moodle" for identity in known):
            exports |= {folder[:depth] for depth in range(1, len(folder) + 1)}
    return exports


def _wrappers(inside: _Inside, archive: str) -> set[tuple[str, ...]]:
    """A zip that is alone in a folder; a folder of several, alone in a zip."""
    found: set[tuple[str, ...]] = set()
    above: tuple[str, ...] = ()
    names = inside.get(above, set())
    if not archive and len(names) == 1:
        (archive,) = names
        if not archive.lower().endswith(ZIP):
            return found
        above = (archive,)
        found.add(above)
        names = inside.get(above, set())
    if archive and len(names) == 1:
        (name,) = names
        folder = (*above, name)
        inner = inside.get(folder, set())
        folders = sum((*folder, one) in inside for one in inner)
        if folders > 1 or (len(inner) > 1 and name == PurePath(archive).stem):
            found.add(folder)
    return found


def keys(everybody: Iterable[Who]) -> dict[tuple[str, ...], str]:
    """A learner's identity → the key of the gradebook; no two have the same.

    Who would share one with another gets the platform's number, or else a mark that
    depends on nothing but the name.
    """
    names = {who.identity: clean(who.name) for who in everybody}
    for attempt in range(3):
        times = Counter(names.values())
        for identity, name in names.items():
            if times[name] > 1:
                mark = hashlib.sha256(repr(identity).encode()).hexdigest()[:8]
                number = identity[2] if len(identity) > 2 and not attempt else ""
                names[identity] = f"{name[:_LONGEST]} {number or mark}"
    return names


def clean(text: str, longest: int = _LONGEST) -> str:
    """A name that does nothing to a terminal, a page or a table; never empty.

    Composed (NFC), without escape sequences, control and invisible characters.
    """
    text = unicodedata.normalize("NFC", _ANSI.sub("", text))
    seen = (" " if c.isspace() else c for c in text)
    shown = (c for c in seen if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    return " ".join("".join(shown).split())[:longest].strip() or "unnamed"


def natural(text: str) -> list[tuple[int, str, str]]:
    """A key for sorting by which `x9` comes before `x10`."""
    parts = re.findall(r"([0-9]+)|([^0-9]+)", text)
    return [
        (len(number.lstrip("0")), number.lstrip("0"), words.casefold())
        if number
        else (-1, "", words.casefold())
        for number, words in parts
    ]
