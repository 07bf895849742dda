import threading
import time

import pytest

from cloudlet.runner.pipes import Pipe


@pytest.fixture
def pipe(tmp_path):
    made = Pipe(tmp_path, "train", lambda: iter([b"one,", b"two"]))
    yield made
    made.close()


def test_each_epoch_is_a_pipe_of_its_own(pipe, tmp_path):
    for epoch in range(3):
        assert (tmp_path / f"train_{epoch}").read_bytes() == b"one,two"


def test_a_reader_that_goes_away_does_not_end_it(tmp_path):
    pipe = Pipe(tmp_path, "train", lambda: (b"x" * 100_000 for _ in range(100)))
    with (tmp_path / "train_0").open("rb") as stream:
        assert stream.read(10) == b"x" * 10
    with (tmp_path / "train_1").open("rb") as stream:
        assert stream.read(1) == b"x"
    pipe.close()


def test_closing_leaves_no_thread(tmp_path):
    before = threading.active_count()
    pipe = Pipe(tmp_path, "train", lambda: iter([b"x"]))
    time.sleep(0.05)
    pipe.close()
    assert threading.active_count() == before
