"""What Image Classification has to show, and the channels' formats."""

import json

import numpy as np
import pytest
from built_in import measured
from image_jobs import (
    LONGER,
    TRAIN,
    VALIDATION,
    answers,
    arrays,
    channels_with,
    job,
    model_of,
    of_digits,
)
from pictures import IMAGES, RECORDS, digits, listed, recorded

from cloudlet.algorithms.image_classification import METRICS
from cloudlet.algorithms.image_classification.train import train


def test_digits_are_told_apart(make_container, capsys):
    shape = {"num_layers": "20", "image_shape": "3,8,8"}
    container = of_digits(
        make_container, 1500, **shape, epochs="3", lr_scheduler_step="2", top_k="3"
    )
    train(container)
    found = measured(capsys.readouterr().out, METRICS)
    assert max(found["validation:accuracy"]) >= 0.95
    assert max(found["validation:top_k_accuracy_3"]) > max(found["validation:accuracy"])
    images, labels = digits()
    likeliest = np.argmax(answers(container, images[1500:1600]), axis=1)
    assert np.mean(likeliest == labels[1500:1600]) >= 0.94


def test_pretrained_weights_help_where_labels_are_few(make_container, capsys):
    few = {"num_layers": "18", "resize": "16", "image_shape": "3,16,16"}
    few |= {"epochs": "6", "learning_rate": "0.02", "mini_batch_size": "20"}
    best = []
    for pretrained in ("0", "1"):
        train(of_digits(make_container, 100, **few, use_pretrained_model=pretrained))
        found = measured(capsys.readouterr().out, METRICS)
        best.append(max(found["validation:accuracy"]))
    assert best[1] >= best[0] + 0.05


def test_metrics_of_every_epoch(make_container, capsys):
    train(job(make_container, epochs="3", top_k="2"))
    told = capsys.readouterr().out
    found = measured(told, METRICS)
    names = ("accuracy", "top_k_accuracy_2")
    assert found.keys() == {f"{c}:{n}" for c in ("train", "validation") for n in names}
    assert {len(values) for values in found.values()} == {3}
    assert "Epoch[2] Validation-accuracy=" in told


def test_the_best_epoch_is_kept(make_container, capsys):
    container = job(make_container, epochs="4", learning_rate="0.3")
    train(container)
    found = measured(capsys.readouterr().out, METRICS)["validation:accuracy"]
    about = json.loads(arrays(container)["about"].tobytes())
    assert about["epoch"] == 1 + int(np.argmax(found))


def test_the_same_data_give_the_same_bytes(make_container):
    first, second = (
        job(make_container, epochs="2", augmentation_type="crop_color_transform")
        for _ in range(2)
    )
    for container in (first, second):
        train(container)
    assert (first.model / "model_algo-1").read_bytes() == (
        second.model / "model_algo-1"
    ).read_bytes()


@pytest.mark.parametrize(
    ("form", "content_type"),
    [(listed, "image/png"), (recorded, RECORDS), (recorded, None)],
)
def test_every_format_gives_the_same_model(make_container, form, content_type):
    containers = [
        job(make_container),
        job(make_container, form=form, content_type=content_type),
    ]
    for container in containers:
        train(container)
    first, second = (answers(each, VALIDATION[0]) for each in containers)
    assert first == second


@pytest.mark.parametrize("optimizer", ["sgd", "nag", "adam", "rmsprop"])
def test_every_optimizer_learns(make_container, capsys, optimizer):
    rate = "0.05" if optimizer in ("sgd", "nag") else "0.002"
    train(job(make_container, **LONGER, optimizer=optimizer, learning_rate=rate))
    found = measured(capsys.readouterr().out, METRICS)["validation:accuracy"]
    assert max(found) > 0.9


@pytest.mark.parametrize("kind", ["crop", "crop_color", "crop_color_transform"])
def test_augmentation_changes_what_is_learnt(make_container, kind):
    models = []
    for more in ({}, {"augmentation_type": kind}):
        container = job(make_container, image_shape="3,10,10", **more)
        train(container)
        models.append(arrays(container)["stem.weight"])
    assert not np.array_equal(*models)


def test_grey_images_have_one_channel(make_container, capsys):
    images, labels = digits()
    channels = listed("train", images[:40], labels[:40])
    channels |= listed("validation", images[40:50], labels[40:50])
    container = job(
        make_container,
        channels,
        num_classes="10",
        num_layers="18",
        image_shape="1,8,8",
        use_pretrained_model="1",
    )
    train(container)
    assert arrays(container)["stem.weight"].shape[1] == 1
    assert "num_training_samples is 48, and the channel 'train' has 40" in (
        capsys.readouterr().out
    )


def test_the_rate_falls_at_the_steps_and_checkpoints_are_kept(make_container):
    container = job(
        make_container,
        epochs="3",
        lr_scheduler_step="1, 2",
        lr_scheduler_factor="0",
        checkpoint_frequency="1",
    )
    train(container)
    names = [f"image-classification-000{n}.params" for n in (1, 2, 3)]
    first, second, third = (arrays(container, name) for name in names)
    assert all(np.array_equal(first[n], second[n]) for n in first if "weight" in n)
    assert not np.array_equal(second["stem_norm.running_mean"], third["stem.weight"])
    whole = job(make_container, epochs="2", checkpoint_frequency="2")
    train(whole)
    assert not (whole.model / names[0]).exists()
    changed = arrays(whole, names[1])
    assert not np.array_equal(first["stem.weight"], changed["stem.weight"])


def test_half_precision_halves_the_artefact(make_container):
    sizes = []
    for kind in ("float32", "float16"):
        container = job(make_container, precision_dtype=kind)
        train(container)
        assert arrays(container)["stem.weight"].dtype == kind
        sizes.append((container.model / "model_algo-1").stat().st_size)
        assert sum(answers(container, TRAIN[0][:1])[0]) == pytest.approx(1)
    assert sizes[1] < 0.6 * sizes[0]


def test_early_stopping_ends_the_job(make_container, capsys):
    wait = {"early_stopping_min_epochs": "2", "early_stopping_patience": "1"}
    train(
        job(
            make_container,
            epochs="30",
            early_stopping="True",
            early_stopping_tolerance="1.0",
            **wait,
        )
    )
    found = measured(capsys.readouterr().out, METRICS)["validation:accuracy"]
    assert 2 <= len(found) < 30


def several(labels, form):
    """Each image has its colour, and class 0 as well."""
    sets = [sorted({0, label}) for label in labels]
    if form == "class-id":
        return sets
    return [[int(number in given) for number in range(3)] for given in sets]


@pytest.mark.parametrize("form", [listed, recorded])
def test_several_labels_in_both_forms(make_container, capsys, form):
    kind = IMAGES if form is listed else RECORDS
    told = []
    for label_format in ("multi-hot", "class-id"):
        channels = {}
        for name, (images, labels) in (("train", TRAIN), ("validation", VALIDATION)):
            channels |= form(name, images, several(labels, label_format))
        container = job(
            make_container,
            channels,
            f"{kind}; label-format={label_format}",
            multi_label="1",
            epochs="4",
            learning_rate="0.05",
        )
        train(container)
        told.append(answers(container, VALIDATION[0]))
    assert told[0] == told[1]
    found = measured(capsys.readouterr().out, METRICS)
    assert max(found["validation:accuracy"]) > 0.9
    wanted = np.array(several(VALIDATION[1], "multi-hot"))
    assert np.mean((np.array(told[0]) > 0.5) == wanted) > 0.9


def test_the_weighted_loss_finds_rare_classes(make_container):
    images, labels = TRAIN
    rare = [[1, 0, 0] if n % 8 else [1, 0, 1] for n in range(len(labels))]
    chances = []
    for weighted in ("0", "1"):
        channels = listed("train", images, rare)
        channels |= listed("validation", images, rare)
        container = job(
            make_container, channels, multi_label="1", use_weighted_loss=weighted
        )
        train(container)
        chances.append(np.mean(answers(container, images), axis=0)[2])
    assert chances[1] > chances[0] + 0.1


def test_a_job_goes_on_from_an_earlier_artefact(make_container, capsys):
    earlier = job(make_container, **LONGER, learning_rate="0.05")
    train(earlier)
    capsys.readouterr()
    few = {"learning_rate": "0.00001"}
    for channel, least, most in ((model_of(earlier), 0.9, 1), ({}, 0, 0.9)):
        train(job(make_container, channels_with(channel), **few))
        found = measured(capsys.readouterr().out, METRICS)["validation:accuracy"]
        assert least <= found[0] <= most
