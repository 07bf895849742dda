import multiprocessing
import os
import signal
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from made_results import exercise, result

from mlslab.grading import store
from mlslab.grading.results import Change
from mlslab.grading.store import Store, StoreError

ANNA = result(
    "anna",
    "load",
    note="one cell was edited",
    submitted=datetime(2026, 12, 1, 12, tzinfo=timezone(timedelta(hours=1))),
    late=True,
    accounts=(("canvas_id", "7"),),
    changes=(Change("302-003", "edited", True, "-a\n+b\n"),),
    seconds=1.5,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "grades.sqlite"


def find(kept: Store, given, key="k", **others):
    values = {
        name: getattr(given, name) for name in ("lab", "learner", "name", "digest")
    }
    return kept.find(**(values | others), key=key)


def ask(path, statement):
    with sqlite3.connect(path) as db:
        return db.execute(statement).fetchall()


def test_what_is_kept_is_found_again(path):
    with Store(path) as kept:
        kept.keep(ANNA, "k")
        assert find(kept, ANNA) == ANNA
    with Store(path) as kept:
        assert find(kept, ANNA) == ANNA
        assert kept.results("302") == [ANNA]
        assert kept.results("101") == []


@pytest.mark.parametrize(
    "other",
    [{"key": "checks changed"}, {"digest": "0"}, {"learner": "ben"}, {"lab": "101"}],
)
def test_what_has_changed_is_not_found(path, other):
    with Store(path) as kept:
        kept.keep(ANNA, "k")
        assert find(kept, ANNA, **other) is None


def test_a_file_may_be_called_otherwise(path):
    with Store(path) as kept:
        kept.keep(ANNA, "k")
        moved = find(kept, ANNA, name="elsewhere/anna.ipynb")
        assert moved == replace(ANNA, name="elsewhere/anna.ipynb")


def test_of_two_equal_files_each_has_its_own_result(path):
    first, second = (replace(ANNA, name=name, note=name) for name in ("1", "2"))
    with Store(path) as kept:
        kept.keep(first, "k")
        kept.keep(second, "k")
        assert find(kept, first) == first
        assert find(kept, second) == second
        assert kept.results("302") == [first, second]


def test_a_new_result_takes_the_place_of_the_old(path):
    changed = replace(ANNA, digest="1", exercises=(exercise("load"),), changes=())
    with Store(path) as kept:
        kept.keep(ANNA, "k")
        kept.keep(changed, "k")
        assert kept.results("302") == [changed]
        assert find(kept, ANNA) is None
    assert ask(path, "SELECT exercise FROM exercises") == [("load",)]
    assert ask(path, "SELECT count(*) FROM changes") == [(0,)]


def test_instructors_find_tidy_tables(path):
    with Store(path) as kept:
        kept.keep(ANNA, "k")
        kept.keep(result("ben", "load", "train"), "k")
    noon = "2026-12-01T12:00:00+01:00"
    assert ask(
        path,
        "SELECT learner, name, key, status, points, out_of, note, submitted, late,"
        " seconds FROM submissions ORDER BY learner",
    ) == [
        ("anna", "anna.ipynb", "k", "graded", 2, 6, ANNA.note, noon, 1, 1.5),
        ("ben", "ben.ipynb", "k", "graded", 5, 6, "", None, 0, 0.0),
    ]
    (of_the_docs,) = [
        part for part in (store.__doc__ or "").split("\n\n") if "SELECT" in part
    ]
    assert ask(path, of_the_docs) == [("load", 1.0), ("train", 0.5), ("tune", 0.0)]
    assert ask(path, "SELECT cell, kind, is_check, diff FROM changes") == [
        ("302-003", "edited", 1, "-a\n+b\n")
    ]
    assert (
        ask(path, "SELECT message FROM exercises WHERE exercise = 'tune'")
        == [("tune is not right",)] * 2
    )


def test_every_column_is_documented(path):
    Store(path).close()
    for table in ("submissions", "exercises", "changes"):
        for row in ask(path, f"PRAGMA table_info({table})"):
            assert f"`{row[1]}`" in (store.__doc__ or ""), (table, row[1])


def test_names_that_are_no_text_are_kept_apart(path):
    names = ("caf\udce9", "caf\ufffddce9", "caf\\udce9", "caf\ufffd", "a\x00b", "a")
    given = [result(name, "load") for name in names]
    with Store(path) as kept:
        for one in given:
            kept.keep(one, "k")
        assert [find(kept, one) for one in given] == given
        assert len(kept.results("302")) == len(names)


def test_statements_in_names_are_names(path):
    odd = result("'); DROP TABLE submissions; --", "load")
    with Store(path) as kept:
        kept.keep(odd, "k'")
        assert find(kept, odd, "k'") == odd


def _keep_and_die(path):
    kept = Store(path)
    kept.keep(ANNA, "k")
    kept._db.execute("BEGIN IMMEDIATE")
    kept._db.execute("DELETE FROM submissions")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_crash_keeps_what_is_done(path):
    process = multiprocessing.get_context("spawn").Process(
        target=_keep_and_die, args=(path,)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with Store(path) as kept:
        assert kept.results("302") == [ANNA]


def test_an_interruption_keeps_the_old_result_whole(path, monkeypatch):
    def interrupted(*_):
        yield from ()
        raise KeyboardInterrupt

    with Store(path) as kept:
        kept.keep(ANNA, "k")
        monkeypatch.setattr(store, "_changes", interrupted)
        with pytest.raises(KeyboardInterrupt):
            kept.keep(replace(ANNA, digest="1"), "k")
        monkeypatch.undo()
        assert kept.results("302") == [ANNA]
        kept.keep(replace(ANNA, digest="2"), "k")


def _keep_many(path, learner, ready):
    ready.wait()
    with Store(path) as kept:
        for number in range(20):
            kept.keep(result(learner, name=f"{number}"), "k")


def test_two_processes_keep_at_once(path):
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(2)
    processes = [
        context.Process(target=_keep_many, args=(path, learner, ready))
        for learner in ("anna", "ben")
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    with Store(path) as kept:
        assert len(kept.results("302")) == 40


def test_a_file_that_another_holds_is_told(path, monkeypatch):
    monkeypatch.setattr(store, "_WAIT_SECONDS", 0.01)
    with Store(path) as kept:
        with sqlite3.connect(path, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match=r"grades\.sqlite: another process"):
                kept.keep(ANNA, "k")
            other.execute("ROLLBACK")
        kept.keep(ANNA, "k")


def test_a_newer_file_is_told_and_left_alone(path):
    Store(path).close()
    ask(path, "PRAGMA user_version = 2")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is of version 2, and this mlslab knows 1"):
        Store(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(path):
    ask(path, "CREATE TABLE submissions (a)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's database"):
        Store(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"no database", b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_damaged_file_is_told_and_left_alone(path, content):
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"is damaged: move the file away"):
        Store(path)
    assert path.read_bytes() == content


def test_damage_is_told_when_it_is_met(path):
    with Store(path) as kept:
        for number in range(200):
            kept.keep(result("anna", name=f"{number}"), "k")
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(StoreError, match=r"is damaged"), Store(path) as kept:
        kept.results("302")


@pytest.mark.parametrize("kept_as", [b"{}", b"[]", b"null", b"\xff", b'{"lab": 1}'])
def test_a_result_that_cannot_be_read_is_graded_again(path, kept_as):
    with Store(path) as kept:
        kept.keep(ANNA, "k")
        with sqlite3.connect(path) as db:
            db.execute("UPDATE submissions SET result = ?", (kept_as,))
        assert find(kept, ANNA) is None
        with pytest.raises(StoreError, match=r"the result of 'anna\.ipynb' is damaged"):
            kept.results("302")
        kept.keep(ANNA, "k")
        assert kept.results("302") == [ANNA]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(StoreError, match="name a folder that you may write to"):
        Store(tmp_path / "no such folder" / "grades.sqlite")
