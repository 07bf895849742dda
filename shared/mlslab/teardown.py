"""The end of a lab: remove what it has created, and prove that nothing is left.

Two sources say what there is: the lab's own record, and a search by its tag. After
the removal both are asked again, and each resource is described.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mlslab.kinds import KINDS, kind_of_arn
from mlslab.ledger import Ledger, Record
from mlslab.watch import TAG


@dataclass(frozen=True)
class Teardown:
    """What was removed, what ended by itself, and what is left with the reason."""

    removed: tuple[Record, ...]
    finished: tuple[Record, ...]
    left: tuple[tuple[str, str], ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is left that can cost money."""
        return not self.left


def tear_down(
    session: Any,
    ledger: Ledger,
    tagged: Callable[[], Iterable[str]],
    region: str,
    *,
    alone: bool,
) -> Teardown:
    """Remove everything of a lab, users before what they use.

    Args:
        session: a boto3 session.
        ledger: the lab's record; what is gone is taken out of it.
        tagged: gives the ARNs that carry the lab's tag.
        region: the region of what only the tag knows.
        alone: whether nobody else works in the account. If somebody may, what only
            the tag knows is told and not removed: it may be another learner's.
    """
    records = _all(ledger, tagged, region)[0] if alone else list(ledger)
    removed, finished, problems = [], [], {}
    for record in sorted(records, key=lambda record: list(KINDS).index(record.kind)):
        try:
            if _stands(session, record):
                _remove(session, record)
                removed.append(record)
            elif KINDS[record.kind].finished:
                finished.append(record)
        except (ClientError, BotoCoreError) as error:
            problems[record] = str(error)
    left = _left(session, ledger, tagged, region, problems)
    return Teardown(tuple(removed), tuple(finished), tuple(left))


def tagged_in_account(session: Any, lab_id: str) -> list[str]:
    """The ARNs with the lab's tag, by the Resource Groups Tagging API."""
    client = session.client("resourcegroupstaggingapi")
    pages = client.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": TAG, "Values": [lab_id]}]
    )
    return [
        row["ResourceARN"] for page in pages for row in page["ResourceTagMappingList"]
    ]


def tagged_in_cloud(cloud: Any, lab_id: str) -> list[str]:
    """The ARNs with the lab's tag in the local cloud."""
    return [r.arn for r in cloud.resources() if r.tags.get(TAG) == lab_id]


def _all(
    ledger: Ledger, tagged: Callable[[], Iterable[str]], region: str
) -> tuple[list[Record], list[str]]:
    """The records of both sources, and the ARNs of kinds that are not known."""
    records, unknown = list(ledger), []
    for arn in tagged():
        found = kind_of_arn(arn)
        if found is None:
            unknown.append(arn)
        elif ledger.find(*found) is None:
            records.append(Record(*found, arn.split(":")[3] or region))
    return records, unknown


def _left(
    session: Any,
    ledger: Ledger,
    tagged: Callable[[], Iterable[str]],
    region: str,
    problems: dict[Record, str],
) -> list[tuple[str, str]]:
    """Ask again what stands; the tag search may lag, so each is described."""
    records, unknown = _all(ledger, tagged, region)
    left = [(arn, "carries the lab's tag: delete it by hand") for arn in unknown]
    for record in records:
        words = f"{KINDS[record.kind].words} {record.name}"
        try:
            if _stands(session, record):
                left.append((words, problems.get(record, _why(ledger, record))))
            else:
                ledger.remove(record)
        except (ClientError, BotoCoreError) as error:
            left.append((words, f"cannot be described: {error}"))
    return left


def _why(ledger: Ledger, record: Record) -> str:
    if ledger.find(record.kind, record.name) is None:
        return "has the lab's tag, but was not made from here: delete it if it is yours"
    return "still stands"


def _client(session: Any, record: Record) -> Any:
    return session.client(KINDS[record.kind].service, region_name=record.region)


def _stands(session: Any, record: Record) -> bool:
    return KINDS[record.kind].stands(_client(session, record), record.name)


def _remove(session: Any, record: Record) -> None:
    KINDS[record.kind].remove(_client(session, record), record.name)
