"""Requests to a model, their answers, and those that are refused."""

import json

import numpy as np
import pytest
import torch
from pictures import IMAGES, colours, png

from cloudlet.algorithms import artefact, deep
from cloudlet.algorithms.image_classification import weights
from cloudlet.algorithms.image_classification.network import ResNet
from cloudlet.algorithms.image_classification.serve import load
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import Container

ABOUT = {"num_layers": 20, "image_shape": (3, 8, 8), "num_classes": 5, "multi_label": 0}
IMAGE = colours(1)[0][0]


@pytest.fixture
def model(tmp_path):
    """`model(num_classes=…)`: the folder of a model that has learnt nothing."""

    torch.manual_seed(0)

    def make(**more):
        about = ABOUT | more
        network = ResNet(
            about["num_layers"], about["num_classes"], about["image_shape"]
        )
        container = Container(tmp_path)
        artefact.write(container, about, **weights.arrays(network))
        return container.model

    return make


@pytest.mark.parametrize(
    "content_type", [IMAGES, "image/png", "", "application/octet-stream"]
)
def test_the_answer_is_a_list_of_probabilities(model, content_type):
    body, answer_type = load(model()).predict(IMAGE, content_type, "")
    assert answer_type == "application/json"
    told = json.loads(body)
    assert len(told) == 5
    assert sum(told) == pytest.approx(1)
    assert min(told) > 0


def test_json_lines_have_the_list_under_prediction(model):
    predictor = load(model())
    body, answer_type = predictor.predict(IMAGE, IMAGES, "application/jsonlines")
    assert answer_type == "application/jsonlines"
    assert body.endswith(b"}\n")
    plain = json.loads(predictor.predict(IMAGE, IMAGES, "application/json")[0])
    assert json.loads(body) == {"prediction": plain}


def test_several_labels_have_a_probability_each(model):
    told = json.loads(load(model(multi_label=1)).predict(IMAGE, IMAGES, "")[0])
    assert sum(told) != pytest.approx(1, abs=0.1)


def test_images_are_stretched_to_the_shape(model):
    """`image_shape`: the proportions are not kept, and nothing is cut off."""
    left = np.zeros((8, 40, 3), np.uint8)
    left[:, :20] = 255
    square = np.zeros((8, 8, 3), np.uint8)
    square[:, :4] = 255
    predictor = load(model())
    wide, small = (predictor.predict(png(p), IMAGES, "")[0] for p in (left, square))
    np.testing.assert_allclose(json.loads(wide), json.loads(small), atol=0.03)
    cut = predictor.predict(png(left[:, :20]), IMAGES, "")[0]
    assert not np.allclose(json.loads(cut), json.loads(small), atol=0.06)


def test_jpeg_is_nearly_png(model):
    pixels = np.full((8, 8, 3), (200, 30, 90), np.uint8)
    predictor = load(model())
    kinds = (("PNG", "image/png"), ("JPEG", "image/jpeg"))
    told = [
        json.loads(predictor.predict(png(pixels, form), kind, "")[0])
        for form, kind in kinds
    ]
    np.testing.assert_allclose(*told, rtol=0.05)


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "says"),
    [
        (b"?", IMAGES, "", 400, "unable to evaluate payload provided: it is no PNG"),
        (b"", IMAGES, "", 400, "unable to evaluate payload provided: it is no PNG"),
        (IMAGE, "text/csv", "", 415, "Content-type text/csv is not supported"),
        (IMAGE, IMAGES, "text/csv", 406, "Accept type text/csv is not supported"),
    ],
)
def test_bad_requests_are_refused(model, body, content_type, accept, status, says):
    with pytest.raises(PayloadError) as error:
        load(model()).predict(body, content_type, accept)
    assert error.value.status == status
    assert says in str(error.value)


def test_an_artefact_of_something_else_is_refused(tmp_path):
    with pytest.raises(ModelLoadError, match="model_algo-1 is missing"):
        load(tmp_path)
    artefact.write(Container(tmp_path), {}, centers=np.zeros(3))
    with pytest.raises(ModelLoadError, match="it is of another algorithm"):
        load(tmp_path / "model")


def test_arrays_of_another_network_are_refused(model):
    folder = model()
    about, arrays = artefact.read(folder)
    artefact.write(Container(folder.parent), about | {"num_classes": 9}, **arrays)
    with pytest.raises(ModelLoadError, match="has another network"):
        load(folder)


def test_without_pytorch_the_extra_is_named(model, monkeypatch):
    folder = model()
    monkeypatch.setattr(deep, "find_spec", lambda name: None)
    with pytest.raises(ModelLoadError, match="Image Classification needs PyTorch"):
        load(folder)
