"""The running cloud: what every handler reaches through its `Call`."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudlet import cloud_time, fresh_account, redirect
from cloudlet.clock import ChangeFeed, Clock
from cloudlet.logs import Logs
from cloudlet.metrics import Metrics
from cloudlet.objects import Objects
from cloudlet.resources import Resource
from cloudlet.stores import Scope, Stores

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from cloudlet.metering import Bill, Meter
    from cloudlet.runner.processes import Processes
    from cloudlet.services.sagemaker.hosting import Fleets
    from cloudlet.services.sagemaker.state import Endpoint, TrainingJob, Variant

log = logging.getLogger("cloudlet.engine")

#: Output of jobs wakes waiting clients at most this often, in seconds: each look at a
#: log costs the client, the cloud and so the job that shares the cores with them.
OUTPUT_INTERVAL = 5.0


class Engine:
    """Everything behind the gateway.

    Heavy parts (processes, meter, moto's services) are made on first use, so that an
    idle cloud is small and answers its first call soon.

    Args:
        stoppable: whether who reaches the cloud may stop it.
    """

    def __init__(self, *, stoppable: bool = True) -> None:
        self.stoppable = stoppable
        self.clock = Clock()
        self.changes = ChangeFeed()
        self.stores = Stores()
        self.logs = Logs()
        self.metrics = Metrics()
        self.training_slots = threading.BoundedSemaphore(os.cpu_count() or 1)
        self.stopping = threading.Event()
        # Whoever ends this process by force finds by its number what is to be removed.
        self.folder = Path(tempfile.mkdtemp(prefix=f"cloudlet-{os.getpid()}-"))
        self.url = ""
        self._folders = itertools.count()
        self._threads: list[threading.Thread] = []
        self._last_output = 0.0
        self._lazy = threading.RLock()
        self._parts: dict[str, Any] = {}
        self.clock.on_advance(self._after_advance)

    @property
    def processes(self) -> Processes:
        """The containers."""
        from cloudlet.runner.processes import Processes

        made: Processes = self._part("processes", Processes)
        return made

    @property
    def fleets(self) -> Fleets:
        """The model servers behind endpoints."""
        from cloudlet.services.sagemaker.hosting import Fleets

        made: Fleets = self._part("fleets", Fleets)
        return made

    @property
    def meter(self) -> Meter:
        """What is billed."""
        from cloudlet.metering import Meter

        made: Meter = self._part("meter", Meter)
        return made

    def objects(self, scope: Scope) -> Objects:
        """S3 as the account sees it."""
        return Objects(scope.account_id)

    def account_of(self, access_key: str | None) -> str:
        """The account that an access key belongs to."""
        return fresh_account.account_of(access_key)

    def before_call(self, service: str) -> None:
        """What must be in place before a service answers."""
        if service in ("iam", "sts"):
            self._part("account", fresh_account.create)
        elif service == "s3":
            self._part("s3 clock", lambda: cloud_time.cover("moto.s3.models"))
        elif service == "logs":
            self.logs.flush()
        elif service == "monitoring":
            self.metrics.flush()
        elif service == "sagemaker" and "warm" not in self._parts:
            self._part("warm", self._warm)

    def count_request(
        self, scope: Scope, service: str, verb: str, request: Request
    ) -> None:
        """Meter a request that AWS charges for."""
        if service == "s3":
            from cloudlet.services.s3 import requests_metering

            requests_metering.count(self.meter, verb, request)

    def run_in_background(self, work: Callable[..., None], *arguments: Any) -> None:
        """Do work that outlives the call that asked for it."""
        under_way = self.changes.work()
        under_way.__enter__()

        def run() -> None:
            with contextlib.ExitStack() as stack:
                stack.push(under_way)
                try:
                    work(*arguments)
                except Exception:
                    log.exception("%s failed", work.__qualname__)

        thread = threading.Thread(target=run, daemon=True)
        with self._lazy:
            self._threads = [t for t in self._threads if t.is_alive()]
            self._threads.append(thread)
        thread.start()

    def announce_output(self) -> None:
        """Something was printed: wake clients that tail logs, but not for each line."""
        now = time.monotonic()
        if now - self._last_output > OUTPUT_INTERVAL:
            self._last_output = now
            self.changes.announce()

    def new_folder(self, purpose: str) -> Path:
        """A folder of its own for a job or a server; short, as sockets live in it."""
        folder = self.folder / f"{next(self._folders)}"
        folder.mkdir()
        (folder / "purpose").write_text(purpose)
        return folder

    def container_environment(self, scope: Scope) -> dict[str, str]:
        """The variables of every container: its tools, and this cloud as AWS."""
        kept = ("LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "HOME": str(Path.home()),
            **redirect.environment(self.url, scope.region, inherited={}),
            **redirect.python_first_on_path(),
        }

    def meter_training(self, job: TrainingJob) -> None:
        """Put an ended job on the bill: instances × seconds."""
        if job.started is None or job.ended is None:
            return
        resources = job.request["ResourceConfig"]
        usage = self.meter.start(
            "AmazonSageMaker",
            "training",
            job.name,
            resources.get("InstanceType", "unknown"),
            at=job.started,
            count=resources.get("InstanceCount", 1),
            tags=job.tags,
        )
        self.meter.stop(usage, max(job.ended, job.started))

    def meter_variant(self, endpoint: Endpoint, variant: Variant) -> None:
        """Start the meter of a variant that came into service."""
        if variant.instance_count > 0:
            variant.usage_id = self.meter.start(
                "AmazonSageMaker",
                "hosting",
                endpoint.name,
                variant.instance_type,
                at=self.clock.now(),
                count=variant.instance_count,
                tags=endpoint.tags,
                details={"variant": variant.name},
            )

    def stop_metering(self, variant: Variant) -> None:
        """Stop the meter of a variant that went out of service."""
        if variant.usage_id is not None:
            self.meter.stop(variant.usage_id, self.clock.now())
            variant.usage_id = None

    def bill(self) -> Bill:
        """What AWS would have charged so far."""
        from cloudlet.metering import load_prices, make_bill
        from cloudlet.services.s3.storage_metering import stored_objects

        prices = self._part("prices", load_prices)
        now = self.clock.now()
        return make_bill(self.meter, prices, now, also=stored_objects(now, prices))

    def resources(self) -> list[Resource]:
        """What stands in the cloud now."""
        from cloudlet import inventory

        return inventory.resources(self)

    def status(self) -> dict[str, Any]:
        """For `cloudlet status`."""
        standing = self.resources()
        return {
            "url": self.url,
            "pid": os.getpid(),
            "now": self.clock.now().isoformat(),
            "ahead_seconds": self.clock.offset.total_seconds(),
            "folder": str(self.folder),
            "resources": len(standing),
        }

    def reset(self) -> None:
        """Back to a fresh cloud."""
        self._stop_work()
        self.stores.clear()
        self.logs.clear()
        self.metrics.clear()
        self.meter.clear()
        self.clock.reset()
        fresh_account.forget_everything()
        with self._lazy:
            self._parts.pop("account", None)
        self.changes.announce()

    def ask_to_stop(self) -> None:
        """Let the server end after this answer."""
        self.stopping.set()
        self.changes.announce()  # held polls are answered, and the server is free

    def close(self) -> None:
        """End all processes and remove all files."""
        self._stop_work()
        if "warm" in self._parts:
            from cloudlet.runner import warm_parent

            warm_parent.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _warm(self) -> None:
        from cloudlet.runner import warm_parent

        warm_parent.keep_in(self.folder)
        self.processes.warm()

    def _stop_work(self) -> None:
        """End what runs; what waits for its turn finds that nothing starts any more."""
        if "processes" in self._parts:
            self.processes.close()
        if "fleets" in self._parts:
            self.fleets.clear()
        for thread in list(self._threads):
            thread.join(5)
        with self._lazy:
            self._parts.pop("processes", None)

    def _after_advance(self, now: datetime) -> None:
        from cloudlet.services.s3 import lifecycle

        lifecycle.apply(now)
        self.changes.announce()

    def _part(self, name: str, make: Callable[[], Any]) -> Any:
        part = self._parts.get(name)
        if part is None:
            with self._lazy:
                if self._parts.get(name) is None:
                    made = make()
                    self._parts[name] = True if made is None else made
                part = self._parts[name]
        return part
