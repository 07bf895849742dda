"""Jobs of Image Classification on small images, and what they answer."""

import json

import numpy as np
from pictures import IMAGES, colours, digits, listed

from cloudlet.algorithms.image_classification.serve import load

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


def model_of(container):
    from cloudlet.runner.archive import pack

    return {"model": {"model.tar.gz": pack(container.model)}}


def channels_with(more):
    return listed("train", *TRAIN) | listed("validation", *VALIDATION) | more
