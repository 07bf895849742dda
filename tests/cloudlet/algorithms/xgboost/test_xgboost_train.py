import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from cloudlet.algorithms.xgboost import METRICS
from cloudlet.algorithms.xgboost.train import train
from cloudlet.runner.container import AlgorithmError, ClientError

BINARY = {"num_round": "5", "objective": "binary:logistic", "seed": "7"}
MULTI = {"num_round": "5", "objective": "multi:softprob", "num_class": "3"}
DATA = {
    "cancer": load_breast_cancer(return_X_y=True),
    "diabetes": load_diabetes(return_X_y=True),
    "iris": load_iris(return_X_y=True),
}


def _rows(name: str, every: int = 1, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    features, labels = DATA[name]
    return features[first::every].astype(np.float32), labels[first::every]


def _csv(features, labels, weights=None) -> bytes:
    columns = [labels] if weights is None else [labels, weights]
    text = io.StringIO()
    np.savetxt(text, np.column_stack([*columns, features]), "%.9g", ",")
    return text.getvalue().encode()


def _libsvm(features, labels) -> bytes:
    lines = [
        " ".join([f"{label:g}", *(f"{i}:{v:.9g}" for i, v in enumerate(row))])
        for row, label in zip(features, labels, strict=True)
    ]
    return "\n".join(lines).encode()


def _parquet(features, labels) -> bytes:
    frame = pd.DataFrame(features)
    frame.insert(0, "label", labels)
    frame.columns = frame.columns.astype(str)
    return frame.to_parquet(index=False)


def _model(container) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(container.model / "xgboost-model")
    return booster


def _predictions(container, features) -> np.ndarray:
    return _model(container).predict(xgboost.DMatrix(features))


def _round_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if re.match(r"\[\d+\]#011", line)]


@pytest.mark.filterwarnings("ignore:.*Unknown file format")
class TestArtefact:
    @pytest.mark.parametrize("name", ["cancer", "diabetes", "iris"])
    def test_plain_xgboost_reads_it_and_would_have_trained_the_same(
        self, make_container, name
    ):
        texts = {
            "cancer": BINARY,
            "diabetes": {"num_round": "5", "max_depth": "3"},
            "iris": MULTI,
        }[name]
        features, labels = _rows(name)
        container = make_container(texts, {"train": {"a.csv": _csv(features, labels)}})
        train(container)
        params = {key: value for key, value in texts.items() if key != "num_round"}
        plain = xgboost.train(params, xgboost.DMatrix(features, label=labels), 5)
        np.testing.assert_array_equal(
            _predictions(container, features),
            plain.predict(xgboost.DMatrix(features)),
        )
        assert [path.name for path in container.model.iterdir()] == ["xgboost-model"]

    @pytest.mark.parametrize(
        ("content_type", "write"),
        [
            ("text/csv; label_size=1", _csv),
            ("text/libsvm", _libsvm),
            ("text/x-libsvm", _libsvm),
            (None, _libsvm),
            ("application/x-parquet", _parquet),
        ],
    )
    def test_each_format_trains_the_same_model(
        self, make_container, content_type, write
    ):
        features, labels = _rows("cancer")
        models = []
        for form, writer in ((content_type, write), ("text/csv", _csv)):
            container = make_container(
                BINARY, {"train": {"a": writer(features, labels)}}, form
            )
            train(container)
            models.append((container.model / "xgboost-model").read_bytes())
        assert models[0] == models[1]

    def test_libsvm_validation_may_lack_the_last_columns(self, make_container):
        channels = {
            "train": {"a": b"1 0:1 1:2\n0 0:2 1:1\n"},
            "validation": {"a": b"1 0:1\n0 0:2\n"},
        }
        container = make_container(BINARY, channels, "text/libsvm")
        train(container)
        assert _model(container).num_features() == 2

    def test_several_files_are_one_data_set(self, make_container):
        features, labels = _rows("cancer")
        parts = {
            "a.csv": _csv(features[:300], labels[:300]),
            "more/b.csv": _csv(features[300:], labels[300:]),
        }
        together = {"all.csv": _csv(features, labels)}
        models = []
        for files in (parts, together):
            container = make_container(BINARY, {"train": files})
            train(container)
            models.append((container.model / "xgboost-model").read_bytes())
        assert models[0] == models[1]

    def test_same_data_and_seed_give_the_same_model(self, make_container):
        data = _csv(*_rows("cancer"))
        models = []
        for seed in ("1", "1", "2"):
            texts = BINARY | {"subsample": "0.5", "seed": seed}
            container = make_container(texts, {"train": {"a.csv": data}})
            train(container)
            models.append((container.model / "xgboost-model").read_bytes())
        assert models[0] == models[1] != models[2]

    def test_csv_weights_are_the_second_column(self, make_container):
        features, labels = _rows("cancer")
        weights = np.where(labels == 1, 5.0, 1.0)
        container = make_container(
            BINARY | {"csv_weights": "1"},
            {"train": {"a.csv": _csv(features, labels, weights)}},
        )
        train(container)
        matrix = xgboost.DMatrix(features, label=labels, weight=weights)
        plain = xgboost.train({"objective": "binary:logistic"}, matrix, 5)
        np.testing.assert_array_equal(
            _predictions(container, features),
            plain.predict(xgboost.DMatrix(features)),
        )

    def test_early_stopping_keeps_the_best_rounds(self, make_container, capsys):
        texts = BINARY | {
            "num_round": "200",
            "early_stopping_rounds": "3",
            "eval_metric": "auc,logloss",
        }
        channels = {
            "train": {"a.csv": _csv(*_rows("cancer", 2))},
            "validation": {"a.csv": _csv(*_rows("cancer", 2, 1))},
        }
        container = make_container(texts, channels)
        train(container)
        losses = [
            float(line.rsplit("validation-logloss:")[1])
            for line in _round_lines(capsys.readouterr().out)
        ]
        best = int(np.argmin(losses))
        assert len(losses) == best + 4 < 200
        assert _model(container).num_boosted_rounds() == best + 1

    @pytest.mark.parametrize(
        "texts",
        [
            {"eval_metric": "accuracy"},
            {"_tuning_objective_metric": "validation:f1"},
            {},
            {"booster": "gblinear"},
        ],
    )
    def test_early_stopping_goes_by_any_metric(self, make_container, texts, capsys):
        channels = {
            "train": {"a.csv": _csv(*_rows("cancer", 2))},
            "validation": {"a.csv": _csv(*_rows("cancer", 2, 1))},
        }
        stopping = {"num_round": "300", "early_stopping_rounds": "2"}
        train(make_container(BINARY | stopping | texts, channels))
        assert len(_round_lines(capsys.readouterr().out)) < 300

    def test_a_missing_gpu_is_said_and_done_without(self, make_container, capsys):
        features, labels = _rows("cancer")
        texts = BINARY | {"tree_method": "gpu_hist"}
        container = make_container(texts, {"train": {"a.csv": _csv(features, labels)}})
        train(container)
        assert "'gpu_hist' runs as 'hist'" in capsys.readouterr().out
        assert _model(container).num_boosted_rounds() == 5


class TestLog:
    def test_each_round_is_a_line_that_the_metrics_match(self, make_container, capsys):
        texts = BINARY | {"eval_metric": "auc,error@0.7,accuracy,f1"}
        channels = {
            "train": {"a.csv": _csv(*_rows("cancer", 2))},
            "validation": {"a.csv": _csv(*_rows("cancer", 2, 1))},
        }
        train(make_container(texts, channels))
        lines = _round_lines(capsys.readouterr().out)
        assert [line.split("#011")[0] for line in lines] == [
            f"[{number}]" for number in range(5)
        ]
        assert re.fullmatch(
            r"\[0\]#011train-auc:0\.\d{5}#011train-error@0\.7:0\.\d{5}"
            r"#011train-accuracy:0\.\d{5}#011train-f1:0\.\d{5}"
            r"#011validation-auc:0\.\d{5}#011validation-error@0\.7:0\.\d{5}"
            r"#011validation-accuracy:0\.\d{5}#011validation-f1:0\.\d{5}",
            lines[0],
        )
        found = {metric.name for metric in METRICS if re.search(metric.regex, lines[0])}
        assert found == {
            f"{channel}:{metric}"
            for channel in ("train", "validation")
            for metric in ("auc", "accuracy", "f1")
        }

    def test_sizes_are_told(self, make_container, capsys):
        train(make_container(BINARY, {"train": {"a.csv": _csv(*_rows("cancer"))}}))
        assert "INFO] Train matrix has 569 rows and 30 columns" in (
            capsys.readouterr().out
        )

    def test_without_validation_there_are_train_metrics_only(
        self, make_container, capsys
    ):
        texts = BINARY | {"early_stopping_rounds": "1"}
        train(make_container(texts, {"train": {"a.csv": _csv(*_rows("cancer"))}}))
        output = capsys.readouterr().out
        assert "validation-" not in output
        assert "early_stopping_rounds has no effect" in output
        assert len(_round_lines(output)) == 5

    @pytest.mark.parametrize(
        ("texts", "metric"),
        [({}, "rmse"), (BINARY, "logloss"), (MULTI, "mlogloss")],
    )
    def test_the_objective_has_a_metric_of_its_own(
        self, make_container, capsys, texts, metric
    ):
        name = "iris" if texts is MULTI else "cancer"
        train(
            make_container(
                {"num_round": "1"} | texts, {"train": {"a.csv": _csv(*_rows(name))}}
            )
        )
        assert f"[0]#011train-{metric}:" in capsys.readouterr().out


GOOD = {"train": {"a.csv": b"1,2,3\n0,4,5\n1,2,4\n0,5,6\n"}}


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
                {"train": {"a.csv": _csv(*_rows("iris"))}},
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


PROGRAM = """
import sys
from pathlib import Path
from cloudlet.runner.container import Container
from cloudlet.algorithms.xgboost.train import train
train(Container(Path(sys.argv[1])))
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGTERM is POSIX")
@pytest.mark.filterwarnings("ignore:.*Unknown file format")
@pytest.mark.parametrize("keep", ["true", "false"])
def test_a_terminated_job_leaves_a_model_if_it_was_asked_to(make_container, keep):
    texts = BINARY | {"num_round": "1000000", "save_model_on_termination": keep}
    data = _csv(*_rows("cancer"))
    container = make_container(texts, {"train": {"a.csv": data}})
    output = Path(container.root) / "log"
    with output.open("w") as log:
        command = [sys.executable, "-c", PROGRAM, str(container.root)]
        with subprocess.Popen(command, stdout=log) as job:
            until = time.monotonic() + 60
            while not _round_lines(output.read_text()) and time.monotonic() < until:
                time.sleep(0.05)
            job.send_signal(signal.SIGTERM)
            code = job.wait(timeout=60)
    if keep == "true":
        assert code == 0
        rounds = len(_round_lines(output.read_text()))
        assert _model(container).num_boosted_rounds() == rounds
    else:
        assert code == -signal.SIGTERM
        assert not (container.model / "xgboost-model").exists()
