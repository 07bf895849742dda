"""Lab 202: its checks, each tested three ways, and the data file they stand on."""

import runpy

from mlslab.course import find_root
from mlslab.testing import LabTests

DATA = find_root() / "data"


class TestCleaning(LabTests):
    lab_id = "202"


def test_the_data_is_what_its_maker_makes() -> None:
    make = runpy.run_path(str(DATA / "make_data.py"))
    assert make["customers"]() == (DATA / "customers.csv").read_text(encoding="utf-8")
