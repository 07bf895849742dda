"""What the cloud looks for in an algorithm's log.

https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricDefinition:
    """A metric's name and the expression whose first group is its value.

    The form of `AlgorithmSpecification.MetricDefinitions` in CreateTrainingJob.
    """

    name: str
    regex: str
