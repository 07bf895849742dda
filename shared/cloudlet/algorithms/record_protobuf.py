"""AWS's protobuf records: rows of features, with labels, dense or sparse.

The message is `aialgs.data.Record` of
https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html; features and label
stand in maps under the name `values`. A tensor with `keys` is sparse: `shape` then says
how wide the row is.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from cloudlet.algorithms import recordio
from cloudlet.algorithms.dataset import Dataset, Features, sparse_rows

VALUES = "values"


@cache
def record_class() -> Any:
    """The message class `Record`, built from its description."""
    file = descriptor_pb2.FileDescriptorProto(
        name="cloudlet/record.proto", package="aialgs.data", syntax="proto2"
    )
    for name, kind in (
        ("Float32Tensor", "FLOAT"),
        ("Float64Tensor", "DOUBLE"),
        ("Int32Tensor", "INT32"),
    ):
        tensor = file.message_type.add(name=name)
        _field(tensor, "values", 1, kind, repeated=True)
        _field(tensor, "keys", 2, "UINT64", repeated=True)
        _field(tensor, "shape", 3, "UINT64", repeated=True)
    raw = file.message_type.add(name="Bytes")
    _field(raw, "value", 1, "BYTES", repeated=True)
    _field(raw, "content_type", 2, "STRING")
    value = file.message_type.add(name="Value")
    for name, number, kind in (
        ("float32_tensor", 2, "Float32Tensor"),
        ("float64_tensor", 3, "Float64Tensor"),
        ("int32_tensor", 7, "Int32Tensor"),
        ("bytes", 9, "Bytes"),
    ):
        _field(value, name, number, f".aialgs.data.{kind}")
    record = file.message_type.add(name="Record")
    for name, number in (("features", 1), ("label", 2)):
        _map(record, name, number)
    for name, number in (("uid", 3), ("metadata", 4), ("configuration", 5)):
        _field(record, name, number, "STRING")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("aialgs.data.Record")
    )


def read(stream: bytes) -> Dataset:
    """The rows of a RecordIO stream of records; labels are NaN where there are none.

    Raises:
        ValueError: no RecordIO, no such record, or rows of different widths.
    """
    records = [_parsed(data) for data in recordio.read(stream)]
    if not records:
        return Dataset(np.empty((0, 0), np.float32), None)
    tensors = [_tensor(record.features, "features") for record in records]
    labels = [_label(record) for record in records]
    known = (
        None
        if all(v is None for v in labels)
        else np.array([np.nan if v is None else v for v in labels], np.float32)
    )
    return Dataset(_matrix(tensors), known)


def write(features: Features, labels: Sequence[float] | None = None) -> bytes:
    """Rows as a RecordIO stream, as the SDK's `record_set` writes them."""
    make = record_class()
    sparse = not isinstance(features, np.ndarray)
    records = []
    for number in range(features.shape[0]):
        record = make()
        tensor = record.features[VALUES].float32_tensor
        row = features[number]
        if sparse:
            tensor.values.extend(row.data.tolist())
            tensor.keys.extend(row.indices.tolist())
            tensor.shape.append(features.shape[1])
        else:
            tensor.values.extend(row.tolist())
        if labels is not None:
            record.label[VALUES].float32_tensor.values.append(float(labels[number]))
        records.append(record.SerializeToString())
    return recordio.write(records)


def write_answers(answers: Iterable[Mapping[str, Any]]) -> bytes:
    """Predictions as records: numbers, or lists of them, by name in `label`."""
    make = record_class()
    records = []
    for answer in answers:
        record = make()
        for name, value in answer.items():
            values = value if isinstance(value, list) else [value]
            record.label[name].float32_tensor.values.extend(map(float, values))
        records.append(record.SerializeToString())
    return recordio.write(records)


def _parsed(data: bytes) -> Any:
    from google.protobuf.message import DecodeError

    record = record_class()()
    try:
        record.ParseFromString(data)
    except DecodeError as error:
        raise ValueError(
            f"a record is no protobuf message of AWS's: {error}"
        ) from error
    return record


def _tensor(values: Any, what: str) -> Any:
    """The tensor under `values`, or the only one that there is."""
    name = VALUES if VALUES in values else next(iter(values), None)
    if name is None:
        raise ValueError(f"a record has no {what}")
    kind = values[name].ListFields()
    if not kind:
        raise ValueError(f"a record has no {what}")
    return kind[0][1]


def _label(record: Any) -> float | None:
    if not record.label:
        return None
    values = _tensor(record.label, "label").values
    return float(values[0]) if values else None


def _matrix(tensors: Sequence[Any]) -> Features:
    if any(tensor.keys for tensor in tensors):
        return sparse_rows([(t.keys, t.values, t.shape) for t in tensors])
    widths = {len(tensor.values) for tensor in tensors}
    if len(widths) > 1:
        raise ValueError(
            f"records have different numbers of features: {sorted(widths)}"
        )
    return np.array([tensor.values for tensor in tensors], np.float32)


def _field(
    message: Any, name: str, number: int, kind: str, repeated: bool = False
) -> None:
    field_types = descriptor_pb2.FieldDescriptorProto
    field = message.field.add(name=name, number=number)
    field.label = field_types.LABEL_REPEATED if repeated else field_types.LABEL_OPTIONAL
    if kind.startswith("."):
        field.type, field.type_name = field_types.TYPE_MESSAGE, kind
    else:
        field.type = getattr(field_types, f"TYPE_{kind}")
        if repeated and kind not in ("BYTES", "STRING"):
            field.options.packed = True


def _map(record: Any, name: str, number: int) -> None:
    entry = record.nested_type.add(name=f"{name.capitalize()}Entry")
    _field(entry, "key", 1, "STRING")
    _field(entry, "value", 2, ".aialgs.data.Value")
    entry.options.map_entry = True
    field = record.field.add(name=name, number=number)
    field.label = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED
    field.type = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
    field.type_name = f".aialgs.data.Record.{entry.name}"
