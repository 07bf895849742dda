from mlslab.testing import LabTests


class TestXGBoost(LabTests):
    lab_id = "302"
