"""Input channels: what a training job finds under /opt/ml/input/data/<channel>."""

from __future__ import annotations

import gzip
import json
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
    folder = container.channel(channel["ChannelName"])
    folder.mkdir(parents=True, exist_ok=True)
    found = _objects(objects, source)
    if source.get("S3DataDistributionType") == "ShardedByS3Key":
        found = found[host::of]
    for location, prefix in found:
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
