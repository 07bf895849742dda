"""The local cloud of one run, behind walls of its own: the learner's jobs run in it."""

from __future__ import annotations

import os
import socket
import sys

from mlslab.grading.frames import Channel

MODULES = (
    "cloudlet.serve",
    "cloudlet.gateway.app",
    "cloudlet.runner.processes",
    "cloudlet.runner.warm",
    "cloudlet.metering",
    "cloudlet.services.iam.simulation",
    "cloudlet.services.s3",
    "cloudlet.services.sagemaker.hosting",
    "moto.moto_server.werkzeug_app",
    "moto.s3.urls",
    "moto.iam.urls",
    "moto.sts.urls",
    "moto.logs.models",
    "moto.cloudwatch.models",
)
"""What a nursery loads so that a cloud starts at once."""


def main(connection: socket.socket) -> None:
    """Serve; tells its address on the channel, and ends with its sandbox."""
    from cloudlet.runner import linux, warm_parent
    from cloudlet.serve import serve

    channel = Channel(connection)
    told = channel.receive()
    os.environ.clear()
    os.environ.update(told["environment"])
    if hasattr(os, "fork") and sys.platform == "linux":
        warm_parent.fork()
        # The jobs that run in the cloud have its user's number: they must not get at
        # its memory.
        linux.prctl(linux.DUMPABLE, 0)
    serve(
        "127.0.0.1", 0, stoppable=False, announce=lambda url: channel.send({"url": url})
    )
