"""The metrics of AWS's first-party algorithms, as lines of the log.

`#quality_metric: host=algo-1, epoch=3, train msd <loss>=0.25` is the form that the
algorithms print and that AWS's metric definitions look for.
"""

import re

from cloudlet.algorithms.metrics import MetricDefinition

_MARK = "#quality_metric:"


def report(host: str, name: str, value: float, epoch: int | None = None) -> None:
    """Print one metric, such as `train:msd` or `train:rmse:epoch`, at once."""
    channel, metric = name.split(":")[:2]
    at = "" if epoch is None else f", epoch={epoch}"
    print(
        f"{_MARK} host={host}{at}, {channel} {metric} <loss>={float(value)!r}",
        flush=True,
    )


def definition(name: str) -> MetricDefinition:
    """What finds the metric in the log; `train:rmse:epoch` is the last epoch's."""
    channel, metric = name.split(":")[:2]
    regex = (
        rf"#quality_metric: host=\S+(?:, epoch=\S+)?, {channel} {re.escape(metric)}"
        r" <loss>=(\S+)"
    )
    return MetricDefinition(name, regex, mark=f"{channel} {metric} <loss>=")
