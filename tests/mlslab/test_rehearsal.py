import json
import subprocess
import sys

import pytest

from mlslab.rehearsal import Mistake, _copied, load_mistakes


def test_tables_are_copied_and_functions_are_not():
    import pandas as pd

    names = {"table": pd.DataFrame({"a": [1]}), "list": [1], "f": len}
    copied = _copied(names)
    copied["table"].loc[0, "a"] = 2
    copied["list"].append(2)
    assert names["table"].loc[0, "a"] == 1
    assert names["list"] == [1]
    assert copied["f"] is len


def test_a_lab_without_mistakes(course, lab):
    from dataclasses import replace

    assert load_mistakes(course, replace(lab, slug="other")) == ()
    assert {mistake.check for mistake in load_mistakes(course, lab)} == {
        "store",
        "mean",
    }


def test_a_mistake_is_found_out_by_one_check_or_another():
    for both in ({}, {"says": "a", "hidden": "b"}):
        with pytest.raises(ValueError, match="give `says`, or `hidden`"):
            Mistake(check="c", name="m", **both)


def test_a_cell_that_raises_is_shown_with_its_traceback(copy):
    source = copy.source(copy.lab("101"))
    source.write_text(source.read_text().replace("print(stored)", "print(stord)"))
    done = subprocess.run(
        [sys.executable, "-m", "mlslab.rehearsal", "101"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "cell 7" in done.stderr
    assert "NameError: name 'stord' is not defined" in done.stderr


def test_the_verdicts_are_json(course):
    done = subprocess.run(
        [sys.executable, "-m", "mlslab.rehearsal", "101"],
        capture_output=True,
        text=True,
    )
    cases = {(row["check"], row["case"]): row for row in json.loads(done.stdout)}
    assert cases["store", "solution"]["status"] == "passed"
    assert cases["store", "solution"]["hidden"] == {}
    assert "NoSuchKey" in cases["store", "nothing stored"]["message"]
    assert cases["store", "the list itself"]["hidden"] == {}
    cheat = cases["store", "what the check looks for"]
    assert (cheat["status"], cheat["hidden"]) == (
        "passed",
        {"all_prices": "it holds '3,'"},
    )
    assert "✓ Nothing is left" in done.stderr
