"""What the hyperparameters do: losses, penalties, scaling, weights, many models."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.linear_model import Lasso, QuantileRegressor, Ridge
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1]))

from built_in import CSV_LABELLED, csv, measured

from cloudlet.algorithms import artefact
from cloudlet.algorithms.linear_learner import METRICS, model
from cloudlet.algorithms.linear_learner.descent import descend
from cloudlet.algorithms.linear_learner.design import Design, Scaler
from cloudlet.algorithms.linear_learner.grid import Setting
from cloudlet.algorithms.linear_learner.hyperparameters import LOSSES, TABLE
from cloudlet.algorithms.linear_learner.losses import classification, regression
from cloudlet.algorithms.linear_learner.thresholds import best_cut
from cloudlet.algorithms.linear_learner.train import train
from cloudlet.runner.container import ClientError

BINARY = {"predictor_type": "binary_classifier"}
MANY = {"predictor_type": "multiclass_classifier", "num_classes": "10"}
REGRESSOR = {"predictor_type": "regressor"}
ONE = {"num_models": "1", "wd": "0", "l1": "0"}
#: All rows in each batch and many steps: what is found is the minimum itself.
EXACT = ONE | {"mini_batch_size": "442", "learning_rate": "0.05"}
EXACT |= {"epochs": "600", "early_stopping_patience": "999"}
CANCER = load_breast_cancer(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
DIGITS = load_digits(return_X_y=True)


@pytest.fixture
def run(make_container, capsys):
    """`run(hyperparameters, rows)` gives the model, the metrics and the log."""

    def running(given, rows, **channels):
        parts = {"train": rows, **channels}
        files = {name: {"a": csv(*part)} for name, part in parts.items()}
        container = make_container(given, files, CSV_LABELLED)
        capsys.readouterr()
        train(container)
        log = capsys.readouterr().out
        return model.read(container.model), measured(log, METRICS), log

    return running


def scaled_weights(found, features):
    """The weights as they were trained, for scaled features, one column."""
    return found.weights[:, 0] * features.astype(np.float32).std(0)


@pytest.mark.parametrize(
    ("kind", "name"), [(k, n) for k, ns in LOSSES.items() for n in ns]
)
def test_a_gradient_is_the_values_slope(kind, name):
    """By finite differences, of two models at once."""
    values = TABLE.validate({"predictor_type": kind, "num_classes": "3", "loss": name})
    random = np.random.default_rng(0)
    if kind == "regressor":
        loss, labels = regression(values, 1.0), random.normal(size=20)
    else:
        classes = 2 if kind == "binary_classifier" else 3
        weights = np.array([1, 2.5] if classes == 2 else [1, 2, 0.5])
        loss, labels = classification(values, weights), random.integers(0, classes, 20)
    z, step = random.normal(size=(20, 2 * loss.columns)), 1e-6
    slope = loss.gradient(z.copy(), labels) * loss.factor
    for column in range(z.shape[1]):
        nudge = np.zeros_like(z)
        nudge[:, column] = step
        change = loss.values(z + nudge, labels) - loss.values(z - nudge, labels)
        rise = change[:, column // loss.columns] / (2 * step)
        np.testing.assert_allclose(slope[:, column], rise, atol=1e-5)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_every_optimizer_finds_the_least_squares(run, optimizer):
    features, labels = DIABETES
    given = EXACT | {"optimizer": optimizer, "epochs": "300"}
    _, found, _ = run(REGRESSOR | given, DIABETES)
    best = Ridge(1e-6).fit(features, labels).predict(features)
    least = ((best - labels) ** 2).mean()
    assert found["train:objective_loss"][-1] == pytest.approx(least, rel=0.005)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_quantile_loss_finds_the_quantile(run, q):
    features, labels = DIABETES
    given = {"loss": "quantile_loss", "quantile": str(q)}
    found, told, _ = run(REGRESSOR | EXACT | given, DIABETES)
    below = (labels < found.outputs(features.astype(np.float32))[:, 0]).mean()
    assert below == pytest.approx(q, abs=0.03)
    exact = QuantileRegressor(quantile=q, alpha=0).fit(features, labels)
    r = labels - exact.predict(features)
    least = np.maximum(q * r, (q - 1) * r).mean()
    assert told["train:objective_loss"][-1] == pytest.approx(least, rel=0.01)


def test_absolute_and_huber_loss_ignore_outliers(run):
    random = np.random.default_rng(0)
    features = random.normal(size=(600, 2)).astype(np.float32)
    labels = 3 * features[:, 0] + 5 + 0.1 * random.normal(size=600)
    labels[:60] += 200
    for loss, off in (("absolute_loss", 0), ("huber_loss", 0), ("squared_loss", 20)):
        found, _, _ = run(REGRESSOR | EXACT | {"loss": loss}, (features, labels))
        middle = found.outputs(np.zeros((1, 2), np.float32))[0, 0]
        assert middle == pytest.approx(5 + off, abs=3 if off else 0.3), loss


@pytest.mark.parametrize(
    "loss", ["eps_insensitive_squared_loss", "eps_insensitive_absolute_loss"]
)
def test_small_errors_are_none(run, loss):
    """Insensitivity is in the label's units: wider than all errors, no loss is left."""
    given = {"loss": loss, "loss_insensitivity": "1000"}
    _, found, _ = run(REGRESSOR | ONE | given, DIABETES)
    assert found["train:objective_loss"][-1] == 0
    _, found, _ = run(REGRESSOR | ONE | given | {"loss_insensitivity": "10"}, DIABETES)
    assert found["train:objective_loss"][-1] > 1


def test_wd_is_ridges_penalty(run):
    features, labels = DIABETES
    wd = 0.5
    found, _, _ = run(REGRESSOR | EXACT | {"wd": str(wd)}, DIABETES)
    scaled = StandardScaler().fit_transform(features)
    # Mean squares plus wd / 2 * |w|^2 is 1 / rows of Ridge's sum with this alpha.
    exact = Ridge(wd / 2 * len(scaled)).fit(scaled, labels).coef_
    np.testing.assert_allclose(scaled_weights(found, features), exact, atol=0.4)


def test_l1_leaves_lassos_zeros(run):
    features, labels = DIABETES
    l1 = 0.3
    found, _, _ = run(REGRESSOR | EXACT | {"l1": str(l1)}, DIABETES)
    scaled = StandardScaler().fit_transform(features)
    # Labels are scaled, and Lasso halves the mean of squares.
    exact = Lasso(l1 / 2 * labels.std()).fit(scaled, labels).coef_
    weights = scaled_weights(found, features)
    assert (weights == 0).tolist() == (exact == 0).tolist()
    assert 0 < (weights == 0).sum() < 10
    np.testing.assert_allclose(weights, exact, atol=0.5)


def test_hinge_loss_scores_are_margins(run):
    features = CANCER[0].astype(np.float32)
    found, _, _ = run(BINARY | ONE | {"loss": "hinge_loss"}, CANCER)
    outputs = found.outputs(features)
    scores = found.scores(outputs)
    assert scores.min() < -1 and scores.max() > 1
    assert (found.labels(outputs) == CANCER[1]).mean() > 0.97


def test_hinge_loss_of_many_classes(run):
    features = DIGITS[0].astype(np.float32)
    found, _, _ = run(MANY | ONE | {"loss": "hinge_loss"}, DIGITS)
    outputs = found.outputs(features)
    assert (found.scores(outputs) == outputs).all()
    assert (found.labels(outputs) == DIGITS[1]).mean() > 0.95


def skewed(rows=4000, share=0.05):
    random = np.random.default_rng(2)
    labels = (random.random(rows) < share).astype(np.float32)
    features = random.normal(size=(rows, 3)).astype(np.float32)
    features[:, 0] += 1.5 * labels
    return features, labels


@pytest.mark.parametrize("weight", ["balanced", "19"])
def test_positive_rows_can_weigh_more(run, weight):
    """A weighted classifier's line, where the loss has it, finds more positives."""
    rows = skewed()
    plain = {"binary_classifier_model_selection_criteria": "loss_function"}
    heavy = {"positive_example_weight_mult": weight}
    recalls = []
    for more in ({}, heavy):
        found, _, _ = run(BINARY | ONE | plain | more, rows)
        assert found.threshold == 0
        called = found.labels(found.outputs(rows[0]))
        recalls.append(called[rows[1] > 0].mean())
    assert recalls[0] < 0.2 and recalls[1] > 0.7


def test_the_weight_of_positive_rows_can_be_chosen(run):
    _, _, log = run(
        BINARY | {"positive_example_weight_mult": "auto", "epochs": "2"},
        skewed(),
        validation=skewed(),
    )
    settings = json.loads(re.findall(r"hyperparameters: (\{.*\})", log)[0])
    assert settings["positive_weight"] >= 1


def test_rare_classes_can_weigh_as_much(run):
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [1800, 1800, 60])
    features = random.normal(size=(len(labels), 3)).astype(np.float32)
    features[np.arange(len(labels)), labels] += 1.2
    given = MANY | ONE | {"num_classes": "3"}
    recalls = []
    for flag in ("false", "True"):
        more = {"balance_multiclass_weights": flag}
        found, _, _ = run(given | more, (features, labels))
        called = found.labels(found.outputs(features))
        recalls.append((called[labels == 2] == 2).mean())
    assert recalls[0] < 0.3 and recalls[1] > 0.5


def test_scaling_can_be_turned_off(run):
    """Far from zero and uneven, the data need it within a few epochs."""
    random = np.random.default_rng(0)
    features = random.normal(size=(500, 3)) * [1, 100, 10_000] + [0, 5, 50_000]
    labels = features @ [1, 0.01, 0.0001] + 7
    given = REGRESSOR | ONE | {"learning_rate": "0.05"}
    losses = {}
    for flag in ("true", "false"):
        more = {"normalize_data": flag, "unbias_data": flag}
        _, found, _ = run(given | more, (features, labels))
        losses[flag] = found["train:objective_loss"][-1]
    assert losses["true"] < 0.2 < losses["false"]


def test_without_normalized_labels_the_model_lags(run):
    losses = {}
    for flag in ("auto", "false"):
        more = {"normalize_label": flag, "unbias_label": flag}
        _, found, _ = run(REGRESSOR | ONE | more, DIABETES)
        losses[flag] = found["train:objective_loss"][-1]
    assert losses["auto"] < 3500 < losses["false"]


def test_without_bias_zero_stays_zero(run):
    found, _, _ = run(REGRESSOR | ONE | {"use_bias": "False"}, DIABETES)
    assert found.outputs(np.zeros((1, 10), np.float32)).tolist() == [[0]]


def test_a_constant_feature_does_no_harm(run):
    features, labels = DIABETES
    wide = np.column_stack([features, np.full(len(features), 3.7)])
    found, told, _ = run(REGRESSOR | ONE, (wide, labels))
    assert np.isfinite(found.weights).all()
    assert told["train:objective_loss"][-1] < 3500


def test_large_means_leave_the_scores_exact(run):
    features, labels = DIABETES
    far = features * 100 + 10_000
    _, told, _ = run(REGRESSOR | EXACT, (far, labels), test=(far, labels))
    _, near, _ = run(REGRESSOR | EXACT, DIABETES)
    assert told["test:mse"][-1] == pytest.approx(
        near["train:objective_loss"][-1], rel=0.01
    )


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


def values_of(criterion, **more):
    return {
        "binary_classifier_model_selection_criteria": criterion,
        "target_recall": 0.8,
        "target_precision": 0.8,
        "f_beta": 2.0,
        **more,
    }


def brute_force(z, labels, criterion):
    """The criterion's best value over all thresholds, spelled out."""
    best = -1.0
    for threshold in [*z, np.inf]:
        called = z >= threshold
        hits = (called & (labels > 0)).sum()
        precision = hits / max(called.sum(), 1)
        recall = hits / labels.sum()
        beta = {"f1": 1, "f_beta": 4}.get(criterion, 0)
        f = (1 + beta) * hits / (beta * labels.sum() + called.sum() or 1)
        value = {
            "accuracy": (called == labels).mean(),
            "f1": f,
            "f_beta": f,
            "precision_at_target_recall": precision if recall >= 0.8 else -1,
            "recall_at_target_precision": recall if precision >= 0.8 else -1,
        }[criterion]
        best = max(best, value)
    return best


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "criterion",
    [
        "accuracy",
        "f1",
        "f_beta",
        "precision_at_target_recall",
        "recall_at_target_precision",
    ],
)
def test_thresholds_are_the_best_there_are(criterion, seed):
    random = np.random.default_rng(seed)
    labels = (random.random(60) < 0.4).astype(np.float32)
    # Rounded, so that outputs of both classes tie.
    z = np.round(random.normal(size=60) + 2.5 * labels, 1).astype(np.float32)
    cut = best_cut(z, labels, values_of(criterion))
    assert cut.value == pytest.approx(brute_force(z, labels, criterion))
    again = best_cut(z[z >= cut.threshold], labels[z >= cut.threshold], values_of("f1"))
    assert again.value > 0 and cut.met


def test_an_equally_good_threshold_close_to_one_half_is_taken():
    z, labels = np.array([-3.0, -1, 2, 3]), np.array([0, 0, 1, 1])
    assert best_cut(z, labels, values_of("accuracy")).threshold == 0
    assert best_cut(z + 4, labels, values_of("accuracy")).threshold == 4.5


def test_a_precision_out_of_reach_is_told(run):
    random = np.random.default_rng(0)
    rows = random.normal(size=(500, 2)), (random.random(500) < 0.3).astype(float)
    # The highest output is of a negative row however the line is drawn.
    rows[0][0], rows[1][0] = [50, 50], 0
    rows[0][1:3] = [60, -60]
    rows[1][1:3] = 0
    rows[0][3:5] = [-60, 60]
    rows[1][3:5] = 0
    given = {
        "binary_classifier_model_selection_criteria": "recall_at_target_precision",
        "target_precision": "0.99",
    }
    _, _, log = run(BINARY | ONE | given, rows)
    assert "no threshold reaches target_precision 0.99" in log


@pytest.mark.parametrize("criterion", ["cross_entropy_loss", "loss_function"])
def test_losses_leave_the_line_at_one_half(run, criterion):
    given = {"binary_classifier_model_selection_criteria": criterion}
    found, _, _ = run(BINARY | given | {"epochs": "2"}, CANCER)
    assert found.threshold == 0


def test_a_scaler_keeps_what_does_not_vary():
    sample = np.array([[1, 5.0], [3, 5.0]], np.float32)
    scaler = Scaler.of(sample, unbias=True, normalize=True)
    assert (scaler.mean.tolist(), scaler.scale.tolist()) == ([2, 5], [1, 1])


def test_only_the_channels_that_there_are_are_measured(run):
    _, found, _ = run(BINARY | {"epochs": "1"}, CANCER)
    assert found.keys() == {"train:objective_loss"}


def test_an_unknown_channel_is_refused(make_container):
    files = {name: {"a": csv(*CANCER)} for name in ("train", "holdout")}
    with pytest.raises(ClientError, match="Extraneous channel found: holdout"):
        train(make_container(BINARY, files, CSV_LABELLED))


def test_the_artefact_is_a_numpy_archive(make_container):
    container = make_container(BINARY, {"train": {"a": csv(*CANCER)}}, CSV_LABELLED)
    train(container)
    with np.load(container.model / artefact.NAME) as archive:
        shapes = {name: archive[name].shape for name in ("weights", "bias", "means")}
    assert shapes == {"weights": (30, 1), "bias": (1,), "means": (30,)}
