import re

import numpy as np
import pytest
from built_in import (
    CSV,
    CSV_LABELLED,
    RECORDS,
    answers,
    bad_requests,
    bad_rows,
    csv,
    records,
    requests,
)
from scipy.linalg import subspace_angles
from scipy.sparse import csr_matrix
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA, TruncatedSVD

from cloudlet.algorithms.pca import METRICS
from cloudlet.algorithms.pca.decomposition import Rows, mean_of, regular
from cloudlet.algorithms.pca.hyperparameters import TABLE
from cloudlet.algorithms.pca.serve import load
from cloudlet.algorithms.pca.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import ClientError

DIGITS = load_digits().data.astype(np.float32)
IRIS = load_iris().data.astype(np.float32)
#: More features than rows.
WIDE = DIGITS[:200].reshape(100, 128)
MODES = ("regular", "randomized")


def job(make, rows=IRIS, k=2, content=None, content_type=CSV, test=None, **more):
    given = {
        "num_components": str(k),
        "feature_dim": str(rows.shape[1]),
        "mini_batch_size": "50",
        **more,
    }
    channels = {"train": {"a": csv(rows) if content is None else content}}
    if test is not None:
        channels["test"] = {"a": csv(test)}
    return make(given, channels, content_type)


def model(container):
    with np.load(container.model / "model_algo-1") as archive:
        return {name: archive[name] for name in archive.files if name != "about"}


@pytest.mark.parametrize("form", ["dense", "sparse"])
@pytest.mark.parametrize(("rows", "k"), [(DIGITS, 10), (DIGITS, 1), (WIDE, 5)])
@pytest.mark.parametrize(("mode", "angle"), [("regular", 1e-5), ("randomized", 2e-3)])
def test_the_subspace_is_scikit_learns(make_container, rows, k, mode, angle, form):
    content = records(csr_matrix(rows) if form == "sparse" else rows)
    given = {"content": content, "content_type": RECORDS, "algorithm_mode": mode}
    container = job(make_container, rows, k, **given)
    train(container)
    exact, found = PCA(k, svd_solver="full").fit(rows.astype(float)), model(container)
    assert subspace_angles(found["v"], exact.components_.T).max() < angle
    np.testing.assert_allclose(found["s"][::-1], exact.singular_values_, rtol=1e-5)
    np.testing.assert_allclose(found["mean"], exact.mean_[None], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_the_strongest_component_comes_last(make_container, mode):
    container = job(make_container, IRIS, 4, algorithm_mode=mode)
    train(container)
    found, exact = model(container), PCA(4).fit(IRIS)
    assert found["s"].shape == (4,)
    assert found["v"].shape == (4, 4)
    assert (np.diff(found["s"]) > 0).all()
    np.testing.assert_allclose(found["v"][:, ::-1], exact.components_.T, atol=1e-3)
    body, _ = load(container.model).predict(csv(IRIS), "text/csv", "")
    told = [r["projection"] for r in answers(body, "application/json", "projections")]
    np.testing.assert_allclose(
        np.array(told)[:, ::-1], exact.transform(IRIS), atol=5e-3
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("written", ["false", "False"])
def test_without_subtract_mean_the_rows_stay_where_they_are(
    make_container, mode, written
):
    container = job(make_container, algorithm_mode=mode, subtract_mean=written)
    train(container)
    exact, found = TruncatedSVD(2, algorithm="arpack").fit(IRIS), model(container)
    assert found.keys() == {"s", "v"}
    assert subspace_angles(found["v"], exact.components_.T).max() < 1e-5
    np.testing.assert_allclose(found["s"][::-1], exact.singular_values_, rtol=1e-5)
    body, _ = load(container.model).predict(csv(IRIS[:1] * 0), "text/csv", "")
    assert answers(body, "application/json", "projections") == [
        {"projection": [0.0, 0.0]}
    ]


def test_extra_components_make_the_random_sketch_better(make_container):
    exact = PCA(10, svd_solver="full").fit(DIGITS.astype(float))
    angles = []
    for extra in ("0", "10", "54"):
        given = {"algorithm_mode": "randomized", "extra_components": extra}
        container = job(make_container, DIGITS, 10, **given)
        train(container)
        angles.append(subspace_angles(model(container)["v"], exact.components_.T).max())
    assert angles[0] > 100 * angles[1]
    assert angles[2] < 1e-5


def test_far_from_zero_nothing_is_lost():
    rows = (IRIS - IRIS.mean(axis=0)) * 0.25 + 1024
    exact = PCA(2, svd_solver="full").fit(rows.astype(float))
    for form in (rows, csr_matrix(rows)):
        found = regular(Rows(form, mean_of(form), 10), 2)
        assert subspace_angles(found.vectors, exact.components_.T).max() < 1e-4


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("batch", ["1", "1797"])
def test_mini_batches_change_nothing(make_container, mode, batch):
    bytes_of = []
    for size in ("500", batch):
        given = {"algorithm_mode": mode, "mini_batch_size": size}
        container = job(make_container, DIGITS, 5, **given)
        train(container)
        bytes_of.append((container.model / "model_algo-1").read_bytes())
    assert bytes_of[0] == bytes_of[1]


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_the_log_tells_what_is_kept(make_container, capsys, form):
    channels = {"train": {"a": records(form(IRIS))}}
    channels["test"] = {"a": records(form(IRIS[100:]))}
    given = {"num_components": "2", "feature_dim": "4", "mini_batch_size": "50"}
    train(make_container(given, channels, RECORDS))
    found = dict(
        re.findall(r"(\w+): the components keep (\S+)", capsys.readouterr().out)
    )
    exact = PCA(2).fit(IRIS)
    kept = np.square(exact.transform(IRIS[100:])).sum()
    assert float(found["train"]) == pytest.approx(
        exact.explained_variance_ratio_.sum(), abs=1e-5
    )
    assert float(found["test"]) == pytest.approx(
        kept / np.square(IRIS[100:] - exact.mean_).sum(), abs=1e-5
    )
    assert METRICS == ()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (csv(IRIS), CSV),
        (csv(IRIS, np.arange(len(IRIS))), CSV_LABELLED),
        (records(IRIS), RECORDS),
        (records(IRIS), None),
        (records(csr_matrix(IRIS)), RECORDS),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_every_format_gives_the_same_model(make_container, content, content_type, mode):
    models = []
    for each, kind in ((csv(IRIS), CSV), (content, content_type)):
        given = {"content": each, "content_type": kind, "algorithm_mode": mode}
        container = job(make_container, **given)
        train(container)
        models.append(model(container))
    for name in ("s", "v", "mean"):
        np.testing.assert_allclose(models[0][name], models[1][name], atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_data_give_the_same_bytes(make_container, mode):
    made = [job(make_container, DIGITS, 5, algorithm_mode=mode) for _ in range(2)]
    for container in made:
        train(container)
    first, second = ((c.model / "model_algo-1").read_bytes() for c in made)
    assert first == second


@pytest.mark.parametrize(
    "accept", ["application/json", "application/jsonlines", RECORDS]
)
def test_every_request_gets_its_projections(make_container, accept):
    container = job(make_container)
    train(container)
    found = model(container)
    expected = (IRIS[:5] - found["mean"]) @ found["v"]
    sent = requests(IRIS[:5]).items()
    for content_type, body in [*sent, (RECORDS, records(csr_matrix(IRIS[:5])))]:
        answer = load(container.model).predict(body, content_type, accept)
        told = [record["projection"] for record in answers(*answer, key="projections")]
        np.testing.assert_allclose(told, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"k": "5"}, "num_components is 5, and feature_dim is 4"),
        ({"k": "0"}, "0 is less than the minimum of 1"),
        ({"feature_dim": "7"}, "'train' has 4 features, and the hyperparameter"),
        ({"mini_batch_size": "151"}, "mini_batch_size is 151, and the channel 'train'"),
        ({"algorithm_mode": "exact"}, "'exact' is not one of"),
        ({"extra_components": "-2"}, "-2 is less than the minimum of -1"),
        ({"subtract_mean": "maybe"}, "'maybe' is not one of ['true', 'false']"),
        ({"epochs": "1"}, "('epochs' was unexpected)"),
    ],
)
def test_bad_hyperparameters_are_named(make_container, change, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, **change))
    assert says in str(error.value)


@pytest.mark.parametrize("name", ["num_components", "feature_dim", "mini_batch_size"])
def test_a_missing_hyperparameter_is_required(make_container, name):
    given = {"num_components": "2", "feature_dim": "4", "mini_batch_size": "50"}
    del given[name]
    with pytest.raises(ClientError, match=f"'{name}' is a required property"):
        train(make_container(given, {"train": {"a": csv(IRIS)}}, CSV))


def test_more_components_than_rows_are_refused(make_container):
    with pytest.raises(ClientError, match="num_components is 4, and the channel"):
        train(job(make_container, IRIS[:3], 4, mini_batch_size="1"))


@pytest.mark.parametrize(("content", "content_type", "says"), bad_rows(IRIS))
def test_bad_data_are_named(make_container, content, content_type, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, content=content, content_type=content_type))
    assert says in str(error.value)


def test_a_test_channel_of_another_width_is_named(make_container):
    with pytest.raises(ClientError, match="'test' has 3 features"):
        train(job(make_container, test=IRIS[:, :3]))


def test_an_unknown_channel_is_refused(make_container):
    rows = {"a": csv(IRIS)}
    given = {"num_components": "2", "feature_dim": "4", "mini_batch_size": "50"}
    with pytest.raises(ClientError, match="Extraneous channel found: validation"):
        train(make_container(given, {"train": rows, "validation": rows}, CSV))


def test_rows_that_are_all_the_same_have_no_component_of_strength(make_container):
    container = job(make_container, np.ones((60, 4), np.float32))
    train(container)
    np.testing.assert_allclose(model(container)["s"], 0, atol=1e-6)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"), bad_requests(IRIS.shape[1])
)
def test_bad_requests_are_refused(make_container, body, content_type, status, says):
    container = job(make_container)
    train(container)
    with pytest.raises(PayloadError) as error:
        load(container.model).predict(body, content_type, "")
    assert error.value.status == status
    assert says in str(error.value)


def test_an_artefact_of_something_else_is_refused(tmp_path):
    with pytest.raises(ModelLoadError, match="model_algo-1 is missing"):
        load(tmp_path)
    np.savez(tmp_path / "model.npz", about=np.frombuffer(b"{}", np.uint8), centers=1)
    (tmp_path / "model.npz").rename(tmp_path / "model_algo-1")
    with pytest.raises(ModelLoadError, match="has no s, v; it is of another algorithm"):
        load(tmp_path)


def test_the_documented_defaults():
    required = {"num_components": "1", "feature_dim": "1", "mini_batch_size": "1"}
    values = TABLE.validate(required)
    assert values["algorithm_mode"] == "regular"
    assert values["subtract_mean"] == "true"
    assert values["extra_components"] == -1
    assert {row.name for row in TABLE if row.required} == required.keys()
