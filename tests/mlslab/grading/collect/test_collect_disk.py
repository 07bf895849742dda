"""What is on the disk and not what it seems."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from handed_in import told_of, write

from mlslab.grading.collect import Collected, collect


def test_links_are_not_followed(folder: Path) -> None:
    secret = write(folder.parent / "outside", "secret.ipynb", "deep/x.ipynb")
    write(folder, "ada/lab.ipynb", "bob/lab.ipynb")
    (folder / "ada" / "x.ipynb").symlink_to(secret / "secret.ipynb")
    (folder / "ada" / "more").symlink_to(secret)
    (folder / "ada" / "y.ipynb").symlink_to(folder / "bob" / "lab.ipynb")
    (folder / "ada" / "loop").symlink_to(folder)
    (folder / "ada" / "w.zip").symlink_to("nowhere.zip")
    (folder / "ada" / "data.csv").symlink_to("/etc/passwd")
    (folder / "ada" / "self.ipynb").symlink_to("self.ipynb")
    found = collect([folder])
    assert told_of(found) == [("ada", "ada/lab.ipynb"), ("bob", "bob/lab.ipynb")]
    names = ("loop", "more", "self.ipynb", "w.zip", "x.ipynb", "y.ipynb")
    assert found.skipped == tuple(
        f"ada/{name}: is a symbolic link, and not followed" for name in names
    )
    # One that the instructor names is followed.
    (folder.parent / "link").symlink_to(folder)
    assert told_of(collect([folder.parent / "link"])) == told_of(found)


def test_what_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe.ipynb")
    os.mkfifo(folder / "pipe.zip")
    (folder / "folder.ipynb").mkdir()
    (folder / "folder.zip").mkdir()
    write(folder, "folder.ipynb/x.ipynb")
    found = collect([folder])
    assert told_of(found) == [("folder", "folder.ipynb/x.ipynb")]
    assert found.skipped == tuple(
        f"pipe.{kind}: is no ordinary file" for kind in ("ipynb", "zip")
    )
    assert collect([folder / "pipe.ipynb"]).skipped == (
        "pipe.ipynb: is no ordinary file",
    )


def test_what_is_not_there(folder: Path) -> None:
    write(folder, "a.py")
    (folder / "loop").symlink_to("loop")
    paths = [
        folder / "a.py",
        folder / "none.zip",
        folder / "loop",
        Path("x\0y"),
        folder,
    ]
    found = collect(paths)
    assert found.submissions == ()
    assert found.skipped == (
        "a.py: is no folder, notebook or zip",
        "none.zip: is not there",
        "loop: is not there",
        "xy: is not there",
    )
    assert collect([]) == Collected((), ())


def test_what_may_not_be_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "ada.ipynb", "bob/x.ipynb", "eve.ipynb")
    locked = {str(folder / "ada.ipynb"), str(folder / "bob")}

    def refuse(real: Callable[..., Any]) -> Callable[..., Any]:
        def opened(path: Any, *arguments: Any) -> Any:
            if str(path) in locked:  # modes do not keep root out
                raise PermissionError(13, "Permission denied")
            return real(path, *arguments)

        return opened

    monkeypatch.setattr(os, "scandir", refuse(os.scandir))
    monkeypatch.setattr(Path, "open", refuse(Path.open))
    found = collect([folder])
    assert told_of(found) == [("eve", "eve.ipynb")]
    assert found.skipped == (
        "ada.ipynb: cannot be opened: Permission denied",
        "bob: cannot be opened: Permission denied",
    )


def test_names_on_the_disk_that_are_no_text(folder: Path) -> None:
    name = os.fsdecode(b"ad\xffa\x1b[2J.ipynb")
    write(folder, name, "ada.ipynb", "ada\n.ipynb", "\u200b.ipynb", "\u202e.ipynb")
    found = collect([folder])
    learners = [one.learner for one in found.submissions]
    assert len(set(learners)) == 5
    assert sum(one.startswith("ada ") for one in learners) == 3
    assert sum(one.startswith("unnamed ") for one in learners) == 2
    for one in found.submissions:
        assert one.learner.isprintable() and one.name.isprintable()
        one.learner.encode()
