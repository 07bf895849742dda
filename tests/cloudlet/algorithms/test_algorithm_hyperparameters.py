import pytest

from cloudlet.algorithms.hyperparameters import (
    Categorical,
    CommaSeparatedList,
    Continuous,
    HyperparameterTable,
    Integer,
    Interval,
    NestedList,
    NumberTuple,
)
from cloudlet.runner.container import ClientError


def _even_rule(values):
    if values.get("rounds", 0) % 2:
        raise ClientError("rounds must be even")


TABLE = HyperparameterTable(
    rows=(
        Integer("rounds", Interval(1), required=True),
        Continuous("eta", Interval(0, 1), aliases=("learning_rate",)),
        Continuous("power", Interval(1, 2, low_open=True, high_open=True)),
        Categorical("booster", ("tree", "linear"), default="tree"),
        CommaSeparatedList("metrics", ("auc", "error")),
        NumberTuple("signs", (-1, 0, 1)),
        NestedList("groups", Interval(1)),
    ),
    rules=(_even_rule,),
)


def test_texts_become_values_of_their_type_and_defaults_are_filled_in():
    values = TABLE.validate(
        {
            "rounds": "4",
            "learning_rate": "0.5",
            "metrics": "auc,error",
            "signs": "(0, -1)",
            "groups": "[[1, 2], [3]]",
        }
    )
    assert values == {
        "rounds": 4,
        "eta": 0.5,
        "metrics": ["auc", "error"],
        "signs": (0, -1),
        "groups": [[1, 2], [3]],
        "booster": "tree",
    }


def test_a_text_in_json_quotes_is_read_without_them():
    assert TABLE.validate({"rounds": '"4"', "booster": '"linear"'}) == {
        "rounds": 4,
        "booster": "linear",
    }


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({}, "Missing required hyperparameter: rounds"),
        ({"depth": "3"}, "Extraneous hyperparameter found: depth"),
        (
            {"rounds": "4.5"},
            "Hyperparameter rounds: could not parse value (caused by ValueError)",
        ),
        ({"rounds": "0"}, "Hyperparameter rounds: 0 is not in [1, +inf)"),
        ({"eta": "-0.1"}, "Hyperparameter eta: -0.1 is not in [0, 1]"),
        ({"learning_rate": "2"}, "Hyperparameter eta: 2.0 is not in [0, 1]"),
        ({"eta": "nan"}, "Hyperparameter eta: nan is not in [0, 1]"),
        ({"power": "1"}, "Hyperparameter power: 1.0 is not in (1, 2)"),
        ({"power": "2"}, "Hyperparameter power: 2.0 is not in (1, 2)"),
        (
            {"booster": "forest"},
            "Hyperparameter booster: forest is not in ['tree', 'linear']",
        ),
        (
            {"metrics": "auc,f2"},
            "Hyperparameter metrics: value ['auc', 'f2'] not in range ['auc', 'error']",
        ),
        (
            {"signs": "(0, 5)"},
            "Hyperparameter signs: value (0, 5) not in range [-1, 0, 1]",
        ),
        (
            {"signs": "__import__('os')"},
            "Hyperparameter signs: could not parse value (caused by ValueError)",
        ),
        (
            {"signs": "1"},
            "Hyperparameter signs: could not parse value (caused by ValueError)",
        ),
        (
            {"groups": "[[0]]"},
            "Hyperparameter groups: value [[0]] not in range [1, +inf)",
        ),
        ({"rounds": "3"}, "rounds must be even"),
    ],
)
def test_each_fault_has_its_message(texts, message):
    given = texts if not texts else {"rounds": "2"} | texts
    with pytest.raises(ClientError) as caught:
        TABLE.validate(given)
    assert str(caught.value) == message


def test_an_open_interval_holds_any_number_but_nan():
    assert 1e300 in Interval()
    assert float("nan") not in Interval()
    assert str(Interval(high=3)) == "(-inf, 3]"


def test_rows_are_found_by_name_and_by_alias():
    assert TABLE["learning_rate"] is TABLE["eta"]
    assert [row.name for row in TABLE][:2] == ["rounds", "eta"]
