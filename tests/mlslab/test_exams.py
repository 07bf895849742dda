import pytest

from mlslab.errors import MlslabError
from mlslab.exams import BASE, load_exams


def test_the_crosswalk_names_only_tasks_that_exist():
    exams = load_exams()
    tasks = tuple(exams.exams[BASE].tasks)
    assert set(exams.successors) == set(tasks)
    for row in exams.crosswalk(tasks):
        assert tuple(row) == ("MLS-C01", "MLA-C01", "MLA-C02")


def test_a_row():
    (row,) = load_exams().crosswalk(("4.3",))
    assert row["MLA-C01"] == (
        "4.3 Secure AWS resources;"
        " 1.3 Ensure data integrity and prepare data for modeling"
    )
    assert load_exams().crosswalk(("2.3",))[0]["MLA-C02"] == "hardly asked for"


def test_an_unknown_task():
    with pytest.raises(MlslabError, match=r"no task 9\.9"):
        load_exams().crosswalk(("9.9",))
