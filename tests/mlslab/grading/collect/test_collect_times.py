"""When something was handed in, and which of several attempts comes first."""

import os
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from handed_in import only, packed, write, zipped

from mlslab.grading.collect import collect


def test_times_of_a_zip(folder: Path) -> None:
    plain = zipped(folder / "a.zip", ["ada.ipynb"])
    found = only(collect([plain]))
    assert found.submitted == datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert found.submitted.utcoffset() is not None
    assert found.submitted.utcoffset().total_seconds() == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("when", [(1980, 1, 1, 0, 0, 0), (2026, 2, 31, 0, 0, 0)])
def test_times_that_are_none(folder: Path, when: tuple[int, ...]) -> None:
    (folder / "a.zip").write_bytes(packed(["ada.ipynb"], when))
    assert only(collect([folder / "a.zip"])).submitted is None


def test_the_time_of_an_export_is_no_time(folder: Path) -> None:
    for member in ("ada_1_2_x.ipynb", "Ada_1_assignsubmission_file/x.ipynb"):
        archive = zipped(folder / "a.zip", [member])
        assert only(collect([archive])).submitted is None
        told = only(collect([archive], file_times=True)).submitted
        assert told == datetime(2026, 3, 4, 10, tzinfo=UTC)


def test_times_of_files_only_if_asked(folder: Path) -> None:
    write(folder, "ada.ipynb")
    os.utime(folder / "ada.ipynb", (0, 1_000_000_000))
    assert only(collect([folder])).submitted is None
    told = only(collect([folder], file_times=True)).submitted
    assert told == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)


def test_what_a_learner_has_packed_tells_no_time(folder: Path) -> None:
    early = packed(["x.ipynb"], (2001, 1, 1, 0, 0, 0))
    zipped(folder / "outer.zip", {"ada/w.zip": early})
    found = only(collect([folder / "outer.zip"]))
    assert found.submitted == datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert found.name == "outer.zip/ada/w.zip/x.ipynb"
    write(folder, "class/bob.ipynb")
    (folder / "class" / "ada.zip").write_bytes(early)
    os.utime(folder / "class" / "ada.zip", (0, 1_000_000_000))
    ada, _ = collect([folder / "class"]).submissions
    assert (ada.learner, ada.submitted) == ("ada", None)
    ada, _ = collect([folder / "class"], file_times=True).submissions
    assert ada.submitted == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)


def test_attempts_are_sorted_by_time_and_then_by_name(folder: Path) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, hour in (("z", 9), ("a", 11), ("x10", 10), ("x9", 10)):
            info = zipfile.ZipInfo(f"ada/{name}.ipynb", (2026, 3, 4, hour, 0, 0))
            archive.writestr(info, name)
        archive.writestr("bob/x.ipynb", "b")
    (folder / "a.zip").write_bytes(out.getvalue())
    found = [one.content for one in collect([folder / "a.zip"]).submissions]
    assert found == [b"z", b"x9", b"x10", b"a", b"b"]
