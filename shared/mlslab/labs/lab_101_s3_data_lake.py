"""Checks of lab 101, a data lake on Amazon S3.

They look at what stands in the bucket, and compute the right numbers from it.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cloudlet.metering import load_prices
from mlslab.aws import Aws
from mlslab.checks import NotAttempted, check, require

GIB = 2**30
MARCH = "raw/transactions/year=2026/month=03/part-0000.csv"
CODES = "reference/categories.csv"
RULES = ("raw-ages", "scratch-expires", "broken-uploads")


@check(
    lab="101",
    name="upload",
    title="Store December for the models",
    points=1,
    objective="layout",
    hints=(
        "Look at how the loop above stored the raw months.",
        "`partition` gives the key; `put_object` takes `StorageClass` and `Metadata`.",
        '`s3.put_object(Bucket=…, Key=…, Body=packed, Metadata={"rows": str(…)}, …)`',
    ),
)
def upload(curated_key: str, stored: dict[str, Any], aws: Aws) -> None:
    """The object lies in its partition, with class and metadata."""
    require(
        curated_key.startswith("curated/"),
        f"`curated_key` is {curated_key!r}, which is not in the curated zone",
    )
    require(
        "/transactions/year=2026/month=12/" in curated_key,
        f"{curated_key!r} is not in December's partition of the table",
    )
    require(
        curated_key.endswith("/part-0000.csv.gz"),
        f"{curated_key!r} is not named part-0000.csv.gz",
    )
    found = aws.s3.get_object(Bucket=aws.bucket, Key=curated_key)
    storage_class = found.get("StorageClass", "STANDARD")
    require(
        storage_class == "INTELLIGENT_TIERING",
        f"the object is stored in the class {storage_class}",
    )
    body = found["Body"].read()
    require(body[:2] == b"\x1f\x8b", "the object is named .gz and is not GZIP")
    rows = len(gzip.decompress(body).splitlines()) - 1
    told = found["Metadata"].get("rows")
    require(told is not None, "the object has no metadata entry `rows`")
    require(
        told == str(rows),
        f"the metadata says {told} rows, and the object holds {rows}",
    )


@check(
    lab="101",
    name="transport",
    title="Refuse plain HTTP",
    points=2,
    objective="protect",
    hints=(
        "A statement has Effect, Principal, Action, Resource and Condition.",
        "The bucket's ARN is one resource, its objects are another: `…/*`.",
        'The condition is `{"Bool": {"aws:SecureTransport": "false"}}`, denied.',
    ),
)
def transport(policy: dict[str, Any], attached: dict[str, Any], aws: Aws) -> None:
    """A statement denies everything to everybody without TLS, in the bucket."""
    standing = json.loads(aws.s3.get_bucket_policy(Bucket=aws.bucket)["Policy"])
    denials = [s for s in listed(standing.get("Statement")) if s["Effect"] == "Deny"]
    require(
        denials,
        "the policy denies nothing: whoever an IAM policy allows to come in"
        " still comes in over plain HTTP",
    )
    statement = denials[0]
    _judge_condition(statement.get("Condition") or {})
    require(
        statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]}),
        f"the policy refuses only the principal {statement.get('Principal')!r}",
    )
    actions = [str(action).lower() for action in listed(statement.get("Action"))]
    require(
        "s3:*" in actions or "*" in actions,
        f"of all actions the policy refuses only {', '.join(actions)}",
    )
    arn = f"arn:aws:s3:::{aws.bucket}"
    resources = listed(statement.get("Resource"))
    require(
        arn in resources or "*" in resources,
        "the policy lets requests to the bucket itself in, such as a listing",
    )
    require(
        f"{arn}/*" in resources or "*" in resources,
        "the policy lets requests to the objects in",
    )


def _judge_condition(condition: Mapping[str, Any]) -> None:
    require(
        condition,
        "the policy has no condition: it refuses HTTPS too, and locks everybody out",
    )
    secure = condition.get("Bool", {}).get("aws:SecureTransport")
    require(
        secure is not None,
        f"the condition {dict(condition)} does not look at `aws:SecureTransport`",
    )
    require(
        str(listed(secure)[0]).lower() == "false",
        "the policy refuses requests with TLS, and lets plain HTTP in",
    )


@check(
    lab="101",
    name="restore",
    title="Bring the table back",
    points=2,
    objective="versions",
    hints=(
        'Look at the sizes in `history["Versions"]`.',
        "`copy_object` copies a version onto the key, and makes it the current one.",
        '`CopySource={"Bucket": bucket, "Key": codes_key, "VersionId": …}`',
    ),
)
def restore(restored: dict[str, Any], aws: Aws) -> None:
    """The current version is the whole table."""
    body = aws.s3.get_object(Bucket=aws.bucket, Key=CODES)["Body"].read()
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    whole = body.endswith(b"\n") and all(row.get("code") for row in rows)
    require(
        whole and len(rows) == 6,
        f"`{CODES}` holds {len(body)} bytes, and its last line is cut off:"
        " this is the damaged version",
    )


@check(
    lab="101",
    name="query",
    title="Ask S3 Select for an aggregate",
    points=2,
    objective="select",
    hints=(
        "Change three things in the query above: what is selected, from what, where.",
        '`InputSerialization` takes `"CompressionType"` beside `"CSV"`.',
        "`SELECT COUNT(*) AS n, SUM(CAST(s.amount AS FLOAT)) AS total FROM …`",
    ),
)
def query(travel: dict[str, Any], travel_counts: dict[str, Any], aws: Aws) -> None:
    """Count and sum are right, and were computed by S3."""
    for name in ("n", "total"):
        require(name in travel, f"`travel` has no `{name}`, it has {', '.join(travel)}")
    body = aws.s3.get_object(Bucket=aws.bucket, Key=MARCH)["Body"].read().decode()
    rows = list(csv.DictReader(io.StringIO(body)))
    trips = [row for row in rows if row["category"] == "travel"]
    wanted = [row for row in trips if int(row["age"]) > 25]
    count = int(travel["n"])
    require(count != len(trips), "`n` counts travellers of every age")
    require(
        count != sum(int(row["age"]) > 25 for row in rows),
        "`n` counts transactions of every category",
    )
    require(
        count != sum(int(row["age"]) >= 25 for row in trips),
        "`n` counts customers of exactly 25 too",
    )
    require(count == len(wanted), f"`n` is {count}, which is not their number")
    total = sum(float(row["amount"]) for row in wanted)
    require(
        abs(float(travel["total"]) - total) < 0.01,
        f"`total` is {travel['total']}, which is not the sum of their amounts",
    )
    returned = travel_counts["BytesReturned"]
    require(
        returned < 1000,
        f"S3 Select sent back {returned:,} bytes: the sum was made on this side",
    )


@check(
    lab="101",
    name="design",
    title="Choose between two layouts",
    points=3,
    objective="format",
    hints=(
        "`read_column` takes a list of keys and gives requests and bytes.",
        "The job over one day needs one of `daily_keys`, and all of `monthly_keys`.",
        '`{"monthly": read_column(monthly_keys, "amount"), "daily": …}`',
    ),
)
def design(
    month_job: dict[str, Any],
    day_job: dict[str, Any],
    for_month: str,
    for_day: str,
    aws: Aws,
) -> None:
    """Both jobs are measured on both layouts, and the choices follow."""
    for name, job in (("month_job", month_job), ("day_job", day_job)):
        for layout in ("monthly", "daily"):
            require(layout in job, f"`{name}` has no measurement of {layout!r}")
    stored = aws.s3.list_objects_v2(Bucket=aws.bucket, Prefix="curated/monthly/")
    size = stored["Contents"][0]["Size"]
    require(
        month_job["monthly"][1] < size,
        f"`month_job` reads {month_job['monthly'][1]:,} bytes of a monthly file of"
        f" {size:,}: all columns have travelled",
    )
    require(
        month_job["daily"][0] >= 31,
        f"`month_job` makes {month_job['daily'][0]} requests on the daily layout,"
        " fewer than March has days",
    )
    require(
        day_job["daily"][0] < 31,
        f"`day_job` makes {day_job['daily'][0]} requests on the daily layout: it"
        " reads more than one day",
    )
    _judge_choice("for_month", for_month, month_job)
    _judge_choice("for_day", for_day, day_job)


def _judge_choice(name: str, chosen: str, job: Mapping[str, Any]) -> None:
    require(chosen in job, f"`{name}` is {chosen!r}, which is no layout")
    mine, least = job[chosen][1], min(job[layout][1] for layout in job)
    require(
        mine == least,
        f"`{name}` is {chosen!r}, for which you have measured {mine:,} bytes, and"
        f" {least:,} for the other",
    )


@check(
    lab="101",
    name="cost",
    title="Compute what reading costs",
    points=3,
    objective="classes",
    hints=(
        "There are two charges: for each request, and for each GB.",
        '`prices.storage_class(name).prices` may or may not have `"retrieval"`.',
        '`charges["get"].cost(objects * reads)` + the retrieval of'
        " `objects * size * reads / GIB`",
    ),
)
def cost(reading_cost: Callable[..., float], cheapest: str) -> None:
    """The function agrees with the price list, and so does the choice."""
    plain = _price("STANDARD", "get").cost(6000)
    given = reading_cost("STANDARD", 2000, GIB, 3)
    require(
        given is not None and near(given, plain),
        f"`reading_cost('STANDARD', 2000, 2**30, 3)` gives {given}; 6,000 GET"
        f" requests are {plain:g} USD",
    )
    requests = _price("GLACIER_IR", "get").cost(6000)
    given = reading_cost("GLACIER_IR", 2000, GIB, 3)
    require(
        not near(given, requests),
        f"`reading_cost('GLACIER_IR', 2000, 2**30, 3)` gives {given:g} USD: the"
        " requests are paid, and the gigabytes are free",
    )
    whole = requests + _price("GLACIER_IR", "retrieval").cost(6000)
    require(
        near(given, whole),
        f"`reading_cost('GLACIER_IR', 2000, 2**30, 3)` gives {given:g} USD for 6,000"
        " requests and 6,000 GB retrieved",
    )
    totals = _totals()
    require(cheapest in totals, f"`cheapest` is {cheapest!r}, which is none of CLASSES")
    best = min(totals, key=lambda name: totals[name])
    require(
        cheapest == best,
        f"{cheapest} comes to {totals[cheapest]:.2f} USD a month for the training"
        " data; another class comes to less",
    )


def _totals() -> dict[str, float]:
    """USD a month for 400 GiB in files of 128 MiB, read every second month."""
    prices, files, size = load_prices(), 3200, 128 * 2**20
    totals = {}
    for name in ("STANDARD", "STANDARD_IA", "GLACIER_IR"):
        rule = prices.storage_class(name)
        total = rule.prices["storage"].cost(files * rule.billable_gb(size))
        total += rule.prices["get"].cost(files * 0.5)
        if "retrieval" in rule.prices:
            total += rule.prices["retrieval"].cost(files * size * 0.5 / GIB)
        totals[name] = total
    return totals


def _price(name: str, component: str) -> Any:
    return load_prices().storage_class(name).prices[component]


def near(given: float, expected: float) -> bool:
    """Whether an amount is right to a millionth."""
    return abs(given - expected) <= 1e-6 * max(abs(expected), 1e-9)


@check(
    lab="101",
    name="lifecycle",
    title="Mend a lifecycle rule",
    points=3,
    objective="lifecycle",
    hints=(
        'Print `listed("raw/")[0]` beside `lifecycle[0]["Filter"]`.',
        "A prefix is compared with the key letter by letter, from the first one.",
        'Put all three rules again, the first with `{"Prefix": "raw/"}`.',
    ),
)
def lifecycle(
    mended: list[Any], replaced: dict[str, Any], days_passed: int, aws: Aws
) -> None:
    """Three rules stand, and the raw months have moved."""
    answer = aws.s3.get_bucket_lifecycle_configuration(Bucket=aws.bucket)
    rules = {rule.get("ID"): rule for rule in answer["Rules"]}
    for name in RULES:
        require(
            name in rules,
            f"the bucket's configuration has lost the rule `{name}`: the call has"
            " replaced what was there",
        )
        require(rules[name]["Status"] == "Enabled", f"the rule `{name}` is not enabled")
    rule = rules["raw-ages"]
    _judge_prefix(rule, aws)
    moves = [(t.get("Days"), t["StorageClass"]) for t in rule.get("Transitions", ())]
    require(
        moves == [(30, "STANDARD_IA")],
        f"the rule `raw-ages` has the transitions {moves}: it is to do what it did"
        " not do before",
    )
    require(
        rules["scratch-expires"].get("Expiration", {}).get("Days") == 7
        and prefix_of(rules["scratch-expires"]) == "scratch/",
        "the rule `scratch-expires` is no longer what it was",
    )
    if days_passed == 40:
        raise NotAttempted("no day has passed since: run the cell above this one")
    if days_passed:
        # What an earlier attempt has moved further down does not come up again.
        left = [key for key, name in _objects(aws, "raw/") if name == "STANDARD"]
        require(not left, f"{len(left)} raw objects are still in STANDARD")


def _judge_prefix(rule: Mapping[str, Any], aws: Aws) -> None:
    prefix = prefix_of(rule)
    touched = [key for key, _ in _objects(aws, "") if key.startswith(prefix)]
    raw = [key for key, _ in _objects(aws, "raw/")]
    others = sorted({key.split("/")[0] for key in touched if key not in raw})
    require(
        touched,
        f"no key of the bucket begins with {prefix!r}, the prefix of `raw-ages`",
    )
    require(
        not others,
        f"the prefix {prefix!r} of `raw-ages` also takes objects of"
        f" {', '.join(others)}",
    )
    require(
        len(touched) == len(raw),
        f"the prefix {prefix!r} of `raw-ages` takes {len(touched)} of {len(raw)} raw"
        " objects",
    )


def prefix_of(rule: Mapping[str, Any]) -> str:
    """The prefix of a lifecycle rule, wherever it is written."""
    chosen = rule.get("Filter") or {}
    nested = chosen.get("And", {})
    return str(chosen.get("Prefix", nested.get("Prefix", rule.get("Prefix", ""))))


def _objects(aws: Aws, prefix: str) -> Iterator[tuple[str, str]]:
    """Key and storage class of the current objects below a prefix."""
    pages = aws.s3.get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=aws.bucket, Prefix=prefix):
        for item in page.get("Contents", ()):
            yield item["Key"], item.get("StorageClass", "STANDARD")


def listed(value: Any) -> Sequence[Any]:
    """IAM lets a single value stand for a list of one."""
    if value is None:
        return ()
    return value if isinstance(value, list) else [value]
