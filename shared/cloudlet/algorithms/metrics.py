"""What the cloud looks for in an algorithm's log.

https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricDefinition:
    """A metric's name and the expression whose first group is its value.

    The form of `AlgorithmSpecification.MetricDefinitions` in CreateTrainingJob.

    Attributes:
        mark: a text that every line of this metric has; other lines are passed over
            without trying the expression.
    """

    name: str
    regex: str
    mark: str = ""
