"""What DeepAR's channels and hyperparameters may be, and what is said of the others."""

import json
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from forecasting import START, job, lines, made, parquet, records, zipped

from cloudlet.algorithms.deepar import channel
from cloudlet.algorithms.deepar.serve import load
from cloudlet.algorithms.deepar.train import train
from cloudlet.algorithms.serving import ModelLoadError
from cloudlet.runner.container import ClientError

needs_deep = pytest.mark.skipif(find_spec("gluonts") is None, reason="the extra deep")
VALUES, GROUP = made(12, 60)
PLAIN = records(VALUES)
CAT = [[int(group), number % 3] for number, group in enumerate(GROUP)]
FEATURES = np.ones((12, 2, 60)).tolist()
FULL = records(VALUES, cat=CAT, dynamic_feat=FEATURES)
GAPS = [record | {"target": [None, "NaN", *record["target"][2:]]} for record in FULL]


def same(first, second):
    assert first.start == second.start
    assert first.cat == second.cat
    np.testing.assert_array_equal(first.target, second.target)
    np.testing.assert_array_equal(first.features, second.features)


@pytest.mark.parametrize(
    ("pack", "name", "content_type"),
    [
        (lines, "a.jsonl", None),
        (lines, "a", "json"),
        (lines, "part-0", "application/jsonlines"),
        (zipped, "a.json.gz", None),
        (zipped, "a", "application/json"),
        (parquet, "deep/er/still/a.parquet", "auto"),
        (parquet, "a", "application/x-parquet"),
        (parquet, "a", "parquet"),
    ],
)
@pytest.mark.parametrize("listed", [PLAIN, FULL, GAPS])
def test_every_format_gives_the_same_series(
    make_container, listed, pack, name, content_type
):
    expected = channel.load(job(make_container, lines(listed)), "train")
    container = job(make_container, pack(listed), name=name, content_type=content_type)
    found = channel.load(container, "train")
    assert len(found) == len(expected) == 12
    for first, second in zip(found, expected, strict=True):
        same(first, second)


def test_sparks_leavings_and_hidden_files_are_passed_over(make_container):
    container = job(make_container, lines(PLAIN))
    for name in ("_SUCCESS", ".a.json.crc"):
        (container.channel("train") / name).write_bytes(b"no JSON")
    assert len(channel.load(container, "train")) == 12


def test_a_plain_number_is_a_category(make_container):
    listed = records(VALUES, cat=[int(group) for group in GROUP])
    found = channel.load(job(make_container, lines(listed)), "train")
    assert [series.cat for series in found] == [(group,) for group in GROUP]


def message(make_container, train_file, test_file=None, **changes):
    with pytest.raises(ClientError) as error:
        train(job(make_container, train_file, test_file, **changes))
    return str(error.value)


def changed(listed, **fields):
    """The records, the third of them changed."""
    return lines([*listed[:2], listed[2] | fields, *listed[3:]])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"time_freq": None}, "'time_freq' is a required property"),
        ({"time_freq": "Q"}, "'Q' is not of type 'frequency'"),
        ({"time_freq": "0H"}, "'0H' is not of type 'frequency'"),
        ({"epochs": "0"}, "0 is less than the minimum of 1 (hyperparameter epochs)"),
        ({"context_length": "1.5"}, "'1.5' is not of type 'integer'"),
        ({"likelihood": "poisson"}, "'poisson' is not one of ['gaussian', 'beta'"),
        ({"learning_rate": "0"}, "0.0 is less than or equal to the minimum of 0"),
        ({"dropout_rate": "1"}, "1.0 is greater than or equal to the maximum of 1"),
        ({"cardinality": "[0]"}, "'[0]' is not of type 'cardinality'"),
        ({"cardinality": "many"}, "'many' is not of type 'cardinality'"),
        ({"num_dynamic_feat": "0"}, "'0' is not of type 'dynamicfeatures'"),
        ({"test_quantiles": "[0.5, 1.5]"}, "is not a list of numbers between 0 and 1"),
        ({"test_quantiles": "0.5"}, "'0.5' is not of type 'quantiles'"),
        ({"num_trees": "5"}, "('num_trees' was unexpected)"),
        ({"num_dynamic_feat": "1"}, "is 1, and the data have 2 dynamic features"),
        ({"cardinality": "[2]"}, "cardinality is [2], and the data's is [2, 3]"),
        ({"cardinality": "[2, 2]"}, "cardinality is [2, 2], and the data's is [2, 3]"),
        ({"prediction_length": "60"}, "is longer than prediction_length, 60"),
        ({"likelihood": "negative-binomial"}, "binomial, and target has fractions"),
        ({"likelihood": "beta"}, "likelihood beta, and target has values outside"),
    ],
)
@needs_deep
def test_bad_hyperparameters_are_named(make_container, change, says):
    assert says in message(make_container, lines(FULL), **change)


@pytest.mark.parametrize(
    ("train_file", "says"),
    [
        (b"", "No data was found in channel 'train'"),
        (b"start,target", "Cannot read channel 'train', file 'a.json' as JSON Lines"),
        (lines(PLAIN) + b"\n{", "as JSON Lines, line 13: Expecting"),
        (b"\x1f\x8b\x00", "file 'a.json' as JSON Lines"),
        (b'["a"]', "line 1: a record has to be a JSON object"),
        (changed(PLAIN, start=None), "line 3: the field 'start' is missing"),
        (changed(PLAIN, start="Monday"), "start is 'Monday', not YYYY-MM-DD HH:MM:SS"),
        (changed(PLAIN, start="2024-01-01T00:00:00+01:00"), "cannot have a time zone"),
        (changed(PLAIN, start="0001-01-01"), "which is no time in 1678 to 2261"),
        (changed(PLAIN, target=5), "line 3: target has to be a list of numbers"),
        (changed(PLAIN, target=["a"]), "line 3: target has to be a list of numbers"),
        (changed(PLAIN, target=[[1.0]]), "line 3: target has to be a list of numbers"),
        (changed(PLAIN, target=[1, float("inf")]), "target has an infinite value"),
        (changed(FULL, cat=["a", 1]), "cat is ['a', 1], not a list of whole numbers"),
        (changed(FULL, cat=[-1, 1]), "not a list of whole numbers from 0"),
        (changed(FULL, cat=[0]), "have to have the field cat, with as many"),
        (changed(FULL, cat=None), "have to have the field cat"),
        (changed(FULL, dynamic_feat=None), "have to have the field dynamic_feat"),
        (changed(FULL, dynamic_feat=[[1], [2, 3]]), "lists of numbers, equally long"),
        (changed(FULL, dynamic_feat=[[1], [None]]), "a missing or infinite value"),
        (
            changed(FULL, dynamic_feat=np.ones((2, 59)).tolist()),
            "Time series 3 of channel 'train' does not fit: dynamic_feat is 2 × 59; it"
            " has to be 2 features of 60 values",
        ),
        (lines(PLAIN[:4]), "have 240 observations in all, and DeepAR needs at least"),
        (lines([{"start": START, "target": [None]}]), "no value that is not missing"),
    ],
)
@needs_deep
def test_bad_data_are_named(make_container, train_file, says):
    assert says in message(make_container, train_file)


@pytest.mark.parametrize(
    ("name", "content_type", "says"),
    [
        ("a.csv", None, "cannot be told by its extension"),
        ("a.json", "text/csv", "The content type text/csv of channel 'train'"),
        ("a.parquet", None, "Cannot read channel 'train', file 'a.parquet' as Parquet"),
    ],
)
@needs_deep
def test_unknown_formats_are_named(make_container, name, content_type, says):
    assert says in message(
        make_container, lines(PLAIN), name=name, content_type=content_type
    )


@needs_deep
def test_the_test_channel_is_checked_before_training(make_container, capsys):
    unseen = lines([FULL[0] | {"cat": [0, 3]}])
    says = message(make_container, lines(FULL), unseen)
    assert "Time series 1 of channel 'test' does not fit: cat is [0, 3]" in says
    assert "#progress_metric" not in capsys.readouterr().out


def test_missing_extra_channels_and_modes(make_container, monkeypatch):
    container = job(make_container, lines(PLAIN), lines(PLAIN))
    config = container.config / "inputdataconfig.json"
    config.write_text(json.dumps({"train": {"TrainingInputMode": "Pipe"}}))
    with pytest.raises(ClientError, match="Pipe mode"):
        train(container)
    config.write_text(json.dumps({"train": {}, "validation": {}}))
    with pytest.raises(ClientError, match="Extraneous channel found: validation"):
        train(container)
    monkeypatch.setitem(sys.modules, "gluonts", None)
    config.write_text(json.dumps({"train": {}}))
    with pytest.raises(
        ClientError, match="DeepAR needs PyTorch, Lightning and GluonTS"
    ):
        train(container)
    with pytest.raises(ModelLoadError, match="run `make deep`"):
        load(container.model)
