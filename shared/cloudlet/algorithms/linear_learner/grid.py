"""The models that are trained in parallel: the settings asked for, and close ones.

"One model is trained according to the given training parameter (regularization,
optimizer, loss), and the rest by close parameters":
https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MOST_MODELS = 32  # as AWS's `auto` trains
_MOST_OUTPUTS = 8_000_000  # rows * models * columns of an epoch, for `auto`
_MOST_COLUMNS = 512
_MOST_WEIGHTS = 2_000_000
_RATES = (1.0, 0.5, 2.0, 0.25)
_GIVEN = (1.0, 0.5, 2.0, 0.25, 4.0)
_AUTO_WD = (1e-4, 1e-3, 1e-6, 1e-2)
_AUTO_L1 = (0.0, 1e-5, 1e-3)


@dataclass(frozen=True)
class Setting:
    """What one of the models is trained with."""

    learning_rate: float
    wd: float
    l1: float
    positive_weight: float = 1.0


def size(
    values: Mapping[str, Any], rows: int, width: int, columns: int, *, validated: bool
) -> int:
    """How many models to train.

    `auto` is 32 where that is cheap, and fewer on many rows, classes or features; it is
    one without validation rows: "To take advantage of parallel training and model
    selection ensure you provide a validation set",
    https://docs.aws.amazon.com/sagemaker/latest/dg/ll_how-it-works.html.
    """
    if values.get("_tuning_objective_metric"):
        return 1
    if values["num_models"] != "auto":
        return int(values["num_models"])
    if not validated:
        return 1
    affordable = min(
        _MOST_COLUMNS // columns,
        _MOST_WEIGHTS // (columns * width),
        max(4, _MOST_OUTPUTS // (columns * rows)),
    )
    return max(1, min(_MOST_MODELS, affordable))


def settings(
    values: Mapping[str, Any],
    count: int,
    rate: float,
    balanced: float,
    *,
    validated: bool,
) -> list[Setting]:
    """As many settings as `count` or there are, the one that was asked for first.

    Training rows can tell how well a model was trained, so without validation rows
    models differ in learning rate; which penalty is best they cannot tell.

    Args:
        values: the job's hyperparameters.
        count: how many to make at most.
        rate: the learning rate that `auto` stands for.
        balanced: the weight that gives positive rows the weight of all negative ones.
        validated: whether there are validation rows.
    """
    weight = values["positive_example_weight_mult"]
    weights = {
        "auto": (1.0, balanced, math.sqrt(balanced)),
        "balanced": (balanced,),
    }.get(weight, (weight,))
    penalties = None if validated else 1
    options = (
        _options(values["learning_rate"], [rate * factor for factor in _RATES]),
        _options(values["wd"], _AUTO_WD)[:penalties],
        _options(values["l1"], _AUTO_L1)[:penalties],
        weights,
    )
    places = itertools.product(*(range(len(option)) for option in options))
    # The closest first, and among equals other learning rates first.
    ordered = sorted(places, key=lambda place: (sum(place), -place[0]))
    found = (
        Setting(*(option[n] for option, n in zip(options, place, strict=True)))
        for place in ordered
    )
    return list(itertools.islice(dict.fromkeys(found), count))


def _options(given: Any, automatic: Sequence[float]) -> Sequence[float]:
    """The values to try, the closest first."""
    return automatic if given == "auto" else [given * factor for factor in _GIVEN]
