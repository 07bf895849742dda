"""Lab 000: its checks, each tested three ways."""

from mlslab.testing import LabTests


class TestStartHere(LabTests):
    lab_id = "000"
