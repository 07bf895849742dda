"""The check of the exercise with a cloud."""

from mlslab.aws import Aws
from mlslab.checks import check, require

HINTS = ("Look.", "Look again.", "Write it down.")


@check(lab="102", name="fit", title="Fit", points=1, objective="fit", hints=HINTS)
def fit(accuracy: float, aws: Aws) -> None:
    stands = aws.s3.list_objects_v2(Bucket=aws.bucket)["KeyCount"]
    require(stands == 1, f"{stands} objects stand in the bucket")
    require(accuracy > 0.9, f"`accuracy` is {accuracy}")
