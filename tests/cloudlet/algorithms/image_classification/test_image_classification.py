"""Training jobs: what they must show, the channels' formats, and what they refuse."""

import json

import numpy as np
import pytest
from built_in import measured
from pictures import IMAGES, RECORDS, colours, digits, listed, png, recorded

from cloudlet.algorithms import deep, recordio
from cloudlet.algorithms.image_classification import METRICS
from cloudlet.algorithms.image_classification.samples import write_record
from cloudlet.algorithms.image_classification.serve import load
from cloudlet.algorithms.image_classification.train import train
from cloudlet.runner.container import ClientError

TRAIN, VALIDATION = colours(48), colours(24, seed=1)
SMALL = {"num_classes": "3", "num_training_samples": "48", "num_layers": "20"}
SMALL |= {"image_shape": "3,12,12", "epochs": "1", "mini_batch_size": "8"}

#: Enough steps for the averages of batch normalisation to be known.
LONGER = {"epochs": "5", "mini_batch_size": "4"}


def job(make, channels=None, content_type=IMAGES, form=listed, **more):
    if channels is None:
        channels = form("train", *TRAIN) | form("validation", *VALIDATION)
    return make(SMALL | more, channels, content_type)


def arrays(container, name="model_algo-1"):
    with np.load(container.model / name) as file:
        return {key: file[key] for key in file.files}


def answers(container, images):
    predictor = load(container.model)
    return [json.loads(predictor.predict(body, IMAGES, "")[0]) for body in images]


def of_digits(make, count, **more):
    """A job on the first digits, validated on the last 297."""
    images, labels = digits()
    channels = listed("train", images[:count], labels[:count])
    channels |= listed("validation", images[1500:], labels[1500:])
    given = {"num_classes": "10", "num_training_samples": str(count)} | more
    return make(given, channels, IMAGES)


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


def model_of(container):
    from cloudlet.runner.archive import pack

    return {"model": {"model.tar.gz": pack(container.model)}}


def channels_with(more):
    return listed("train", *TRAIN) | listed("validation", *VALIDATION) | more


def test_another_architecture_cannot_go_on(make_container):
    earlier = job(make_container)
    train(earlier)
    channels = channels_with(model_of(earlier))
    for change, says in (
        ({"num_layers": "32"}, "has num_layers 20, and the hyperparameter is 32"),
        ({"image_shape": "3,10,10"}, "has image_shape 3,12,12, and the hyperparameter"),
        ({"num_classes": "4"}, "has num_classes 3, and the hyperparameter is 4"),
    ):
        with pytest.raises(ClientError) as error:
            train(job(make_container, channels, **change))
        assert says in str(error.value)


@pytest.mark.parametrize("body", [b"no archive", None])
def test_a_model_of_something_else_cannot_go_on(make_container, body, tmp_path):
    from cloudlet.runner.archive import pack

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "xgboost-model").write_bytes(b"{}")
    model = {"model": {"model.tar.gz": body or pack(tmp_path / "other")}}
    with pytest.raises(ClientError, match="has no artefact of Image Classification"):
        train(job(make_container, channels_with(model)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"num_classes": "0"}, "0 is less than the minimum of 1"),
        ({"num_layers": "19"}, "19 is not one of [18, 34, 50, 101, 152, 200, 20"),
        ({"image_shape": "12,12"}, "has to be the number of channels (1 or 3), the"),
        ({"image_shape": "2,12,12"}, "image_shape is 2,12,12: it has to be"),
        ({"image_shape": "3,0,12"}, "'3,0,12' is not of type 'integers'"),
        ({"use_pretrained_model": "1"}, "for transfer learning it has to be one of"),
        (
            {"use_pretrained_model": "1", "num_layers": "200"},
            "the local cloud has pretrained weights for num_layers 18",
        ),
        ({"lr_scheduler_step": "4,2"}, "epochs have to increase"),
        ({"checkpoint_frequency": "2"}, "checkpoint_frequency is 2, and epochs is 1"),
        ({"top_k": "4"}, "top_k is 4, and num_classes is 3: it cannot be greater"),
        ({"top_k": "1"}, "1 is less than the minimum of 2"),
        ({"optimizer": "adagrad"}, "'adagrad' is not one of"),
        ({"optimizer": "adam", "beta_1": "1"}, "adam would divide by zero"),
        ({"early_stopping": "maybe"}, "'maybe' is not of type 'boolean'"),
        ({"augmentation_type": "flip"}, "'flip' is not one of"),
        ({"learning_rate": "2"}, "2.0 is greater than the maximum of 1"),
        ({"layers": "20"}, "('layers' was unexpected)"),
        (
            {"mini_batch_size": "1", "image_shape": "3,4,4"},
            "batch normalisation needs two or more",
        ),
    ],
)
def test_bad_hyperparameters_are_named(make_container, change, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, **change))
    assert says in str(error.value)


@pytest.mark.parametrize("name", ["num_classes", "num_training_samples"])
def test_a_missing_hyperparameter_is_required(make_container, name):
    given = {key: value for key, value in SMALL.items() if key != name}
    with pytest.raises(ClientError, match=f"'{name}' is a required property"):
        train(make_container(given, listed("train", *TRAIN), IMAGES))


GOOD = TRAIN[0][0]


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (b"no image at all", "it is no PNG or JPEG image: it cannot be identified"),
        (GOOD[:100], "it is no PNG or JPEG image"),
        (png(np.zeros((12, 12), np.uint8), "GIF"), "it is no PNG or JPEG image"),
        (png(np.zeros((11, 20), np.uint8)), "it is 11 pixels high and 20 wide, less"),
    ],
)
@pytest.mark.parametrize("bad", ["train", "validation"])
def test_an_image_that_is_none_is_named(make_container, image, says, bad):
    channels = listed("train", *TRAIN) | listed("validation", *VALIDATION)
    channels[bad]["some/3.png"] = image
    with pytest.raises(ClientError) as error:
        train(job(make_container, channels))
    assert f"The image 'some/3.png' of channel '{bad}' cannot be used" in str(
        error.value
    )
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (b"", "it lists no image"),
        (b"1\t0\tsome/0.png\n1\t0\tsome/1.png", "stands in line 1 already"),
        (b"1\t3\tsome/0.png", "has the label 3. Labels are whole numbers from 0 to 2"),
        (b"1\t0.5\tsome/0.png", "has the label 0.5. Labels are"),
        (b"1\t-1\tsome/0.png", "has the label -1. Labels are"),
        (b"1\tnan\tsome/0.png", "has the label nan. Labels are"),
        (b"1\tcat\tsome/0.png", "Line 1 of 'train.lst' is not an index, a label and"),
        (b"1\tsome/0.png", "it has no label"),
        (b"some/0.png", "is not an index, a label and a path"),
        (b"1\t0\t1\tsome/0.png", "has 2 labels; without multi_label=1 it has one"),
        (b"1\t0\tsome/99.png", "'some/99.png' (line 1 of 'train.lst') does not exist"),
        (b"1\t0\t../train_lst/train.lst", "does not exist in channel 'train'"),
        (b"\xff\xfe1", "is not text in UTF-8"),
    ],
)
def test_bad_lists_are_named(make_container, lines, says):
    channels = listed("train", *TRAIN) | listed("validation", *VALIDATION)
    channels["train_lst"] = {"train.lst": lines, "pad.txt": b"1"}
    with pytest.raises(ClientError) as error:
        train(job(make_container, channels))
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "No data was found in channel 'train'"),
        (b"not recordIO", "no RecordIO header at byte 0"),
        (recordio.write([b"short"]), "record 0 is no image record: it has no header"),
        (recordio.write([write_record(b"", [1, 2])[:28]]), "it lacks labels"),
        (recordio.write([write_record(GOOD, [7])]), "record 0 of channel 'train' has"),
        (
            recordio.write([write_record(GOOD, [0]), write_record(b"?", [0])]),
            "The image of record 1 of channel 'train' cannot be used: it is no PNG",
        ),
    ],
)
def test_bad_records_are_named(make_container, content, says):
    channels = {"train": {"a.rec": content}} | recorded("validation", *VALIDATION)
    with pytest.raises(ClientError) as error:
        train(job(make_container, channels, RECORDS))
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("without", "content_type", "says"),
    [
        ("validation", IMAGES, "Missing required channel: validation"),
        ("train_lst", IMAGES, "Missing required channel: train_lst"),
        (None, "text/csv", "The content type text/csv of channel 'train' is not"),
        (None, f"{IMAGES}; label-format=words", "label-format=multi-hot or class-id"),
    ],
)
def test_bad_channels_are_named(make_container, without, content_type, says):
    channels = listed("train", *TRAIN) | listed("validation", *VALIDATION)
    channels.pop(without, None)
    with pytest.raises(ClientError) as error:
        train(job(make_container, channels, content_type))
    assert says in str(error.value)


def test_multi_hot_labels_are_one_for_each_class(make_container):
    with pytest.raises(ClientError, match="they are 3 times 0 or 1, one for each"):
        train(job(make_container, multi_label="1"))


def change(container, name, **more):
    path = container.config / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | more))


def test_other_hosts_do_not_train(make_container):
    for form, kind in ((listed, IMAGES), (recorded, RECORDS)):
        channels = form("train", *TRAIN) | form("validation", *VALIDATION)
        container = make_container(SMALL, channels, kind, hosts=2)
        change(container, "resourceconfig", current_host="algo-2")
        train(container)
        assert not container.model.exists()


def test_images_that_are_shared_out_are_refused(make_container):
    channels = listed("train", *TRAIN) | listed("validation", *VALIDATION)
    container = make_container(SMALL, channels, IMAGES, hosts=2)
    shared = {"ContentType": IMAGES, "S3DistributionType": "ShardedByS3Key"}
    change(container, "inputdataconfig", train=shared)
    with pytest.raises(ClientError, match="have to be FullyReplicated here"):
        train(container)


def test_without_pytorch_the_extra_is_named(make_container, monkeypatch):
    monkeypatch.setattr(deep, "find_spec", lambda name: None)
    with pytest.raises(ClientError, match="Image Classification needs PyTorch, of"):
        train(job(make_container))
