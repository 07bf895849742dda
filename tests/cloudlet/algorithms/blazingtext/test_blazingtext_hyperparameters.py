import subprocess
import sys

import pytest

from cloudlet.algorithms.blazingtext.hyperparameters import TABLE, validate
from cloudlet.algorithms.blazingtext.train import train
from cloudlet.runner.container import ClientError


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mode": "glove"}, "'glove' is not one of"),
        ({"epochs": "0"}, "0 is less than the minimum of 1"),
        ({"learning_rate": "0"}, "0.0 is less than or equal to the minimum of 0"),
        ({"min_count": "-1"}, "-1 is less than the minimum of 0"),
        ({"vector_dim": "many"}, "'many' is not of type 'integer'"),
        ({"word_ngrams": "2"}, "mode 'skipgram' has no 'word_ngrams'"),
        ({"subwords": "yes"}, "'yes' is not of type 'boolean'"),
        ({"min_char": "7"}, "min_char is 7 and max_char is 6"),
        (
            {"mode": "batch_skipgram", "subwords": "True"},
            "subwords need mode 'skipgram' or 'cbow'",
        ),
        (
            {"mode": "supervised", "window_size": "3", "subwords": "False"},
            "mode 'supervised' has no 'subwords', 'window_size'",
        ),
        ({"sampling_threshold": "2"}, "2.0 is greater than the maximum of 1"),
        ({"buckets": "3000000000"}, "is greater than the maximum of 2147483647"),
        ({"depth": "1"}, "('depth' was unexpected)"),
    ],
)
def test_bad_hyperparameters_are_named(change, says):
    with pytest.raises(ClientError) as error:
        validate({"mode": "skipgram", **change})
    assert says in str(error.value)


def test_the_mode_is_required():
    with pytest.raises(ClientError, match="'mode' is a required property"):
        validate({"epochs": "1"})


def test_defaults_are_those_of_aws():
    values = validate({"mode": "supervised"})
    assert (values["buckets"], values["vector_dim"]) == (2_000_000, 100)
    assert (values["epochs"], values["learning_rate"]) == (5, 0.05)
    assert (values["min_count"], values["word_ngrams"]) == (5, 2)
    assert (values["min_epochs"], values["patience"]) == (5, 4)
    assert values["early_stopping"] is False
    assert values["evaluation"] is True
    assert (values["min_char"], values["max_char"]) == (3, 6)


@pytest.mark.parametrize("text", ["True", "true", '"True"'])
def test_booleans_come_as_clients_write_them(text):
    assert validate({"mode": "cbow", "subwords": text})["subwords"] is True


def test_every_tunable_range_is_in_the_range():
    tunable = [row for row in TABLE if row.tunable]
    assert len(tunable) == 10
    for row in tunable:
        assert row.tunable.low in row.range
        assert row.tunable.high in row.range


@pytest.mark.parametrize("mode", ["skipgram", "supervised"])
def test_channels_are_checked(make_container, mode):
    lines = {"a": b"__label__1 word\n"}
    with pytest.raises(ClientError, match="Missing required channel: train"):
        train(make_container({"mode": mode}, {"validation": lines}))
    extra = "test" if mode == "supervised" else "validation"
    with pytest.raises(ClientError, match=f"Extraneous channel found: {extra}"):
        train(make_container({"mode": mode}, {"train": lines, extra: lines}))


def test_importing_the_package_is_cheap():
    code = (
        "import sys, cloudlet.algorithms.blazingtext;"
        "print({'numpy', 'scipy', 'gensim'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.stdout.strip() == "set()"
