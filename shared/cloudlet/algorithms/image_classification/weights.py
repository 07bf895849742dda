"""The network's arrays: to and from NumPy, the artefact, and the pretrained files."""

from pathlib import Path

import numpy as np
import torch

from cloudlet.algorithms.image_classification.network import ResNet

PRETRAINED = Path(__file__).parent / "pretrained"
_HEAD = "head."
#: Counts batches; it has no part in answers.
_UNUSED = "num_batches_tracked"
_STEM = "stem.weight"


def arrays(network: ResNet) -> dict[str, np.ndarray]:
    """Everything that the network has learnt, by name."""
    state = network.state_dict()
    return {
        name: value.detach().cpu().contiguous().numpy()
        for name, value in state.items()
        if not name.endswith(_UNUSED)
    }


def fill(network: ResNet, given: dict[str, np.ndarray]) -> None:
    """Put arrays into a network; those it has and `given` lacks stay as they are.

    Raises:
        ValueError: an array has another shape, or the network has none of its name.
    """
    state = {
        name: torch.from_numpy(np.asarray(value, np.float32))
        for name, value in given.items()
    }
    try:
        _, unknown = network.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    if unknown:
        raise ValueError(f"the network has no {', '.join(unknown)}")


def save_pretrained(network: ResNet, path: Path) -> None:
    """Write all but the last layer, in half precision."""
    body = {
        name: value.astype(np.float16)
        for name, value in arrays(network).items()
        if not name.startswith(_HEAD)
    }
    np.savez_compressed(path, allow_pickle=False, **body)


def pretrained_layers() -> list[int]:
    """The `num_layers` that there are pretrained weights for."""
    files = PRETRAINED.glob("resnet-*.npz")
    return sorted(int(file.stem.partition("-")[2]) for file in files)


def load_pretrained(network: ResNet, layers: int) -> None:
    """Fill all but the last layer; grey images see the sum over the colours' kernels.

    Raises:
        OSError: there are no pretrained weights for these layers.
    """
    with np.load(PRETRAINED / f"resnet-{layers}.npz", allow_pickle=False) as file:
        body = {name: file[name].astype(np.float32) for name in file.files}
    if network.stem.in_channels == 1:
        body[_STEM] = body[_STEM].sum(1, keepdims=True)
    fill(network, body)
