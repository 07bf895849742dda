"""Input channels: what a training job finds under /opt/ml/input/data/<channel>."""

from __future__ import annotations

import gzip
from pathlib import Path, PurePosixPath
from typing import Any

from cloudlet.errors import ValidationException
from cloudlet.objects import Location, Objects
from cloudlet.runner.container import ClientError, Container


def check(objects: Objects, request: dict[str, Any], region: str) -> None:
    """Refuse what AWS refuses at once, and what this cloud can't do yet.

    Raises:
        ValidationException: naming the channel or the S3 address.
    """
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", [])]
    if len(names) != len(set(names)):
        raise ValidationException("Channel names must be unique.")
    mode = request["AlgorithmSpecification"].get("TrainingInputMode", "File")
    for channel in request.get("InputDataConfig", []):
        if channel.get("InputMode", mode) == "Pipe":
            raise ValidationException(
                f"Channel {channel['ChannelName']}: the local cloud has the input "
                "modes File and FastFile, not Pipe."
            )
        _keys(objects, channel, request["RoleArn"], region)


def download(
    objects: Objects, channel: dict[str, Any], container: Container, host: int, of: int
) -> None:
    """Lay one channel's files into the container.

    Args:
        host: this host's number, from 0; `of` hosts in all.

    Raises:
        ClientError: for a key that leads out of the channel's folder.
    """
    source = channel["DataSource"]["S3DataSource"]
    location = Location.parse(source["S3Uri"])
    folder = container.channel(channel["ChannelName"])
    folder.mkdir(parents=True, exist_ok=True)
    keys = objects.keys(location.bucket, location.key)
    if source.get("S3DataDistributionType") == "ShardedByS3Key":
        keys = keys[host::of]
    for key in keys:
        path = folder / _relative(key, location.key)
        if ".." in PurePosixPath(key).parts:
            raise ClientError(f"The key {key} leads out of its channel.")
        objects.download(Location(location.bucket, key), path)
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
    if source["S3DataType"] != "S3Prefix":
        raise ValidationException(
            f"Channel {channel['ChannelName']}: the local cloud reads the S3DataType "
            f"S3Prefix, not {source['S3DataType']}."
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
