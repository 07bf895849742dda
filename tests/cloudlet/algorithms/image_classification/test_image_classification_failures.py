"""What Image Classification's training refuses."""

import json

import numpy as np
import pytest
from image_jobs import (
    SMALL,
    TRAIN,
    VALIDATION,
    channels_with,
    job,
    model_of,
)
from pictures import IMAGES, RECORDS, listed, png, recorded

from cloudlet.algorithms import deep, recordio
from cloudlet.algorithms.image_classification.samples import write_record
from cloudlet.algorithms.image_classification.train import train
from cloudlet.runner.container import ClientError


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
