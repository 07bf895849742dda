"""Train BlazingText: check, and hand over to the mode's own module."""

from typing import Any

from cloudlet.algorithms import hosts
from cloudlet.algorithms.blazingtext.hyperparameters import SUPERVISED, validate
from cloudlet.algorithms.channels import check_channels
from cloudlet.runner.container import ClientError, Container


def train(container: Container) -> None:
    """Run one training job: channel `train`; `validation` too in mode `supervised`.

    Raises:
        ClientError: hyperparameters, channels, hosts or data are at fault.
    """
    values = validate(container.hyperparameters())
    supervised = values["mode"] == SUPERVISED
    optional = ["validation"] if supervised else []
    config = container.input_data_config()
    check_channels(config, required=["train"], optional=optional)
    if not _trains(container, values):
        return
    if supervised:
        from cloudlet.algorithms.blazingtext.supervised import train as run
    else:
        from cloudlet.algorithms.blazingtext.word2vec import train as run
    run(container, values)


def _trains(container: Container, values: dict[str, Any]) -> bool:
    """Whether this host trains; raises ClientError if there may not be several."""
    names = list(container.resource_config().get("hosts", ["algo-1"]))
    if len(names) == 1:
        return True
    if values["mode"] != "batch_skipgram":
        raise ClientError(
            f"Mode '{values['mode']}' trains on a single instance, and the job has"
            f" {len(names)}: only 'batch_skipgram' runs on several."
        )
    channel = container.input_data_config()["train"]
    if channel.get("S3DistributionType") == "ShardedByS3Key":
        raise ClientError(
            "On several instances the channel 'train' has to be FullyReplicated:"
            " BlazingText distributes the data itself."
        )
    return hosts.current(container) == str(names[0])
