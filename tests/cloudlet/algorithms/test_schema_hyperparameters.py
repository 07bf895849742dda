import pytest

from cloudlet.algorithms.hyperparameters import (
    Categorical,
    Continuous,
    Integer,
    Interval,
)
from cloudlet.algorithms.schema_hyperparameters import SchemaTable
from cloudlet.runner.container import ClientError

TABLE = SchemaTable(
    rows=(
        Integer("k", Interval(1, 10), required=True, aliases=("clusters",)),
        Continuous("rate", Interval(0, 1, low_open=True), default="0.5"),
        Categorical("dense", ("true", "false")),
    )
)


def test_texts_become_values_under_the_rows_names():
    assert TABLE.validate({"clusters": "3"}) == {"k": 3, "rate": 0.5}
    assert TABLE.validate({"k": '"4"', "dense": "True"})["dense"] == "true"


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({}, "'k' is a required property"),
        ({"k": "1", "x": "1"}, "('x' was unexpected)"),
        ({"k": "1", "x": "1", "y": "2"}, "('x', 'y' were unexpected)"),
        ({"k": "0"}, "0 is less than the minimum of 1 (hyperparameter k)"),
        ({"k": "11"}, "11 is greater than the maximum of 10 (hyperparameter k)"),
        ({"k": "1.5"}, "'1.5' is not of type 'integer' (hyperparameter k)"),
        ({"k": "1", "rate": "0"}, "0.0 is less than or equal to the minimum of 0"),
        ({"k": "1", "rate": "nan"}, "nan is"),
        ({"k": "1", "dense": "yes"}, "'yes' is not one of ['true', 'false']"),
    ],
)
def test_what_does_not_fit_is_refused_as_a_schema_does(texts, says):
    with pytest.raises(ClientError) as error:
        TABLE.validate(texts)
    assert str(error.value).startswith("Unable to initialize the algorithm.")
    assert says in str(error.value)
