"""What training XGBoost leaves and tells."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xgboost
from boosting import (
    BINARY,
    MULTI,
    csv,
    libsvm,
    model,
    parquet,
    predictions,
    round_lines,
    rows,
)

from cloudlet.algorithms.xgboost import METRICS
from cloudlet.algorithms.xgboost.train import train


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
        features, labels = rows(name)
        container = make_container(texts, {"train": {"a.csv": csv(features, labels)}})
        train(container)
        params = {key: value for key, value in texts.items() if key != "num_round"}
        plain = xgboost.train(params, xgboost.DMatrix(features, label=labels), 5)
        np.testing.assert_array_equal(
            predictions(container, features),
            plain.predict(xgboost.DMatrix(features)),
        )
        assert [path.name for path in container.model.iterdir()] == ["xgboost-model"]

    @pytest.mark.parametrize(
        ("content_type", "write"),
        [
            ("text/csv; label_size=1", csv),
            ("text/libsvm", libsvm),
            ("text/x-libsvm", libsvm),
            (None, libsvm),
            ("application/x-parquet", parquet),
        ],
    )
    def test_each_format_trains_the_same_model(
        self, make_container, content_type, write
    ):
        features, labels = rows("cancer")
        models = []
        for form, writer in ((content_type, write), ("text/csv", csv)):
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
        assert model(container).num_features() == 2

    def test_several_files_are_one_data_set(self, make_container):
        features, labels = rows("cancer")
        parts = {
            "a.csv": csv(features[:300], labels[:300]),
            "more/b.csv": csv(features[300:], labels[300:]),
        }
        together = {"all.csv": csv(features, labels)}
        models = []
        for files in (parts, together):
            container = make_container(BINARY, {"train": files})
            train(container)
            models.append((container.model / "xgboost-model").read_bytes())
        assert models[0] == models[1]

    def test_same_data_and_seed_give_the_same_model(self, make_container):
        data = csv(*rows("cancer"))
        models = []
        for seed in ("1", "1", "2"):
            texts = BINARY | {"subsample": "0.5", "seed": seed}
            container = make_container(texts, {"train": {"a.csv": data}})
            train(container)
            models.append((container.model / "xgboost-model").read_bytes())
        assert models[0] == models[1] != models[2]

    def test_csv_weights_are_the_second_column(self, make_container):
        features, labels = rows("cancer")
        weights = np.where(labels == 1, 5.0, 1.0)
        container = make_container(
            BINARY | {"csv_weights": "1"},
            {"train": {"a.csv": csv(features, labels, weights)}},
        )
        train(container)
        matrix = xgboost.DMatrix(features, label=labels, weight=weights)
        plain = xgboost.train({"objective": "binary:logistic"}, matrix, 5)
        np.testing.assert_array_equal(
            predictions(container, features),
            plain.predict(xgboost.DMatrix(features)),
        )

    def test_early_stopping_keeps_the_best_rounds(self, make_container, capsys):
        texts = BINARY | {
            "num_round": "200",
            "early_stopping_rounds": "3",
            "eval_metric": "auc,logloss",
        }
        channels = {
            "train": {"a.csv": csv(*rows("cancer", 2))},
            "validation": {"a.csv": csv(*rows("cancer", 2, 1))},
        }
        container = make_container(texts, channels)
        train(container)
        losses = [
            float(line.rsplit("validation-logloss:")[1])
            for line in round_lines(capsys.readouterr().out)
        ]
        best = int(np.argmin(losses))
        assert len(losses) == best + 4 < 200
        assert model(container).num_boosted_rounds() == best + 1

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
            "train": {"a.csv": csv(*rows("cancer", 2))},
            "validation": {"a.csv": csv(*rows("cancer", 2, 1))},
        }
        stopping = {"num_round": "300", "early_stopping_rounds": "2"}
        train(make_container(BINARY | stopping | texts, channels))
        assert len(round_lines(capsys.readouterr().out)) < 300

    def test_a_missing_gpu_is_said_and_done_without(self, make_container, capsys):
        features, labels = rows("cancer")
        texts = BINARY | {"tree_method": "gpu_hist"}
        container = make_container(texts, {"train": {"a.csv": csv(features, labels)}})
        train(container)
        assert "'gpu_hist' runs as 'hist'" in capsys.readouterr().out
        assert model(container).num_boosted_rounds() == 5


class TestLog:
    def test_each_round_is_a_line_that_the_metrics_match(self, make_container, capsys):
        texts = BINARY | {"eval_metric": "auc,error@0.7,accuracy,f1"}
        channels = {
            "train": {"a.csv": csv(*rows("cancer", 2))},
            "validation": {"a.csv": csv(*rows("cancer", 2, 1))},
        }
        train(make_container(texts, channels))
        lines = round_lines(capsys.readouterr().out)
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
        train(make_container(BINARY, {"train": {"a.csv": csv(*rows("cancer"))}}))
        assert "INFO] Train matrix has 569 rows and 30 columns" in (
            capsys.readouterr().out
        )

    def test_without_validation_there_are_train_metrics_only(
        self, make_container, capsys
    ):
        texts = BINARY | {"early_stopping_rounds": "1"}
        train(make_container(texts, {"train": {"a.csv": csv(*rows("cancer"))}}))
        output = capsys.readouterr().out
        assert "validation-" not in output
        assert "early_stopping_rounds has no effect" in output
        assert len(round_lines(output)) == 5

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
                {"num_round": "1"} | texts, {"train": {"a.csv": csv(*rows(name))}}
            )
        )
        assert f"[0]#011train-{metric}:" in capsys.readouterr().out


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
    data = csv(*rows("cancer"))
    container = make_container(texts, {"train": {"a.csv": data}})
    output = Path(container.root) / "log"
    with output.open("w") as log:
        command = [sys.executable, "-c", PROGRAM, str(container.root)]
        with subprocess.Popen(command, stdout=log) as job:
            until = time.monotonic() + 60
            while not round_lines(output.read_text()) and time.monotonic() < until:
                time.sleep(0.05)
            job.send_signal(signal.SIGTERM)
            code = job.wait(timeout=60)
    if keep == "true":
        assert code == 0
        rounds = len(round_lines(output.read_text()))
        assert model(container).num_boosted_rounds() == rounds
    else:
        assert code == -signal.SIGTERM
        assert not (container.model / "xgboost-model").exists()
