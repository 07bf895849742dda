"""Image Classification's hyperparameters.

https://docs.aws.amazon.com/sagemaker/latest/dg/IC-Hyperparameter.html, tunable ranges
from https://docs.aws.amazon.com/sagemaker/latest/dg/IC-tuning.html. `momentum` is 0.9
in the logs of AWS's jobs that do not name it.
"""

from collections.abc import Mapping
from typing import Any

from cloudlet.algorithms.hyperparameters import (
    Categorical,
    Continuous,
    Hyperparameter,
    Integer,
    Interval,
)
from cloudlet.algorithms.schema_hyperparameters import SchemaTable, refusal

CIFAR = (20, 32, 44, 56, 110)
IMAGENET = (18, 34, 50, 101, 152, 200)
_OPTIMIZERS = ("sgd", "adam", "rmsprop", "nag")
_AUGMENTATIONS = ("crop", "crop_color", "crop_color_transform")
_UNIT = Interval(0, 1)
_FLAG = Interval(0, 1)


class Integers(Hyperparameter):
    """Whole numbers above 0, separated by commas."""

    def parse(self, text: str) -> tuple[int, ...]:
        """`"3, 224,224"` → `(3, 224, 224)`."""
        numbers = tuple(int(part) for part in text.split(","))
        if min(numbers) < 1:
            raise ValueError(text)
        return numbers

    def check(self, value: tuple[int, ...]) -> None:
        """The rules of the table look at them."""


class Boolean(Hyperparameter):
    """`True` or `False`, in any case."""

    def parse(self, text: str) -> bool:
        """`"True"` → True."""
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"

    def check(self, value: bool) -> None:
        """What can be read is in range."""


def _image_shape(values: Mapping[str, Any]) -> None:
    shape = values["image_shape"]
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise refusal(
            f"image_shape is {','.join(map(str, shape))}: it has to be the number of"
            " channels (1 or 3), the height and the width, as in '3,224,224'"
        )


def _transfer(values: Mapping[str, Any]) -> None:
    if values["use_pretrained_model"] and values["num_layers"] in CIFAR:
        raise refusal(
            f"use_pretrained_model is 1 and num_layers is {values['num_layers']}:"
            f" for transfer learning it has to be one of {list(IMAGENET)}"
        )


def _steps(values: Mapping[str, Any]) -> None:
    steps = values.get("lr_scheduler_step", ())
    if list(steps) != sorted(set(steps)):
        raise refusal(f"lr_scheduler_step is {list(steps)}: epochs have to increase")


def _at_most(name: str, limit: str) -> Any:
    def rule(values: Mapping[str, Any]) -> None:
        if name in values and values[name] > values[limit]:
            raise refusal(
                f"{name} is {values[name]}, and {limit} is {values[limit]}: it cannot"
                " be greater"
            )

    return rule


def _adam(values: Mapping[str, Any]) -> None:
    for name in ("beta_1", "beta_2"):
        if values["optimizer"] == "adam" and values[name] == 1:
            raise refusal(f"{name} is 1: adam would divide by zero")


TABLE = SchemaTable(
    rows=(
        Integer("num_classes", Interval(1), required=True),
        Integer("num_training_samples", Interval(1), required=True),
        Categorical("augmentation_type", _AUGMENTATIONS),
        Continuous("beta_1", _UNIT, default="0.9", tunable=Interval(1e-6, 0.999)),
        Continuous("beta_2", _UNIT, default="0.999", tunable=Interval(1e-6, 0.999)),
        Integer("checkpoint_frequency", Interval(1)),
        Boolean("early_stopping", default="False"),
        Integer("early_stopping_min_epochs", Interval(1), default="10"),
        Integer("early_stopping_patience", Interval(1), default="5"),
        Continuous("early_stopping_tolerance", _UNIT, default="0"),
        Integer("epochs", Interval(1), default="30"),
        Continuous("eps", _UNIT, default="1e-8", tunable=Interval(1e-8, 1.0)),
        Continuous("gamma", _UNIT, default="0.9", tunable=Interval(1e-8, 0.999)),
        Integers("image_shape", default="3,224,224"),
        Categorical("kv_store", ("dist_sync", "dist_async")),
        Continuous("learning_rate", _UNIT, default="0.1", tunable=Interval(1e-6, 0.5)),
        Continuous("lr_scheduler_factor", _UNIT, default="0.1"),
        Integers("lr_scheduler_step"),
        Integer("mini_batch_size", Interval(1), default="32", tunable=Interval(8, 512)),
        Continuous("momentum", _UNIT, default="0.9", tunable=Interval(0, 0.999)),
        Integer("multi_label", _FLAG, default="0"),
        Integer("num_layers", IMAGENET + CIFAR, default="152"),
        Categorical("optimizer", _OPTIMIZERS, default="sgd"),
        Categorical("precision_dtype", ("float32", "float16"), default="float32"),
        Integer("resize", Interval(1)),
        Integer("top_k", Interval(2)),
        Integer("use_pretrained_model", _FLAG, default="0"),
        Integer("use_weighted_loss", _FLAG, default="0"),
        Continuous("weight_decay", _UNIT, default="0.0001", tunable=Interval(0, 0.999)),
        Categorical("_tuning_objective_metric", ("validation:accuracy",)),
    ),
    rules=(
        _image_shape,
        _transfer,
        _steps,
        _adam,
        _at_most("checkpoint_frequency", "epochs"),
        _at_most("top_k", "num_classes"),
    ),
)
