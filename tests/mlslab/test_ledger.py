import pytest

from mlslab.ledger import Ledger, Record

RECORD = Record("endpoint", "e", "eu-west-1", (("ml.m5.large", 2),))


def test_a_dead_kernel_s_records_are_read(tmp_path):
    file = tmp_path / "r.json"
    Ledger(file).add(RECORD)
    again = Ledger(file)
    assert list(again) == [RECORD]
    again.remove(RECORD)
    assert list(Ledger(file)) == []


@pytest.mark.parametrize("text", ["{", '[{"kind": "x"}]', "[1]", "3"])
def test_a_damaged_file_is_put_aside(tmp_path, text):
    file = tmp_path / "r.json"
    file.write_text(text)
    assert list(Ledger(file)) == []
    assert (tmp_path / "r.damaged").read_text() == text
