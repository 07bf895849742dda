"""Watching this process' AWS calls: tag what a lab creates, keep a record, ask first.

botocore calls the initializer for each new session, so boto3's clients and those that
the SageMaker SDK makes for itself are watched alike. Only what is made after
`start_lab` is seen.
"""

from collections.abc import Callable, Iterator
from typing import Any

import botocore
from botocore.exceptions import ClientError

from mlslab.errors import MlslabError
from mlslab.kinds import kind_of_call
from mlslab.ledger import Ledger, Record

TAG = "mlslab-lab"
"""The key of the tag on everything that a lab creates; its value is the lab's id."""

_NOTE = "mlslab"


class NotConfirmedError(MlslabError):
    """The learner did not agree to a resource that costs money."""


class Watcher:
    """Handlers for one lab.

    Args:
        lab_id: the value of the tag.
        ledger: where created resources are recorded.
        confirm: asked before each call that costs money, with the operation and
            its instances; None asks nothing.
    """

    def __init__(
        self,
        lab_id: str,
        ledger: Ledger,
        confirm: Callable[[str, tuple[tuple[str, int], ...]], bool] | None = None,
    ) -> None:
        self.lab_id, self.ledger, self._confirm = lab_id, ledger, confirm

    def prepare(self, session: Any, params: Any, model: Any, context: Any) -> None:
        """Before a request is built: add the tag, and note what is created."""
        if not model.name.startswith("Create"):
            return
        add_tag(params, model.input_shape, self.lab_id)
        found = kind_of_call(model.service_model.service_name, model.name)
        if found is None or self._is_theirs(session, found[0], params, context):
            return
        key, kind = found
        context[_NOTE] = Record(
            key,
            str(params.get(kind.name, "")),
            context["client_region"],
            tuple(instances(params)) or self._configured(params),
        )

    def ask(self, model: Any, context: Any) -> None:
        """Before a request is sent: ask, and raise `NotConfirmedError` for a no."""
        found = kind_of_call(model.service_model.service_name, model.name)
        if self._confirm is None or found is None or not found[1].costs:
            return
        if not self._confirm(model.name, self._instances_of(context)):
            raise NotConfirmedError(
                f"{model.name} was not sent: it costs money, and you did not agree"
            )

    def created(self, session: Any, status: int, context: Any) -> None:
        """After an answer: record what now stands."""
        record = context.get(_NOTE)
        if record is None or status >= 300:
            return
        self.ledger.add(record)
        if record.kind == "bucket":
            s3 = session.create_client("s3", region_name=record.region)
            s3.put_bucket_tagging(
                Bucket=record.name,
                Tagging={"TagSet": [{"Key": TAG, "Value": self.lab_id}]},
            )

    def _is_theirs(self, session: Any, key: str, params: Any, context: Any) -> bool:
        """Whether a CreateBucket names a bucket that stands already.

        In us-east-1 S3 answers it with 200 to the owner, and a bucket that the lab
        has not made must not be deleted at its end.
        """
        if key != "bucket":
            return False
        s3 = session.create_client("s3", region_name=context["client_region"])
        try:
            s3.head_bucket(Bucket=params.get("Bucket", ""))
        except ClientError as error:
            return error.response["Error"]["Code"] not in ("404", "NoSuchBucket")
        return True

    def _configured(self, params: Any) -> tuple[tuple[str, int], ...]:
        """The instances of the endpoint configuration that a request names."""
        name = params.get("EndpointConfigName", "")
        config = self.ledger.find("endpoint-config", name)
        return config.instances if config else ()

    def _instances_of(self, context: Any) -> tuple[tuple[str, int], ...]:
        record = context.get(_NOTE)
        return record.instances if record else ()


def instances(value: Any) -> Iterator[tuple[str, int]]:
    """Instance types and counts anywhere in a request."""
    if isinstance(value, dict):
        if isinstance(value.get("InstanceType"), str):
            count = value.get("InstanceCount") or value.get("InitialInstanceCount")
            yield value["InstanceType"], int(count or 1)
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from instances(inner)


def add_tag(params: dict[str, Any], shape: Any, lab_id: str) -> None:
    """Add the lab's tag to a request whose input takes tags, in its own form.

    The form (a list of pairs, or a map; capital letters or not) is read from the
    botocore model of the operation.
    """
    members = shape.members if shape is not None else {}
    member = next((name for name in ("Tags", "tags") if name in members), None)
    if member is None:
        return
    if members[member].type_name == "map":
        params[member] = {**(params.get(member) or {}), TAG: lab_id}
        return
    pair = members[member].member
    if pair.type_name != "structure":
        return
    key = next(name for name in pair.members if name.lower().endswith("key"))
    text = next(name for name in pair.members if name.lower().endswith("value"))
    given = list(params.get(member) or ())
    if all(tag.get(key) != TAG for tag in given):
        params[member] = [*given, {key: TAG, text: lab_id}]


_current: Watcher | None = None
_listening = False


def listen() -> None:
    """From now on, hear of the calls of every session that is made."""
    global _listening
    if not _listening:
        botocore.register_initializer(_attach)
        _listening = True


def watch(watcher: Watcher | None) -> None:
    """Let `watcher` see the calls, in place of an earlier one; None ends it."""
    global _current
    _current = watcher


def _attach(session: Any) -> None:
    def prepare(params: Any, model: Any, context: Any, **_: Any) -> None:
        if _current is not None:
            _current.prepare(session, params, model, context)

    def ask(model: Any, context: Any, **_: Any) -> None:
        if _current is not None:
            _current.ask(model, context)

    def created(http_response: Any, context: Any, **_: Any) -> None:
        if _current is not None:
            _current.created(session, http_response.status_code, context)

    events = session.get_component("event_emitter")
    events.register("provide-client-params.*.*", prepare)
    events.register("before-call.*.*", ask)
    events.register("after-call.*.*", created)
