"""What training XGBoost refuses."""

import pytest
from boosting import BINARY, GOOD, MULTI, csv, rows

from cloudlet.algorithms.xgboost.train import train
from cloudlet.runner.container import AlgorithmError, ClientError


class TestFailures:
    @pytest.mark.parametrize(
        ("texts", "channels", "content_type", "message"),
        [
            ({}, {"validation": GOOD["train"]}, "text/csv", "Missing required channel"),
            ({}, GOOD | {"test": {}}, "text/csv", "Extraneous channel found: test"),
            (
                {},
                {"train": {}},
                "text/csv",
                "No data in training channel path /opt/ml/input/data/train",
            ),
            (
                {},
                GOOD | {"validation": {"a.csv": b""}},
                "text/csv",
                "No data in validation channel path /opt/ml/input/data/validation",
            ),
            (
                {},
                GOOD,
                "application/json",
                "application/json is not an accepted ContentType: csv, libsvm,",
            ),
            (
                {},
                GOOD,
                "application/x-recordio-protobuf",
                "it reads text/csv, text/libsvm and application/x-parquet",
            ),
            ({}, GOOD, "text/csv; label_size=2", "label_size must be equal to 1"),
            (
                {},
                GOOD,
                None,
                "First line '1,2,3...' of file 'a.csv' is not 'LIBSVM' format.",
            ),
            (
                {},
                {"train": {"a.csv": b"label,x\n1,2\n"}},
                "text/csv",
                "CSV format require no header line in it.",
            ),
            (
                {},
                {"train": {"a.csv": b"1,2,3\n0,4\n"}},
                "text/csv",
                "Failed to load csv data with exception:",
            ),
            (
                {},
                {"train": {"a.csv": b"1,2,3\n,4,5\n"}},
                "text/csv",
                "Label contains NaN, infinity or a value too large.",
            ),
            (
                {},
                {"train": {"a.csv": b"1,2,3\nnan,4,5\n"}},
                "text/csv",
                "Label contains NaN, infinity or a value too large.",
            ),
            (
                {"csv_weights": "1"},
                {"train": {"a.csv": b"1,2\n0,4\n"}},
                "text/csv",
                "no features",
            ),
            (
                {},
                {"train": {"a.csv": b"2,2,3\n0,4,5\n"}},
                "text/csv",
                "label must be in [0,1] for logistic regression",
            ),
            (
                {"objective": "multi:softmax", "num_class": "2"},
                {"train": {"a.csv": b"2,2,3\n0,4,5\n"}},
                "text/csv",
                "label must be in [0, num_class)",
            ),
            (
                {"objective": "multi:softmax", "num_class": "2"},
                {"train": {"a.csv": b"0.5,2,3\n0,4,5\n"}},
                "text/csv",
                "label must be in [0, num_class)",
            ),
            (
                {"objective": "count:poisson"},
                {"train": {"a.csv": b"-1,2,3\n0,4,5\n"}},
                "text/csv",
                "PoissonRegression: label must be nonnegative",
            ),
            (
                {"objective": "reg:tweedie"},
                {"train": {"a.csv": b"-1,2,3\n0,4,5\n"}},
                "text/csv",
                "TweedieRegression: label must be nonnegative",
            ),
            (
                {"objective": "reg:gamma"},
                {"train": {"a.csv": b"0,2,3\n1,4,5\n"}},
                "text/csv",
                "GammaRegression: label must be positive",
            ),
            (
                {},
                GOOD | {"validation": {"a.csv": b"1,2,3,4\n"}},
                "text/csv",
                "feature_names mismatch",
            ),
            (
                {},
                GOOD | {"validation": {"a.csv": b"1,2\n"}},
                "text/csv",
                "the validation channel has 1 features, the train channel has 2",
            ),
            ({"base_score": "2"}, GOOD, "text/csv", "base_score must be in (0,1)"),
            ({"updater": "grow_skmaker"}, GOOD, "text/csv", "Unknown tree updater"),
            (
                MULTI | {"eval_metric": "precision"},
                {"train": {"a.csv": csv(*rows("iris"))}},
                "text/csv",
                "Target is multiclass but average='binary'",
            ),
        ],
    )
    def test_what_the_customer_can_mend_is_a_client_error(
        self, make_container, texts, channels, content_type, message
    ):
        container = make_container(BINARY | texts, channels, content_type)
        with pytest.raises(ClientError) as caught:
            train(container)
        assert message in str(caught.value)
        assert "Stack trace" not in str(caught.value)
        assert not (container.model / "xgboost-model").exists()

    def test_what_the_library_cannot_do_is_an_algorithm_error(self, make_container):
        texts = {"num_round": "1", "objective": "survival:aft"}
        with pytest.raises(AlgorithmError) as caught:
            train(make_container(texts, GOOD))
        assert str(caught.value).startswith(
            "XGB train call failed with exception:\n Check failed: "
        )
        assert "Stack trace" not in str(caught.value)

    def test_several_instances_are_refused(self, make_container):
        with pytest.raises(ClientError, match="Set InstanceCount to 1"):
            train(make_container(BINARY, GOOD, hosts=2))
