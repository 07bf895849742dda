"""Zips of every kind: names, damage, bombs; no file ends the batch."""

import os
import random
import stat
import struct
import time
import unicodedata
import warnings
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from handed_in import only, packed, told_of, write, zipped

from mlslab.grading import archives
from mlslab.grading.collect import collect


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
