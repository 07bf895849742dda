"""Images and their labels, as the channels have them: still encoded, not yet pixels.

https://docs.aws.amazon.com/sagemaker/latest/dg/image-classification.html#IC-inputoutput.
`application/x-image`: files in one channel, and in another a `.lst` file whose lines
are an index, the label and the path, separated by tabs. `application/x-recordio`:
MXNet's image records, a header (`mxnet.recordio.IRHeader`), perhaps more labels, and
the encoded image.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cloudlet.algorithms import hosts, log, recordio
from cloudlet.algorithms.channels import data_files
from cloudlet.algorithms.formats import media_type
from cloudlet.runner.container import ClientError, Container

RECORDS = "application/x-recordio"
IMAGES = ("application/x-image", "image/png", "image/jpeg")
#: Flag, label, two numbers; a flag above 0 is the count of labels that follow.
_HEAD = struct.Struct("<IfQQ")
_FORMATS = ("multi-hot", "class-id")
_NOT_DATA = (".idx", ".lst")


@dataclass(frozen=True)
class Sample:
    """One image.

    Attributes:
        name: what messages call it.
        labels: as given.
        content: the encoded image, or its file.
    """

    name: str
    labels: tuple[float, ...]
    content: bytes | Path

    def read(self) -> bytes:
        """The encoded image."""
        return (
            self.content
            if isinstance(self.content, bytes)
            else self.content.read_bytes()
        )


@dataclass(frozen=True)
class Samples:
    """A channel's images.

    Attributes:
        samples: in the channel's order.
        targets: int64, shape (images,): the class of each; or, with several labels an
            image, float32, shape (images, classes): 1 for those that it has.
    """

    samples: Sequence[Sample]
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.samples)


def load(
    container: Container, name: str, classes: int, *, several: bool
) -> Samples | None:
    """All of a channel; None on a host that does not train.

    Args:
        container: the job's.
        name: `train` or `validation`.
        classes: `num_classes`.
        several: whether an image may have several labels.

    Raises:
        ClientError: the channel is empty, cannot be read as its content type says, or
            has a label outside the classes.
    """
    content_type = container.input_data_config()[name].get("ContentType") or RECORDS
    kind, parameters = media_type(content_type)
    form = parameters.get("label-format", _FORMATS[0])
    if kind not in (RECORDS, *IMAGES) or form not in _FORMATS:
        raise ClientError(
            f"The content type {content_type} of channel '{name}' is not supported: use"
            f" {RECORDS} or {IMAGES[0]}, with label-format={' or '.join(_FORMATS)}."
        )
    read = _recorded if kind == RECORDS else _listed
    found = read(container, name)
    if found is None:
        return None
    if not found:
        raise ClientError(f"No data was found in channel '{name}': it lists no image.")
    if several:
        return Samples(found, _several(found, name, classes, form))
    return Samples(found, _single(found, name, classes))


def _single(samples: Sequence[Sample], name: str, classes: int) -> np.ndarray:
    for sample in samples:
        if len(sample.labels) != 1:
            raise ClientError(
                f"{sample.name} of channel '{name}' has {len(sample.labels)} labels;"
                " without multi_label=1 it has one."
            )
        _check(sample.labels[0], sample, name, classes)
    return np.array([sample.labels[0] for sample in samples], np.int64)


def _several(
    samples: Sequence[Sample], name: str, classes: int, form: str
) -> np.ndarray:
    targets = np.zeros((len(samples), classes), np.float32)
    for row, sample in zip(targets, samples, strict=True):
        if form == "class-id":
            for label in sample.labels:
                _check(label, sample, name, classes)
            row[np.array(sample.labels, int)] = 1
        elif len(sample.labels) == classes and set(sample.labels) <= {0, 1}:
            row[:] = sample.labels
        else:
            raise ClientError(
                f"{sample.name} of channel '{name}' has the labels"
                f" {list(sample.labels)}; with label-format=multi-hot they are"
                f" {classes} times 0 or 1, one for each class."
            )
    return targets


def _check(label: float, sample: Sample, name: str, classes: int) -> None:
    if not (0 <= label < classes and label == int(label)):
        raise ClientError(
            f"{sample.name} of channel '{name}' has the label {label:g}. Labels are"
            f" whole numbers from 0 to {classes - 1}: num_classes is {classes}."
        )


def _recorded(container: Container, name: str) -> list[Sample] | None:
    """The images of RecordIO files, those of all hosts for training."""
    if name == "train":
        shares = hosts.gather(
            container, name, lambda: b"".join(_files(container, name))
        )
        if shares is None:
            return None
    else:
        shares = list(_files(container, name))
    found: list[Sample] = []
    for share in shares:
        try:
            found += (
                _record(data, number)
                for number, data in enumerate(recordio.read(share), len(found))
            )
        except ValueError as error:
            raise ClientError(
                f"Unable to read data channel '{name}'. Requested content-type is"
                f" '{RECORDS}'. Please verify that the data matches the requested"
                f" content-type. ({error})"
            ) from error
    return found


def _files(container: Container, name: str) -> Iterator[bytes]:
    for file in data_files(container, name):
        if file.suffix not in _NOT_DATA:
            yield file.read_bytes()


def _record(data: bytes, number: int) -> Sample:
    if len(data) < _HEAD.size:
        raise ValueError(f"record {number} is no image record: it has no header")
    count, label, _, _ = _HEAD.unpack_from(data)
    labels, at = (label,), _HEAD.size
    if count:
        at += 4 * count
        if len(data) < at:
            raise ValueError(f"record {number} is no image record: it lacks labels")
        labels = struct.unpack_from(f"<{count}f", data, _HEAD.size)
    return Sample(f"The image of record {number}", labels, data[at:])


def write_record(content: bytes, labels: Sequence[float], number: int = 0) -> bytes:
    """One image record, as MXNet's `im2rec` writes it, before RecordIO's framing."""
    if len(labels) == 1:
        return _HEAD.pack(0, labels[0], number, 0) + content
    more = struct.pack(f"<{len(labels)}f", *labels)
    return _HEAD.pack(len(labels), 0.0, number, 0) + more + content


def _listed(container: Container, name: str) -> list[Sample] | None:
    """The images of a channel that its `.lst` file names; None as `load` has it."""
    config = container.input_data_config()
    if config[name].get("TrainingInputMode") == "Pipe":
        raise ClientError(
            f"Channel '{name}' asks for Pipe mode, which needs {RECORDS} here; the"
            " image format works in File and FastFile modes."
        )
    several = len(container.resource_config().get("hosts", [])) > 1
    if several and config[name].get("S3DistributionType") == "ShardedByS3Key":
        raise ClientError(
            f"Channel '{name}' is ShardedByS3Key. Images over several instances have to"
            f" be FullyReplicated here; {RECORDS} may be sharded."
        )
    if hosts.gather(container, name, bytes) is None:
        return None  # all hosts have all images, and the first one trains
    lists = f"{name}_lst"
    if lists not in config:
        raise ClientError(f"Missing required channel: {lists}")
    log.info(f"Searching for .lst files in /opt/ml/input/data/{lists}.")
    files = [file for file in data_files(container, lists) if file.suffix == ".lst"]
    if len(files) != 1:
        raise ClientError(
            f"The channel '{lists}' has to hold one .lst file; it has {len(files)}."
        )
    return list(_lines(files[0], container.channel(name), name))


def _lines(file: Path, root: Path, name: str) -> Iterator[Sample]:
    seen: dict[int, int] = {}
    for number, line in enumerate(_text(file).splitlines(), 1):
        if not line.strip():
            continue
        place = f"line {number} of '{file.name}'"
        index, labels, path = _cells(line, place)
        if index in seen:
            raise ClientError(
                f"The index {index} of {place} stands in line {seen[index]} already."
            )
        seen[index] = number
        target = root / path
        if not target.resolve().is_relative_to(root.resolve()) or not target.is_file():
            raise ClientError(
                f"The image '{path}' ({place}) does not exist in channel '{name}'."
            )
        yield Sample(f"The image '{path}'", labels, target)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ClientError(f"'{file.name}' is not text in UTF-8: {error}") from error


def _cells(line: str, place: str) -> tuple[int, tuple[float, ...], str]:
    index, *labels = line.strip().split("\t")
    try:
        path = labels.pop() if labels else ""
        if not labels:
            raise ValueError("it has no label")
        return int(index), tuple(map(float, labels)), path.strip()
    except ValueError as error:
        raise ClientError(
            f"{place.capitalize()} is not an index, a label and a path, separated by"
            f" tabs: {error}"
        ) from error
