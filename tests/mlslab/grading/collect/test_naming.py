"""What names tell, and keys that are apart."""

import time
import unicodedata
from pathlib import Path

import pytest
from handed_in import write

from mlslab.grading.collect import collect
from mlslab.grading.naming import Who, clean, keys, natural, told


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
