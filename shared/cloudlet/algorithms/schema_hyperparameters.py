"""Hyperparameters of AWS's first-party algorithms, refused in their words.

Unlike XGBoost's container, these check a job's hyperparameters against a JSON schema,
and `FailureReason` has what the schema's validator says.
"""

from collections.abc import Mapping
from typing import Any

from cloudlet.algorithms.hyperparameters import (
    Hyperparameter,
    HyperparameterTable,
    Interval,
)
from cloudlet.runner.container import ClientError

_FLAGS = {"True": "true", "False": "false"}
_HEAD = (
    "Unable to initialize the algorithm. Failed to validate hyperparameters."
    " (caused by ValidationError)\n\nCaused by: "
)


class SchemaTable(HyperparameterTable):
    """A table whose errors read as those of a JSON schema."""

    def validate(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Turn a job's hyperparameters into values, under the rows' own names.

        Raises:
            ClientError: one is missing, unknown, unreadable or out of range, or two do
                not fit together.
        """
        # SDK v2 writes flags as Python does.
        texts = {n: _FLAGS.get(text, text) for n, text in texts.items()}
        known = {name for row in self.rows for name in (row.name, *row.aliases)}
        given = {self._own_name(name) for name in texts}
        for row in self.rows:
            if row.required and row.name not in given:
                raise refusal(f"'{row.name}' is a required property")
        if unknown := sorted(set(texts) - known):
            raise refusal(
                "Additional properties are not allowed"
                f" ({', '.join(map(repr, unknown))}"
                f" {'was' if len(unknown) == 1 else 'were'} unexpected)"
            )
        for name, text in texts.items():
            _check(self[name], text)
        return super().validate(texts)


def refusal(text: str) -> ClientError:
    """The error for a job whose hyperparameters do not fit."""
    return ClientError(_HEAD + text)


def _check(row: Hyperparameter, text: str) -> None:
    try:
        value = row.parse(text.strip('"'))
    except ValueError:
        kind = type(row).__name__.lower()
        raise refusal(
            f"'{text}' is not of type '{kind}' (hyperparameter {row.name})"
        ) from None
    try:
        row.check(value)
    except ClientError:
        raise refusal(f"{_said(row, value)} (hyperparameter {row.name})") from None


def _said(row: Hyperparameter, value: Any) -> str:
    allowed = row.range
    if not isinstance(allowed, Interval):
        return f"{value!r} is not one of {list(allowed)}"
    if allowed.low is not None and not value > allowed.low:
        than = "or equal to the minimum of" if allowed.low_open else "the minimum of"
        return f"{value} is less than {than} {allowed.low}"
    than = "or equal to the maximum of" if allowed.high_open else "the maximum of"
    return f"{value} is greater than {than} {allowed.high}"
