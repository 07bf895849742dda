"""Train Image Classification: find the images, fit the network, keep the best epoch.

What loads PyTorch is imported late: it may be missing, and it takes seconds, which
a job with bad data need not wait for.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cloudlet.algorithms import artefact, deep, log
from cloudlet.algorithms.channels import check_channels, data_files
from cloudlet.algorithms.image_classification import samples
from cloudlet.algorithms.image_classification.hyperparameters import TABLE
from cloudlet.algorithms.image_classification.samples import Samples
from cloudlet.algorithms.serving import ModelLoadError
from cloudlet.runner.archive import UnsafeArchiveError, unpack
from cloudlet.runner.container import ClientError, Container

#: Weights, order and augmentation are drawn from it.
SEED = 0
#: What makes the network's architecture, and has to be that of the channel `model`.
ARCHITECTURE = ("num_layers", "image_shape", "num_classes")
_OPTIONAL = ("train_lst", "validation_lst", "model")


def train(container: Container) -> None:
    """Run one training job: channels `train` and `validation`, their lists, `model`.

    Raises:
        ClientError: hyperparameters, channels or data are at fault, or the extra
            `deep` is not installed.
    """
    values = TABLE.validate(container.hyperparameters())
    check_channels(
        container.input_data_config(), ["train", "validation"], optional=_OPTIONAL
    )
    if said := deep.missing("Image Classification"):
        raise ClientError(said)
    deep.calm_threads()
    found = _samples(container, values)
    if found is None:
        return
    if len(found[0]) != values["num_training_samples"]:
        log.warning(
            f"num_training_samples is {values['num_training_samples']}, and the channel"
            f" 'train' has {len(found[0])} images"
        )
    _learn(container, *found, values, _earlier(container, values))


def _samples(
    container: Container, values: Mapping[str, Any]
) -> tuple[Samples, Samples] | None:
    """Those of `train` and `validation`; None on a host that does not train."""
    classes, several = values["num_classes"], bool(values["multi_label"])
    training = samples.load(container, "train", classes, several=several)
    if training is None:
        return None
    chosen_by = samples.load(container, "validation", classes, several=several)
    return None if chosen_by is None else (training, chosen_by)


def _earlier(
    container: Container, values: Mapping[str, Any]
) -> dict[str, np.ndarray] | None:
    """The arrays of the channel `model`, for incremental training.

    https://docs.aws.amazon.com/sagemaker/latest/dg/image-classification.html#IC-incremental-training
    """
    if "model" not in container.input_data_config():
        return None
    files = data_files(container, "model")
    if len(files) != 1:
        raise ClientError(
            f"The channel 'model' has to hold one model.tar.gz; it has {len(files)}"
            " files."
        )
    with tempfile.TemporaryDirectory() as folder:
        try:
            unpack(files[0].read_bytes(), Path(folder))
            about, arrays = artefact.read(Path(folder), *NEEDED)
        except (UnsafeArchiveError, ModelLoadError) as error:
            raise ClientError(
                f"The channel 'model' has no artefact of Image Classification"
                f" (file '{files[0].name}'): {error}"
            ) from error
    for name in ARCHITECTURE:
        wanted = values[name]
        given = about.get(name)
        given = tuple(given) if isinstance(given, list) else given
        if given != wanted:
            raise ClientError(
                f"The model of channel 'model' has {name} {_shown(given)}, and the"
                f" hyperparameter is {_shown(wanted)}. They have to be equal."
            )
    return arrays


#: Arrays that every artefact has.
NEEDED = ("stem.weight", "head.weight")


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _learn(
    container: Container,
    train: Samples,
    validation: Samples,
    values: Mapping[str, Any],
    earlier: dict[str, np.ndarray] | None,
) -> None:
    """Fit the network and write it, once all is known about the data but the pixels."""
    import torch

    from cloudlet.algorithms.image_classification import learning
    from cloudlet.algorithms.image_classification.batches import Batches
    from cloudlet.algorithms.image_classification.pixels import Preparation

    preparation = Preparation(
        values["image_shape"], values.get("resize"), values.get("augmentation_type")
    )
    size = values["mini_batch_size"]
    batches = [
        Batches(part, name, preparation, size, SEED)
        for part, name in ((train, "train"), (validation, "validation"))
    ]
    for each in batches:
        each.check()
    _, height, width = values["image_shape"]
    with learning.reproducible(SEED, learning.threads(size * height * width)):
        network = _network(values, earlier)
        if size == 1 and network.smallest_map(values["image_shape"]) == 1:
            raise ClientError(
                "mini_batch_size is 1, and the network's last layer sees one pixel of"
                " such an image: batch normalisation needs two or more."
            )
        loss = learning.chosen_loss(
            torch.from_numpy(train.targets),
            several=bool(values["multi_label"]),
            weighted=bool(values["use_weighted_loss"]),
        )
        keep = _keeper(container, network, values)
        learning.fit(network, batches[0], batches[1], values, loss, keep)


def _network(values: Mapping[str, Any], earlier: dict[str, np.ndarray] | None) -> Any:
    """The network before the first epoch: new, pretrained, or of an earlier job."""
    import torch

    from cloudlet.algorithms.image_classification import weights
    from cloudlet.algorithms.image_classification.network import ResNet

    layers = values["num_layers"]
    network = ResNet(layers, values["num_classes"], values["image_shape"])
    network.to(memory_format=torch.channels_last)
    if earlier is not None:
        log.info("Going on from the model of channel 'model'.")
        try:
            weights.fill(network, earlier)
        except ValueError as error:
            raise ClientError(
                f"The channel 'model' has another model: {error}"
            ) from error
    elif values["use_pretrained_model"]:
        known = weights.pretrained_layers()
        if layers not in known:
            raise ClientError(
                f"use_pretrained_model is 1 and num_layers is {layers}: the local cloud"
                f" has pretrained weights for num_layers {', '.join(map(str, known))}."
            )
        log.info(
            "Using pretrained model for initializing weights and transfer learning."
        )
        weights.load_pretrained(network, layers)
    return network


def _keeper(
    container: Container, network: Any, values: Mapping[str, Any]
) -> Callable[[int, bool, bool], None]:
    """What writes the artefact when an epoch is the best, and the checkpoints."""
    from cloudlet.algorithms.image_classification import weights

    kind = np.dtype(values["precision_dtype"])
    about = {name: values[name] for name in (*ARCHITECTURE, "multi_label")}

    def keep(epoch: int, best: bool, asked: bool) -> None:
        if not best and not asked:
            return
        arrays = {n: a.astype(kind) for n, a in weights.arrays(network).items()}
        if best:
            artefact.write(container, about | {"epoch": epoch}, **arrays)
        if asked:
            name = f"image-classification-{epoch:04d}.params"
            with (container.model / name).open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
            log.info(f'Saved checkpoint to "/opt/ml/model/{name}"')

    return keep
