"""The lab's own bucket."""

from botocore.exceptions import ClientError

from mlslab.aws import Aws
from mlslab.errors import MlslabError
from mlslab.ledger import Ledger, Record
from mlslab.watch import TAG


def own_bucket(aws: Aws, lab_id: str, ledger: Ledger, *, alone: bool) -> str:
    """Make `aws.bucket`, or take over the one that an earlier run has left.

    Args:
        aws: the cloud.
        lab_id: the value of the lab's tag.
        ledger: what earlier runs have recorded.
        alone: whether nobody else works in the account; a bucket with the lab's tag
            is then the learner's, even without a record.

    Raises:
        MlslabError: there is such a bucket, and it may be somebody else's.
    """
    try:
        aws.s3.head_bucket(Bucket=aws.bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        _make(aws)
        return aws.bucket
    if ledger.find("bucket", aws.bucket) is None:
        if not alone or _tag(aws) != lab_id:
            raise MlslabError(
                f"there is a bucket {aws.bucket} that was not made from here:"
                " look whose it is and what it holds, and delete it if it is yours"
            )
        ledger.add(Record("bucket", aws.bucket, aws.region))
    return aws.bucket


def _make(aws: Aws) -> None:
    if aws.region == "us-east-1":
        aws.s3.create_bucket(Bucket=aws.bucket)
        return
    place = {"LocationConstraint": aws.region}
    aws.s3.create_bucket(Bucket=aws.bucket, CreateBucketConfiguration=place)


def _tag(aws: Aws) -> str:
    try:
        tags = aws.s3.get_bucket_tagging(Bucket=aws.bucket)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchTagSet":
            raise
        return ""
    return next((tag["Value"] for tag in tags if tag["Key"] == TAG), "")
