"""Models side by side, and when their training stops."""

import json
import re

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from trainings import (
    BINARY,
    CANCER,
    DIABETES,
    ONE,
    REGRESSOR,
    scaled_weights,
)

from cloudlet.algorithms.linear_learner.descent import descend
from cloudlet.algorithms.linear_learner.design import Design, Scaler
from cloudlet.algorithms.linear_learner.grid import Setting
from cloudlet.algorithms.linear_learner.hyperparameters import TABLE
from cloudlet.algorithms.linear_learner.losses import classification
from cloudlet.runner.container import ClientError


def test_models_differ_and_the_best_on_validation_is_kept(run):
    """A learning rate too small leads nowhere; a close one that is larger is better."""
    rows, rest = (CANCER[0][:300], CANCER[1][:300]), (CANCER[0][300:], CANCER[1][300:])
    given = BINARY | {"learning_rate": "0.001", "mini_batch_size": "50"}
    given["binary_classifier_model_selection_criteria"] = "loss_function"
    losses = []
    for count in ("1", "8"):
        _, found, log = run(given | {"num_models": count}, rows, validation=rest)
        losses.append(found["validation:objective_loss"][-1])
        assert f"training {count} models in parallel" in log
    assert losses[1] < 0.95 * losses[0]
    settings = json.loads(re.findall(r"hyperparameters: (\{.*\})", log)[0])
    assert settings["learning_rate"] == 0.002


@pytest.mark.parametrize(("validated", "models"), [(False, 1), (True, 32)])
def test_how_many_models_there_are_by_themselves(run, validated, models):
    channels = {"validation": CANCER} if validated else {}
    _, _, log = run(BINARY | {"epochs": "1"}, CANCER, **channels)
    assert f"training {models} models in parallel" in log


def test_without_validation_penalties_stay_as_asked(run):
    """The least penalised model would always look best on the training rows."""
    given = BINARY | {"wd": "0.5", "l1": "0.01", "num_models": "32", "epochs": "3"}
    _, _, log = run(given, CANCER)
    settings = json.loads(re.findall(r"hyperparameters: (\{.*\})", log)[0])
    assert (settings["wd"], settings["l1"]) == (0.5, 0.01)
    given |= {"binary_classifier_model_selection_criteria": "loss_function"}
    _, _, log = run(given, CANCER, validation=CANCER)
    settings = json.loads(re.findall(r"hyperparameters: (\{.*\})", log)[0])
    assert settings["wd"] < 0.5


def test_one_of_the_models_has_what_was_asked_for(run):
    asked = {"learning_rate": "0.07", "wd": "0.002", "l1": "0.0003"}
    _, _, log = run(BINARY | asked | {"num_models": "1", "epochs": "1"}, CANCER)
    settings = json.loads(re.findall(r"hyperparameters: (\{.*\})", log)[0])
    told = {name: settings[name] for name in asked}
    assert told == {name: float(value) for name, value in asked.items()}


def test_a_tuning_job_turns_parallel_models_off(run):
    more = {"num_models": "5", "_tuning_objective_metric": "test:recall", "epochs": "1"}
    assert "training 1 models" in run(BINARY | more, CANCER)[2]


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_a_model_does_not_depend_on_its_neighbours(optimizer):
    """The first of many is what it would be alone."""
    given = BINARY | {"optimizer": optimizer, "mini_batch_size": "50", "epochs": "3"}
    features, labels = StandardScaler().fit_transform(CANCER[0]), CANCER[1]
    settings = [Setting(0.01, 0.01, 0.001), Setting(1.0, 0.0, 0.1), Setting(0, 0, 0)]
    ends = []
    for chosen in (settings[:1], settings):
        seen = []
        values = TABLE.validate(given)
        descend(
            Design(
                features.astype(np.float32), Scaler(np.zeros(30, "f"), np.ones(30, "f"))
            ),
            labels.astype(np.float32),
            classification(values, None),
            chosen,
            values,
            lambda _, given, __, seen=seen: bool(seen.append(given.copy())),
        )
        ends.append(seen[-1][:, 0])
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-3, atol=1e-5)


def epochs_of(log):
    return len(re.findall(r"epoch=\d+, train objective_loss", log))


def test_a_model_that_diverges_leaves_the_others_be(run):
    """The rate asked for is too high, and a quarter of it is not."""
    features, labels = DIABETES
    given = REGRESSOR | {"optimizer": "sgd", "momentum": "0", "learning_rate": "0.6"}
    given |= {"mini_batch_size": "442", "epochs": "400", "use_lr_scheduler": "false"}
    given["early_stopping_patience"] = "999"
    with pytest.raises(ClientError, match="the training diverges"):
        run(given | {"num_models": "1"}, DIABETES)
    _, found, log = run(given | {"num_models": "5"}, DIABETES)
    settings = json.loads(re.findall(r"hyperparameters: (\{.*\})", log)[0])
    assert settings["learning_rate"] < 0.5
    best = Ridge(1e-6).fit(features, labels).predict(features)
    least = ((best - labels) ** 2).mean()
    assert found["train:objective_loss"][-1] == pytest.approx(least, rel=0.02)


def test_early_stopping(run):
    hard = BINARY | ONE | {"epochs": "40"}
    _, _, log = run(hard | {"early_stopping_tolerance": "0.5"}, CANCER)
    assert epochs_of(log) < 20 and "early stopping at epoch" in log
    _, _, log = run(hard | {"early_stopping_patience": "41"}, CANCER)
    assert epochs_of(log) == 40


def test_early_stopping_by_the_criterion(run):
    """Perfect on validation at once, so there is nothing to wait for."""
    random = np.random.default_rng(0)
    features = random.normal(size=(400, 2))
    rows = features, (features[:, 0] > 0).astype(float)
    rows[0][:, 0] += np.sign(rows[0][:, 0])
    given = BINARY | ONE | {"epochs": "30"}
    criterion = {"binary_classifier_model_selection_criteria": "accuracy"}
    _, _, by_loss = run(given, rows, validation=rows)
    _, found, by_accuracy = run(given | criterion, rows, validation=rows)
    assert epochs_of(by_accuracy) < epochs_of(by_loss)
    assert found["validation:binary_classification_accuracy"] == [1.0]


def test_the_schedule_lowers_the_learning_rate(run):
    """With a rate that soon is nothing, the model stays where it began."""
    given = REGRESSOR | ONE | {"lr_scheduler_step": "1", "lr_scheduler_factor": "1e-6"}
    given["lr_scheduler_minimum_lr"] = "1e-9"
    _, stopped, _ = run(given, DIABETES)
    _, moving, _ = run(given | {"use_lr_scheduler": "false"}, DIABETES)
    assert (
        moving["train:objective_loss"][-1] < 0.7 * stopped["train:objective_loss"][-1]
    )


@pytest.mark.parametrize("method", ["uniform", "normal"])
def test_weights_begin_as_init_says(run, method):
    scale = {"uniform": "init_scale", "normal": "init_sigma"}[method]
    given = {"init_method": method, scale: "1.5", "init_bias": "4"}
    frozen = {"learning_rate": "1e-12", "epochs": "1"}
    found, _, _ = run(BINARY | ONE | given | frozen, CANCER)
    weights = scaled_weights(found, CANCER[0])
    expected = 1.5 / 3**0.5 if method == "uniform" else 1.5
    assert weights.std() == pytest.approx(expected, rel=0.4)
    assert found.bias[0] == pytest.approx(4)
