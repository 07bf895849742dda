"""Every file has its learner, whatever it is called, and no file ends the batch."""

import os
import random
import stat
import struct
import time
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from mlslab.grading import archives
from mlslab.grading.collect import Collected, collect
from mlslab.grading.naming import Who, clean, keys, natural, told
from mlslab.grading.results import Submission

NOON = (2026, 3, 4, 12, 0, 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for submissions, apart from the learner's home that a fixture makes."""
    made = tmp_path / "class"
    made.mkdir()
    return made


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine stands two hours east of Greenwich."""
    monkeypatch.setenv("TZ", "EET-2")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


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


# Folders


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


# Canvas


def test_canvas(folder: Path) -> None:
    names = [
        "lovelaceada_4711_90210_02_xgboost.ipynb",
        "lovelaceada_LATE_4711_90317_02_xgboost-1.ipynb",
        "müllerjürgen_12_345_notebook-2.ipynb",
        "o_brien_77_88_a_1_2_b.ipynb",
        "anon_Xy12Z_555_lab.ipynb",
        "LATE_anon_Ab34C_556_lab.ipynb",
    ]
    write(folder, *names, "lovelaceada_4711_90211_essay.pdf")
    assert collect([folder]).skipped == ()
    zipped(folder.parent / "submissions.zip", names)
    for path, above in (
        (folder, ""),
        (folder.parent / "submissions.zip", "submissions.zip/"),
    ):
        found = collect([path])
        assert [(s.learner, s.name, s.late, s.accounts) for s in found.submissions] == [
            ("anon_Ab34C", above + names[5], True, ()),
            ("anon_Xy12Z", above + names[4], False, ()),
            ("lovelaceada", above + names[0], False, (("canvas_id", "4711"),)),
            ("lovelaceada", above + names[1], True, (("canvas_id", "4711"),)),
            ("müllerjürgen", above + names[2], False, (("canvas_id", "12"),)),
            ("o_brien", above + names[3], False, (("canvas_id", "77"),)),
        ]


def test_canvas_s_learners_of_one_name(folder: Path) -> None:
    write(folder, "lima_11_1_a.ipynb", "lima_12_2_a.ipynb", "lima_LATE_11_3_a.ipynb")
    write(folder, "lima 12.ipynb")
    found = collect([folder])
    learners = {s.name: s.learner for s in found.submissions}
    assert learners["lima_11_1_a.ipynb"] == "lima 11"
    assert learners["lima_LATE_11_3_a.ipynb"] == "lima 11"
    # Somebody is called what the number would make of another.
    assert learners["lima_12_2_a.ipynb"].startswith("lima 12 ")
    assert learners["lima 12.ipynb"].startswith("lima 12 ")
    assert len(set(learners.values())) == 3


def test_what_canvas_has_no_notebook_of(folder: Path) -> None:
    names = ["ada_1_2_a.pdf", "ada_1_3_b.ipynb", "bob_2_4_a.pdf", "bob_2_5_b.html"]
    zipped(folder / "s.zip", names)
    found = collect([folder / "s.zip"])
    assert told_of(found) == [("ada", "s.zip/ada_1_3_b.ipynb")]
    (line,) = found.skipped
    assert line.startswith("s.zip/bob_2_4_a.pdf: is no notebook")


def test_a_learner_cannot_hand_in_for_another(folder: Path) -> None:
    forged = {"bob_2_9_b.ipynb": b"{}", "eve_3_9_b.ipynb": b"{}"}
    inner = packed(forged)
    zipped(folder / "c.zip", {"ada_1_2_w.zip": inner, "bob_2_3_b.ipynb": b"{}"})
    assert [one.learner for one in collect([folder / "c.zip"]).submissions] == [
        "ada",
        "ada",
        "bob",
    ]
    members = {f"Ada L_1_assignsubmission_file/{name}": b"{}" for name in forged}
    members["Ada L_1_assignsubmission_file/Bob M_2_assignsubmission_file/x.ipynb"] = b""
    members["Ada L_1_assignsubmission_file/w.zip"] = inner
    zipped(folder / "m.zip", members)
    found = collect([folder / "m.zip"])
    assert {one.learner for one in found.submissions} == {"Ada L"}
    assert len(found.submissions) == 5
    # Nor with a name that looks like two: the names differ, and so do the learners.
    zipped(folder / "n.zip", ["a_2_3_b_1_7_x.ipynb", "bob_2_3_b.ipynb"])
    assert [s.learner for s in collect([folder / "n.zip"]).submissions] == ["a", "bob"]


def test_names_that_look_like_canvas_s_in_a_learner_s_folder(folder: Path) -> None:
    write(folder, "ada/lab_302_1_final.ipynb", "ada/lab_302_2_final.ipynb")
    write(folder, "bob/lab_302_2026_x.ipynb")
    assert {one.learner for one in collect([folder]).submissions} == {"ada", "bob"}
    assert {one.accounts for one in collect([folder]).submissions} == {()}


# Moodle


@pytest.mark.parametrize("end", ["", "_"])
def test_moodle(folder: Path, end: str) -> None:
    names = [
        f"Ada Lovelace_123456_assignsubmission_file{end}/02_xgboost.ipynb",
        f"Ada Lovelace_123456_assignsubmission_file{end}/old/02_xgboost.ipynb",
        f"José Núñez Ω_7_assignsubmission_file{end}/a.ipynb",
        f"O'Neil, Jr._8_assignsubmission_file{end}/b_9_assignsubmission_file/c.ipynb",
    ]
    write(
        folder, *names, f"Ada Lovelace_123456_assignsubmission_onlinetext{end}/t.html"
    )
    archive = zipped(folder.parent / "m.zip", names)
    for path, above in ((folder, ""), (archive, "m.zip/")):
        found = collect([path])
        assert found.skipped == ()
        assert [(s.learner, s.name, s.accounts) for s in found.submissions] == [
            (name, above + file, (("full_name", name), ("moodle_id", number)))
            for name, number, file in (
                ("Ada Lovelace", "123456", names[0]),
                ("Ada Lovelace", "123456", names[1]),
                ("José Núñez Ω", "7", names[2]),
                ("O'Neil, Jr.", "8", names[3]),
            )
        ]


def test_moodle_without_folders_and_names(folder: Path) -> None:
    write(
        folder,
        "Ada Lovelace_12_assignsubmission_file_lab.ipynb",
        "Participant_13_assignsubmission_file_lab.ipynb",
        "Participant_14_assignsubmission_file_lab.ipynb",
        "Team Rocket_assignsubmission_file_lab.ipynb",
    )
    found = collect([folder])
    assert [one.learner for one in found.submissions] == [
        "Ada Lovelace",
        "Participant 13",
        "Participant 14",
        "Team Rocket",
    ]
    assert dict(found.submissions[1].accounts) == {
        "full_name": "Participant",
        "moodle_id": "13",
    }
    assert found.submissions[3].accounts == ()


def test_moodle_learners_without_a_notebook(folder: Path) -> None:
    write(folder, "Ada_1_assignsubmission_onlinetext/onlinetext.html")
    write(folder, "Bob_2_assignsubmission_file/lab.ipynb")
    write(folder, "Bob_2_assignsubmission_file/lab.py")
    found = collect([folder])
    assert [one.learner for one in found.submissions] == ["Bob"]
    (line,) = found.skipped
    assert line.startswith("Ada_1_assignsubmission_onlinetext/onlinetext.html: is no")


# Exports that stand deeper


def test_exports_in_folders(folder: Path) -> None:
    write(folder, "a/2026/ada_1_2_x.ipynb", "a/2026/bob_2_3_x.ipynb", "a/2026/n.ipynb")
    write(folder, "b/Eve Fox_5_assignsubmission_file/x.ipynb", "mail/joe/x.ipynb")
    zipped(folder / "c.zip", ["kim_8_9_x.ipynb", "lee_9_10_x.ipynb"])
    zipped(folder / "zoe.zip", ["x.ipynb", "deep/y.ipynb"])
    learners = [one.learner for one in collect([folder]).submissions]
    assert learners == [
        "ada", "bob", "Eve Fox", "kim", "lee", "mail", "n", "zoe", "zoe"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("members", "learners"),
    [
        (["ada/x.ipynb", "bob/x.ipynb"], ["ada", "bob"]),
        (["ada.ipynb", "bob.ipynb"], ["ada", "bob"]),
        (["class/ada/x.ipynb", "class/bob/x.ipynb"], ["ada", "bob"]),
        (["all/ada.ipynb", "all/bob.ipynb"], ["ada", "bob"]),
        (["class/ada/x.ipynb", "class/bob.ipynb", "class/eve/a/b.ipynb"], None),
        (["ada/x.ipynb", "ada/y.ipynb"], ["ada", "ada"]),
        (["ada/x.ipynb", "ada/data/a.csv", "ada/plots/b.png"], ["ada"]),
        (["all/x.ipynb", "all/data/a.csv"], ["all"]),
        (["sub/ada_1_2_x.ipynb", "sub/bob_2_3_x.ipynb"], ["ada", "bob"]),
        (["sub/Ada_1_assignsubmission_file/x.ipynb"], ["Ada"]),
        (["ada_1_2_x.ipynb"], ["ada"]),
    ],
)
def test_zips_with_a_folder_around_all(
    folder: Path, members: list[str], learners: list[str] | None
) -> None:
    archive = zipped(folder / "all.zip", members)
    expected = learners or ["ada", "bob", "eve"]
    assert [one.learner for one in collect([archive]).submissions] == expected
    # A zip that is alone in a folder is a class's, too.
    assert [one.learner for one in collect([folder]).submissions] == expected


# Zips


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


def test_members_of_one_name(folder: Path) -> None:
    out = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "w") as archive:
            for content in ("1", "2", "3"):
                archive.writestr("ada.ipynb", content)
            archive.writestr("ada.ipynb (2)", "no notebook")
    (folder / "a.zip").write_bytes(out.getvalue())
    found = collect([folder / "a.zip"]).submissions
    assert sorted(one.content for one in found) == [b"1", b"2", b"3"]
    assert [one.name for one in found] == [
        "a.zip/ada.ipynb",
        "a.zip/ada.ipynb (2)",
        "a.zip/ada.ipynb (3)",
    ]


@pytest.mark.parametrize(
    ("member", "learner", "name"),
    [
        ("../../../etc/x.ipynb", "etc", "a.zip/etc/x.ipynb"),
        ("/etc/passwd/x.ipynb", "etc", "a.zip/etc/passwd/x.ipynb"),
        ("..\\..\\ada\\x.ipynb", "ada", "a.zip/ada/x.ipynb"),
        ("C:\\ada.ipynb", "C:", "a.zip/C:/ada.ipynb"),
        ("./ada/./x.ipynb", "ada", "a.zip/ada/x.ipynb"),
        ("\x1b[31mada\x1b[0m\r\n/x.ipynb", "ada", "a.zip/ada/x.ipynb"),
        ("a" * 5000 + ".ipynb", "a" * 100, "a.zip/" + "a" * 200),
        ("\u202eada\u200b.ipynb", "ada", "a.zip/ada.ipynb"),
        ("<script>alert(1)<", None, None),
    ],
)
def test_names_are_only_names(
    folder: Path, member: str, learner: str | None, name: str | None
) -> None:
    archive = zipped(folder / "a.zip", [member])
    before = sorted(folder.parent.rglob("*"))
    found = collect([archive])
    assert [(s.learner, s.name) for s in found.submissions] == (
        [(learner, name)] if learner else []
    )
    assert sorted(folder.parent.rglob("*")) == before


def test_names_that_are_not_ascii(folder: Path) -> None:
    said = packed({"Zoë/ü.ipynb": b"1"})
    # As macOS writes it: UTF-8, decomposed, and the flag does not say so.
    name = unicodedata.normalize("NFD", "Zoë/ü.ipynb").encode()
    silent = packed({"x" * len(name): b"2"}).replace(b"x" * len(name), name)
    old = packed({"Zo./..ipynb": b"3"}).replace(b"Zo./..ipynb", b"Zo\x89/\x81.ipynb")
    for number, content in enumerate((said, silent, old)):
        (folder / "a.zip").write_bytes(content)
        found = only(collect([folder / "a.zip"]))
        assert (found.learner, found.name) == ("Zoë", "a.zip/Zoë/ü.ipynb"), number


def flagged(content: bytes) -> bytes:
    """The same zip, its first member marked as encrypted."""
    changed = bytearray(content)
    changed[6] |= 1
    changed[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def bzipped() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("ada.ipynb", "{}")
    return out.getvalue()


def linked() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("ada.ipynb")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def spoilt() -> bytes:
    content = bytearray(packed({"ada.ipynb": os.urandom(500)}))
    content[100] ^= 0xFF
    return bytes(content)


def nested(depth: int) -> bytes:
    content = packed(["ada.ipynb"])
    for _ in range(depth):
        content = packed({"inner.zip": content})
    return content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "a.zip: is empty"),
        (b"not a zip", "a.zip: is no zip that can be opened (BadZipFile)"),
        (b"PK\x05\x06" + b"\xff" * 18, "a.zip: is no zip that can be opened"),
        (packed(["ada.ipynb"])[:-30], "a.zip: is no zip that can be opened"),
        (flagged(packed(["ada.ipynb"])), "a.zip/ada.ipynb: is encrypted"),
        (bzipped(), "a.zip/ada.ipynb: is packed in an unusual way"),
        (linked(), "a.zip/ada.ipynb: is a symbolic link"),
        (spoilt(), "a.zip/ada.ipynb: is damaged"),
        (packed({"x.zip": b"?"}), "a.zip/x.zip: is no zip that can be opened"),
        (nested(2), "a.zip/inner.zip/inner.zip: is a zip in a zip in a zip"),
    ],
)
def test_zips_that_cannot_be_opened(folder: Path, content: bytes, reason: str) -> None:
    (folder / "a.zip").write_bytes(content)
    found = collect([folder / "a.zip"])
    assert found.submissions == ()
    (line,) = found.skipped
    assert line.startswith(reason)
    # And others' files are found all the same.
    write(folder, "bob.ipynb")
    assert ("bob", "bob.ipynb") in told_of(collect([folder]))


def test_one_bad_member_leaves_the_others(folder: Path) -> None:
    content = packed({"ada.ipynb": b"{}", "bob.ipynb": b"{}"})
    (folder / "a.zip").write_bytes(flagged(content))
    found = collect([folder / "a.zip"])
    assert [one.learner for one in found.submissions] == ["bob"]
    assert len(found.skipped) == 1


# Bombs


def test_a_member_that_unpacks_to_too_much(folder: Path) -> None:
    zeros = zipped(folder / "a.zip", {"ada.ipynb": b"\0" * (10**8 + 1), "b.ipynb": b""})
    assert zeros.stat().st_size < 200_000
    found = collect([zeros])
    assert [one.learner for one in found.submissions] == ["b"]
    assert found.skipped == ("a.zip/ada.ipynb: has more than 100 MB",)


def test_a_member_that_lies_about_its_size(folder: Path) -> None:
    size = 10**8 + 1
    content = bytearray(packed({"ada.ipynb": b"\0" * size}))
    little = struct.pack("<L", 9)
    assert content.count(struct.pack("<L", size)) == 2
    content = content.replace(struct.pack("<L", size), little)
    (folder / "a.zip").write_bytes(content)
    began = time.perf_counter()
    found = collect([folder / "a.zip"])
    assert time.perf_counter() - began < 2
    assert found.submissions == ()
    assert len(found.skipped) == 1


def test_a_member_that_unpacks_to_many_times_its_size(folder: Path) -> None:
    repeated = b"still waiting\n" * 10**6
    members = {"ada.ipynb": repeated, "bob.ipynb": repeated * 2}
    found = collect([zipped(folder / "a.zip", members)])
    assert [one.learner for one in found.submissions] == ["ada"]
    assert "more than 200 times" in found.skipped[0]


def test_zips_of_more_than_they_may_hold(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 5)
    few = zipped(folder / "few.zip", [f"{n}.ipynb" for n in range(5)])
    assert len(collect([few]).submissions) == 5
    many = zipped(folder / "many.zip", [f"{n}.txt" for n in range(6)])
    assert collect([many]).skipped == ("many.zip: has more than 5 members",)
    inner = packed([f"{n}.txt" for n in range(6)])
    outer = zipped(folder / "outer.zip", {"ada/x.zip": inner})
    assert collect([outer]).skipped == ("outer.zip/ada/x.zip: has more than 5 members",)
    monkeypatch.setattr(archives, "MAX_TOTAL", (10, 3))
    sizes = {f"{n}.ipynb": b"123" for n in range(5)}
    found = collect([zipped(folder / "a.zip", sizes)])
    assert (len(found.submissions), len(found.skipped)) == (3, 2)
    found = collect([zipped(folder / "b.zip", {"ada/x.zip": packed(sizes)})])
    assert (len(found.submissions), len(found.skipped)) == (0, 1)
    monkeypatch.setattr(archives, "MAX_TOTAL", (1000, 3))
    found = collect([zipped(folder / "b.zip", {"ada/x.zip": packed(sizes)})])
    assert (len(found.submissions), len(found.skipped)) == (1, 4)


def test_a_zip_in_a_zip_with_a_hundred_thousand_notebooks(folder: Path) -> None:
    inner = packed({f"{n}.ipynb": b"" for n in range(150)})
    outer = zipped(folder / "a.zip", {"ada/x.zip": inner, "bob/x.ipynb": b""})
    found = collect([outer])
    learners = [one.learner for one in found.submissions]
    assert (learners.count("ada"), learners.count("bob")) == (100, 1)
    assert found.skipped == ("a.zip/ada/x.zip: has too many notebooks: unpack it",)


def test_a_large_file_on_the_disk(folder: Path) -> None:
    with (folder / "ada.ipynb").open("wb") as file:
        file.truncate(10**8 + 1)
    found = collect([folder])
    assert found.submissions == ()
    assert found.skipped == ("ada.ipynb: has more than 100 MB",)


# What is not what it seems


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


# Names and keys


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        (unicodedata.normalize("NFD", "José"), "José"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\tb\r\nc\0d", "a b cd"),
        ("\u202eabc\u2066\u200d\ufeff", "abc"),
        ("  a\u00a0\u2003b  ", "a b"),
        ("", "unnamed"),
        ("\x1b", "unnamed"),
        ("x" * 101, "x" * 100),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("<b>&amp;", "<b>&amp;"),
    ],
)
def test_clean(text: str, name: str) -> None:
    assert clean(text) == name
    assert clean(name) == name


def test_one_name_in_two_forms_is_one_learner(folder: Path) -> None:
    write(folder, "José/a.ipynb", unicodedata.normalize("NFD", "José") + "/b.ipynb")
    assert [one.learner for one in collect([folder]).submissions] == ["José", "José"]


def test_keys_are_apart_and_do_not_hang_on_others() -> None:
    long = [Who("x" * 150 + end, ("name", "x" * 150 + end, "")) for end in "ab"]
    same = [Who("Ada", ("moodle", "Ada", n)) for n in ("1", "2")]
    odd = [Who(name, ("name", name, "")) for name in ("Ada", "Ada 1", "A\x1b[1mda")]
    everybody = [*long, *same, *odd]
    found = keys(everybody)
    assert len(found) == len(set(found.values())) == len(everybody)
    assert keys(reversed(everybody)) == found
    assert keys([same[0]]) == {("moodle", "Ada", "1"): "Ada"}
    assert all(len(key) <= 120 for key in found.values())


def test_what_names_tell() -> None:
    for part in (
        "ada.ipynb", "ada_lab_1.ipynb", "ada_1.ipynb", "Lab_302_1_x.ipynb", "_1_2_x",
        "ada lovelace_1_2_x", "ada_1_x_2_y", "anon_ä_1_x", "_assignsubmission_file",
        "Ada_1_assignsubmission_comments", "",
    ):  # fmt: skip
        assert told(part) is None, part
    for digits in ("1" * 5000, "0"):
        who = told(f"ada_{digits}_{digits}_x")
        assert who is not None
        assert who.accounts == (("canvas_id", digits),)
    began = time.perf_counter()
    for part in ("a_" * 30_000, "1_" * 30_000, "_LATE" * 9_000, "a_1_assign" * 9_000):
        told(part)
        natural(part)
        clean(part)
    assert time.perf_counter() - began < 2


def test_the_same_files_always_come_in_the_same_order(folder: Path) -> None:
    dice = random.Random(0)
    names = [f"{a}/{b}.ipynb" for a in ("s1", "s10", "s2", "S2") for b in "xyz"]
    orders = []
    for _ in range(5):
        dice.shuffle(names)
        orders.append(told_of(collect([zipped(folder / "a.zip", names)])))
    assert all(order == orders[0] for order in orders)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_zips_never_raise(folder: Path, seed: int) -> None:
    dice = random.Random(seed)
    inner = packed({"a.ipynb": b"{}" * 50, "b/c.ipynb": b""})
    whole = packed(
        {"ada_1_2_x.ipynb": b"[1]" * 99, "bob_2_3_w.zip": inner, "Zoë/x.ipynb": b"x"}
    )
    found_any = 0
    for _ in range(400):
        content = bytearray(whole)
        for _ in range(dice.randrange(1, 6)):
            at = dice.randrange(len(content))
            match dice.randrange(4):
                case 0:
                    content[at] = dice.randrange(256)
                case 1:
                    del content[at : at + dice.randrange(9)]
                case 2:
                    content[at : at + 4] = dice.randbytes(4)
                case _:
                    tail = whole.index(b"PK\x01\x02")
                    content[min(tail + dice.randrange(60), len(content) - 1)] ^= 0xFF
        (folder / "a.zip").write_bytes(content)
        found = collect([folder / "a.zip"])
        found_any += bool(found.submissions)
        for line in found.skipped:
            assert line.isprintable()
    assert found_any > 20
