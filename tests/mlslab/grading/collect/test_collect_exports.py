"""What Canvas and Moodle export tells whose each notebook is."""

from pathlib import Path

import pytest
from handed_in import packed, told_of, write, zipped

from mlslab.grading.collect import collect

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
