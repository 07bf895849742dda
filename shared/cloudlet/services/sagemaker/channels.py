"""Input channels: what a training job finds under /opt/ml/input/data/<channel>."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from cloudlet.algorithms import recordio
from cloudlet.errors import ValidationException
from cloudlet.objects import Location, Objects
from cloudlet.runner.container import ClientError, Container
from cloudlet.runner.pipes import Pipe


def check(objects: Objects, request: dict[str, Any], region: str) -> None:
    """Refuse what AWS refuses at once, and what this cloud can't do yet.

    Raises:
        ValidationException: naming the channel or the S3 address.
    """
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
    if len(names) != len(set(names)):
        raise ValidationException("Channel names must be unique.")
    for channel in request.get("InputDataConfig", []):
        _keys(objects, channel, request["RoleArn"], region)


def mode(request: dict[str, Any], channel: dict[str, Any]) -> str:
    """The channel's input mode: its own, or the job's. File, FastFile or Pipe."""
    job = request["AlgorithmSpecification"].get("TrainingInputMode", "File")
    return str(channel.get("InputMode", job))


def pipe(
    objects: Objects, channel: dict[str, Any], container: Container, host: int, of: int
) -> Pipe:
    """Feed one channel in Pipe mode, until the pipe is closed.

    Args:
        host: this host's number, from 0; `of` hosts in all.

    Raises:
        ClientError: for a manifest that is none.
    """
    found = _shared_out(objects, channel, host, of)

    def bodies() -> Iterator[bytes]:
        for location, _ in found:
            body = objects.read(location) or b""
            if channel.get("CompressionType") == "Gzip":
                body = gzip.decompress(body)
            if channel.get("RecordWrapperType") == "RecordIO":
                body = recordio.write([body])
            yield body

    folder = container.channel(channel["ChannelName"])
    return Pipe(folder.parent, folder.name, bodies)


def download(
    objects: Objects, channel: dict[str, Any], container: Container, host: int, of: int
) -> None:
    """Lay one channel's files into the container.

    Args:
        host: this host's number, from 0; `of` hosts in all.

    Raises:
        ClientError: for a key that leads out of the channel's folder.
    """
    folder = container.channel(channel["ChannelName"])
    folder.mkdir(parents=True, exist_ok=True)
    for location, prefix in _shared_out(objects, channel, host, of):
        path = folder / _relative(location.key, prefix)
        if ".." in PurePosixPath(location.key).parts:
            raise ClientError(f"The key {location.key} leads out of its channel.")
        if not objects.download(location, path):
            raise ClientError(f"There is no object {location.uri}")
        if channel.get("CompressionType") == "Gzip":
            _gunzip(path)


def _keys(
    objects: Objects, channel: dict[str, Any], role: str, region: str
) -> list[str]:
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise ValidationException(
            f"Channel {channel['ChannelName']}: the local cloud reads S3DataSource."
        )
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise ValidationException(
            f"Channel {channel['ChannelName']}: the local cloud reads the S3DataTypes "
            f"S3Prefix and ManifestFile, not {source['S3DataType']}."
        )
    location = Location.parse(source["S3Uri"])
    keys = objects.keys(location.bucket, location.key)
    if not keys:
        raise ValidationException(
            f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data '
            f"source. Please ensure that the bucket exists in the selected region "
            f"({region}), that objects exist under that S3 prefix, and that the role "
            f'"{role}" has "s3:ListBucket" permissions on bucket "{location.bucket}".'
        )
    return keys


def _shared_out(
    objects: Objects, channel: dict[str, Any], host: int, of: int
) -> list[tuple[Location, str]]:
    """The channel's objects for one host: all, or its share."""
    source = channel["DataSource"]["S3DataSource"]
    found = _objects(objects, source)
    sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
    return found[host::of] if sharded else found


def _objects(objects: Objects, source: dict[str, Any]) -> list[tuple[Location, str]]:
    """The channel's objects, each with the prefix that its name in the channel leaves.

    Raises:
        ClientError: for a manifest that is none.
    """
    location = Location.parse(source["S3Uri"])
    if source["S3DataType"] == "S3Prefix":
        keys = objects.keys(location.bucket, location.key)
        return [(Location(location.bucket, key), location.key) for key in keys]
    return _listed(objects.read(location), source["S3Uri"])


def _listed(manifest: bytes | None, uri: str) -> list[tuple[Location, str]]:
    """What a manifest lists: a prefix first, then names below it.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    try:
        first, *names = json.loads(manifest or b"")
        prefix = Location.parse(first["prefix"])
        return [
            (Location(prefix.bucket, prefix.key + name), prefix.key) for name in names
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise ClientError(
            f"Unable to parse the manifest {uri}: it is a JSON list of"
            f' {{"prefix": "s3://…"}} and the names that follow it ({error})'
        ) from error


def _relative(key: str, prefix: str) -> str:
    """The file's name below its channel: what follows the prefix's folder."""
    if key.startswith(f"{prefix.rstrip('/')}/"):
        return key[len(prefix.rstrip("/")) + 1 :]
    return key.rpartition("/")[2] if key == prefix else key[prefix.rfind("/") + 1 :]


def _gunzip(path: Path) -> None:
    try:
        body = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise ClientError(f"{path.name} is not a gzip file: {error}") from error
    path.with_suffix("" if path.suffix == ".gz" else path.suffix).write_bytes(body)
    if path.suffix == ".gz":
        path.unlink()
