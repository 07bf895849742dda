"""Files, zips and exports as they are handed in."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from mlslab.grading.collect import Collected
from mlslab.grading.results import Submission

NOON = (2026, 3, 4, 12, 0, 0)


def write(root: Path, *names: str) -> Path:
    """Files that hold their own names."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode(errors="surrogateescape"))
    return root


def packed(
    members: Mapping[str, bytes] | list[str], when: tuple[int, ...] = NOON
) -> bytes:
    """A zip of these members; of names alone, with the names in them."""
    if isinstance(members, list):
        members = {name: name.encode() for name in members}
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, when)  # type: ignore[arg-type]
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def zipped(path: Path, members: Mapping[str, bytes] | list[str]) -> Path:
    path.write_bytes(packed(members))
    return path


def told_of(collected: Collected) -> list[tuple[str, str]]:
    return [(one.learner, one.name) for one in collected.submissions]


def only(collected: Collected) -> Submission:
    assert collected.skipped == ()
    (found,) = collected.submissions
    return found
