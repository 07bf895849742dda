"""Every file in a folder has its learner, whatever it is called."""

import random
from pathlib import Path

import pytest
from handed_in import only, told_of, write, zipped

from mlslab.grading.collect import collect


def test_a_folder_for_each_learner(folder: Path) -> None:
    write(folder, "ada/lab.ipynb", "bob/week 1/deep/er/LAB.IPYNB", "ada/data.csv")
    collected = collect([folder])
    assert told_of(collected) == [
        ("ada", "ada/lab.ipynb"),
        ("bob", "bob/week 1/deep/er/LAB.IPYNB"),
    ]
    assert collected.skipped == ()
    assert [one.content for one in collected.submissions] == [
        b"ada/lab.ipynb",
        b"bob/week 1/deep/er/LAB.IPYNB",
    ]
    assert {(s.submitted, s.late, s.accounts) for s in collected.submissions} == {
        (None, False, ())
    }


def test_a_file_for_each_learner(folder: Path) -> None:
    write(folder, "ada.ipynb", "bob_lab302.ipynb", "notes.txt", "c.d.ipynb")
    assert told_of(collect([folder])) == [
        ("ada", "ada.ipynb"),
        ("bob_lab302", "bob_lab302.ipynb"),
        ("c.d", "c.d.ipynb"),
    ]


def test_two_files_of_one_learner_are_two_attempts(folder: Path) -> None:
    write(folder, "ada/lab10.ipynb", "ada/lab9.ipynb", "ada.ipynb")
    assert told_of(collect([folder])) == [
        ("ada", "ada.ipynb"),
        ("ada", "ada/lab9.ipynb"),
        ("ada", "ada/lab10.ipynb"),
    ]


def test_what_is_nobody_s(folder: Path) -> None:
    ignored = [
        "ada/.ipynb_checkpoints/lab-checkpoint.ipynb",
        "__MACOSX/ada/._lab.ipynb",
    ]
    write(folder, *ignored, ".hidden.ipynb", "ada/__pycache__/x.ipynb", ".git/y.ipynb")
    write(folder, "ada/lab.ipynb")
    assert told_of(collect([folder])) == [("ada", "ada/lab.ipynb")]
    zipped(folder / "z.zip", [*ignored, ".h.ipynb", "bob.ipynb"])
    assert only(collect([folder / "z.zip"])).learner == "bob"


def test_the_order_is_that_of_people(folder: Path) -> None:
    write(folder, "s10.ipynb", "S9.ipynb", "s9b.ipynb", "Äsop.ipynb", "s009.ipynb")
    names = [learner for learner, _ in told_of(collect([folder]))]
    assert names == ["S9", "s009", "s9b", "s10", "Äsop"]


def test_several_paths(folder: Path) -> None:
    write(folder, "first/ada.ipynb", "first/bob.ipynb", "second/ada.ipynb", "eve.ipynb")
    collected = collect([folder / "first", folder / "second", folder / "eve.ipynb"])
    assert told_of(collected) == [
        ("ada", "first/ada.ipynb"),
        ("ada", "second/ada.ipynb"),
        ("bob", "first/bob.ipynb"),
        ("eve", "eve.ipynb"),
    ]
    assert told_of(collect([folder / "first"]))[0] == ("ada", "ada.ipynb")


def test_a_file_that_is_named_twice_counts_once(folder: Path) -> None:
    write(folder, "ada/lab.ipynb")
    zipped(folder / "ada" / "more.zip", ["x.ipynb"])
    path = folder / "ada" / "lab.ipynb"
    twice = collect([folder, folder, path, folder / "ada", folder / "ada" / "more.zip"])
    assert [learner for learner, _ in told_of(twice)] == ["ada", "ada"]


@pytest.mark.parametrize("kind", ["folders", "files", "zips"])
def test_a_shell_s_star_is_no_single_learner(folder: Path, kind: str) -> None:
    names = ["ada", "bob", "eve"]
    for name in names:
        write(folder, f"{name}/handed in/02_xgboost.ipynb")
        zipped(folder / f"{name}.zip", ["02_xgboost.ipynb"])
    write(folder, "ada/handed in/02_xgboost-old.ipynb")
    paths = {
        "folders": sorted(folder.glob("*/handed in")),
        "files": sorted(folder.glob("*/*/*.ipynb")),
        "zips": sorted(folder.glob("*.zip")),
    }[kind]
    assert sorted({one.learner for one in collect(paths).submissions}) == names
    # One alone tells nothing of others.
    assert only(collect(paths[-1:])).learner == "02_xgboost"


def test_files_of_one_name_in_places_of_one_name(folder: Path) -> None:
    write(folder, "1/ada/lab.ipynb", "1/bob/lab.ipynb", "2/ada/lab.ipynb")
    learners = [one.learner for one in collect(sorted(folder.glob("*/*"))).submissions]
    assert learners[0].startswith("ada ") and learners[1].startswith("ada ")
    assert learners[0] != learners[1]
    assert learners[2] == "bob"


def test_the_same_files_always_come_in_the_same_order(folder: Path) -> None:
    dice = random.Random(0)
    names = [f"{a}/{b}.ipynb" for a in ("s1", "s10", "s2", "S2") for b in "xyz"]
    orders = []
    for _ in range(5):
        dice.shuffle(names)
        orders.append(told_of(collect([zipped(folder / "a.zip", names)])))
    assert all(order == orders[0] for order in orders)
