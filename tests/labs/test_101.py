"""Lab 101: each check judged unsolved, solved, and with the mistakes people make."""

from mlslab.testing import LabTests


class TestDataLake(LabTests):
    """A data lake on Amazon S3."""

    lab_id = "101"
