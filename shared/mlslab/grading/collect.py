"""From what is named on the command line to submissions, each with its learner.

Folders at any depth, single notebooks, and zips, among them those that Canvas and
Moodle export. Nothing is unpacked to the disk. What cannot be opened is passed over
with a line that says why.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from mlslab.grading.archives import (
    NOTEBOOK,
    ZIP,
    Found,
    Passed,
    Refused,
    ignored,
    read_up_to,
    read_zip,
)
from mlslab.grading.naming import Who, called, clean, keys, learners, natural
from mlslab.grading.results import Submission


@dataclass(frozen=True)
class Collected:
    """Submissions, sorted by learner, time and name; and what was passed over.

    Attributes:
        submissions: a learner may have several: attempts, the earliest first. No two of
            a learner have the same name.
        skipped: one line for each file: its name, and the reason.
    """

    submissions: tuple[Submission, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class _Owned:
    """A file below a named path, the instructor's name for it, and whose it is."""

    named: Path
    name: str
    found: Found
    who: Who


def collect(paths: Sequence[Path], *, file_times: bool = False) -> Collected:
    """Find all submissions; never raises for what is in files, or not there.

    A member of a named zip has its own time, taken for one of this machine's zone. In
    exports of Canvas and Moodle that is the time of the export, as both write them
    today, and so no time; Canvas's `late` stays.

    Args:
        paths: folders, notebooks, zips.
        file_times: also take the times of files on the disk, and those in exports.
    """
    owned: list[_Owned] = []
    skipped: list[str] = []
    seen: set[Path] = set()
    for path in paths:
        above = _above(path, several=len(paths) > 1)
        found: list[Found] = []
        for one in _files(path, seen):
            if isinstance(one, Found):
                found.append(one)
            else:
                name = _name((*above, *one.parts) or (path.name or ".",))
                skipped.append(f"{name}: {one.reason}")
        archive = path.name if _is_zip(path) else ""
        whose = learners([file.parts for file in found], archive)
        for file, who in zip(found, whose, strict=True):
            owned.append(_Owned(path, _name((*above, *file.parts)), file, who))
    skipped += _without_notebook(owned)
    notebooks = [one for one in owned if one.found.content is not None]
    return Collected(_submissions(_by_holder(notebooks), file_times), tuple(skipped))


def _above(path: Path, *, several: bool) -> tuple[str, ...]:
    """What names begin with: a zip's own, and a folder's if it is not the only one."""
    if os.path.isdir(path):
        return (path.resolve().name,) if several else ()
    return (path.name,) if _is_zip(path) else ()


def _name(parts: Sequence[str]) -> str:
    return "/".join(clean(part, 200) for part in parts)


def _is(name: str, suffix: str) -> bool:
    return name.lower().endswith(suffix)


def _is_zip(path: Path) -> bool:
    return _is(path.name, ZIP) and not os.path.isdir(path)


# Files


def _files(path: Path, seen: set[Path]) -> Iterator[Found | Passed]:
    """All files of a named path; notebooks and zips that were seen before are not."""
    if os.path.isdir(path):
        yield from _walk(path, seen)
    elif not os.path.isfile(path):
        reason = "is no ordinary file" if os.path.exists(path) else "is not there"
        yield Passed((), reason)
    elif _is(path.name, ZIP):
        yield from _opened(path, (), seen)
    elif _is(path.name, NOTEBOOK):
        yield from _opened(path, (path.name,), seen)
    else:
        yield Passed((), "is no folder, notebook or zip")


def _walk(root: Path, seen: set[Path]) -> Iterator[Found | Passed]:
    folders: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while folders:
        folder, parts = folders.pop()
        try:
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                inner = (*parts, entry.name)
                if ignored(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append((Path(entry.path), inner))
                else:
                    yield from _entry(entry, inner, seen)
        except OSError as error:
            yield Passed(parts, f"cannot be opened: {error.strerror}")


def _entry(
    entry: os.DirEntry[str], parts: tuple[str, ...], seen: set[Path]
) -> Iterator[Found | Passed]:
    wanted = _is(entry.name, NOTEBOOK) or _is(entry.name, ZIP)
    if entry.is_symlink():
        # It may point to another learner's work, or to anything on this machine.
        if wanted or os.path.isdir(entry.path):
            yield Passed(parts, "is a symbolic link, and not followed")
    elif not wanted:
        yield Found(parts)
    elif entry.is_file(follow_symlinks=False):
        yield from _opened(Path(entry.path), parts, seen)
    else:
        yield Passed(parts, "is no ordinary file")


def _opened(
    file: Path, parts: tuple[str, ...], seen: set[Path]
) -> Iterator[Found | Passed]:
    if file.resolve() in seen:
        return
    seen.add(file.resolve())
    try:
        when = _changed(file)
        if _is(file.name, ZIP):
            # One that was named is the instructor's, or a platform's; one that is
            # found in a folder may be a learner's.
            yield from read_zip(file, parts, when if parts else None)
        else:
            with file.open("rb") as opened:
                content = read_up_to(opened)
            yield Found(parts, content, when)
    except Refused as error:
        yield Passed(parts, str(error))
    except OSError as error:
        yield Passed(parts, f"cannot be opened: {error.strerror}")


def _changed(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (ValueError, OverflowError):
        return None


# Whose they are


def _without_notebook(owned: Sequence[_Owned]) -> Iterator[str]:
    """Learners of Canvas or Moodle who have handed in something else."""
    known = {one.who.identity for one in owned if one.found.content is not None}
    for one in owned:
        if one.who.by_platform and one.who.identity not in known:
            known.add(one.who.identity)
            yield f"{one.name}: is no notebook, and this learner has no other file"


def _by_holder(owned: Sequence[_Owned]) -> list[_Owned]:
    """Files named alike in many places are called after the lab: the places tell.

    So `mlslab grade class/*` and `mlslab grade */02_xgboost.ipynb` don't take a class
    for one learner with many attempts.
    """
    flat = [o for o in owned if len(o.found.parts) == 1 and not o.who.by_platform]
    holders = {named: _holder(named) for named in {one.named for one in flat}}
    stems = {one.who.identity for one in flat}
    stands = {(one.who.identity, holders[one.named]) for one in flat}
    places = set(holders.values())
    if len(stands) == len(stems) or len(places) <= len(stems):
        return list(owned)  # no name stands in two places, or few places have many
    depth, shortest = 1, min(len(place.parts) for place in places)
    while depth < shortest and len({place.parts[-depth] for place in places}) == 1:
        depth += 1
    found = []
    for one in owned:
        if len(one.found.parts) == 1 and not one.who.by_platform:
            place = holders[one.named]
            who = called(place.parts[-depth])
            one = replace(one, who=replace(who, identity=("place", str(place))))
        found.append(one)
    return found


def _holder(named: Path) -> Path:
    """The folder, or zip without its suffix, that a named path's own files stand in."""
    if os.path.isdir(named):
        return named.resolve()
    return named.resolve().with_suffix("") if _is_zip(named) else named.resolve().parent


def _submissions(owned: Sequence[_Owned], file_times: bool) -> tuple[Submission, ...]:
    names = keys(one.who for one in owned)
    made = [
        Submission(
            learner=names[one.who.identity],
            name=one.name,
            content=one.found.content or b"",
            submitted=_when(one, file_times),
            late=one.who.late,
            accounts=one.who.accounts,
        )
        for one in owned
    ]
    made.sort(key=_order)
    found: dict[tuple[str, str], Submission] = {}
    times: Counter[tuple[str, str]] = Counter()
    for one in made:
        name = one.name
        while (one.learner, name) in found:
            times[one.learner, one.name] += 1
            name = f"{one.name} ({times[one.learner, one.name] + 1})"
        found[one.learner, name] = replace(one, name=name)
    return tuple(found.values())


def _when(one: _Owned, file_times: bool) -> datetime | None:
    told = not (one.found.on_disk or one.who.by_platform)
    return one.found.when if told or file_times else None


def _order(one: Submission) -> tuple[object, ...]:
    when = one.submitted or datetime.min.replace(tzinfo=UTC)
    place = (natural(one.name), one.name, one.digest)
    return (natural(one.learner), one.learner, when, *place)
