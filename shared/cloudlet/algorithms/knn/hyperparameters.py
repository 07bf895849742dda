"""K-NN's hyperparameters, and what has to fit together.

https://docs.aws.amazon.com/sagemaker/latest/dg/kNN_hyperparameters.html, tunable ranges
from https://docs.aws.amazon.com/sagemaker/latest/dg/kNN-tuning.html.
"""

from collections.abc import Mapping
from typing import Any

from cloudlet.algorithms.hyperparameters import Categorical, Integer, Interval
from cloudlet.algorithms.schema_hyperparameters import SchemaTable, refusal

FLAT, IVF_FLAT, IVF_PQ = "faiss.Flat", "faiss.IVFFlat", "faiss.IVFPQ"
L2, INNER_PRODUCT, COSINE = "L2", "INNER_PRODUCT", "COSINE"
CLASSIFIER, REGRESSOR = "classifier", "regressor"
SIGN, FJLT = "sign", "fjlt"
_PARTS = (1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96)


class AutoOrInteger(Integer):
    """A whole number, or `auto`."""

    def parse(self, text: str) -> Any:
        """`"auto"` → `"auto"`, `"16"` → 16."""
        return text if text == "auto" else int(text)

    def check(self, value: Any) -> None:
        """Raise ClientError if a number is out of range."""
        if value != "auto":
            super().check(value)


def _reduction(values: Mapping[str, Any]) -> None:
    kind = values.get("dimension_reduction_type")
    target = values.get("dimension_reduction_target")
    if (kind is None) != (target is None):
        given, missing = "dimension_reduction_type", "dimension_reduction_target"
        if kind is None:
            given, missing = missing, given
        raise refusal(f"'{missing}' is required when {given} is specified")
    if target is not None and target >= values["feature_dim"]:
        raise refusal(
            f"dimension_reduction_target is {target}: it has to be less than"
            f" feature_dim, which is {values['feature_dim']}"
        )


def _index(values: Mapping[str, Any]) -> None:
    if values["index_type"] != IVF_PQ:
        return
    if values["index_metric"] != L2:
        raise refusal(
            f"index_metric {values['index_metric']} is not supported with index_type"
            f" {IVF_PQ}: use {L2}"
        )
    if "faiss_index_pq_m" not in values:
        raise refusal(f"'faiss_index_pq_m' is required with index_type {IVF_PQ}")


TABLE = SchemaTable(
    rows=(
        Integer("feature_dim", Interval(1), required=True),
        Integer("k", Interval(1), required=True, tunable=Interval(1, 1024)),
        Categorical("predictor_type", (CLASSIFIER, REGRESSOR), required=True),
        Integer(
            "sample_size", Interval(1), required=True, tunable=Interval(256, 20000000)
        ),
        Integer("mini_batch_size", Interval(1), default="5000"),
        Categorical("dimension_reduction_type", (SIGN, FJLT)),
        Integer("dimension_reduction_target", Interval(1)),
        Categorical("index_type", (FLAT, IVF_FLAT, IVF_PQ), default=FLAT),
        Categorical("index_metric", (L2, INNER_PRODUCT, COSINE), default=L2),
        AutoOrInteger("faiss_index_ivf_nlists", Interval(1), default="auto"),
        Integer("faiss_index_pq_m", _PARTS),
        Categorical("_tuning_objective_metric", ("test:accuracy", "test:mse")),
    ),
    rules=(_reduction, _index),
)
