"""Mistakes of lab 101 that people make, and what its checks say."""

from mlslab.rehearsal import Mistake

_POLICY = """
policy = {{
    "Version": "2012-10-17",
    "Statement": [
        {{
            "Effect": "{effect}",
            "Principal": "*",
            "Action": "{action}",
            "Resource": {resource},
            {condition}
        }}
    ],
}}
attached = s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
"""
_BOTH = '[bucket_arn, f"{bucket_arn}/*"]'
_PLAIN = '"Condition": {"Bool": {"aws:SecureTransport": "false"}},'
_TLS = '"Condition": {"Bool": {"aws:SecureTransport": "true"}},'


def _policy(
    effect: str = "Deny",
    action: str = "s3:*",
    resource: str = _BOTH,
    condition: str = _PLAIN,
) -> str:
    return _POLICY.format(
        effect=effect, action=action, resource=resource, condition=condition
    )


def _put(key: str, storage_class: str, rows: str, body: str = "packed") -> str:
    return f"""
curated_key = {key}
stored = s3.put_object(
    Bucket=bucket,
    Key=curated_key,
    Body={body},
    StorageClass="{storage_class}",
    Metadata={{{rows}}},
)
"""


_KEY = 'partition("curated", 12, "part-0000.csv.gz")'
_ROWS = '"rows": str(len(december))'
_TIERED = "INTELLIGENT_TIERING"


def _rules(first: str, rest: str = ", *lifecycle[1:]") -> str:
    return f"""
mended = [{first}{rest}]
replaced = s3.put_bucket_lifecycle_configuration(
    Bucket=bucket, LifecycleConfiguration={{"Rules": mended}}
)
"""


def _select(expression: str) -> str:
    return f"""
aggregate = s3.select_object_content(
    Bucket=bucket,
    Key=packed_key,
    Expression={expression!r},
    ExpressionType="SQL",
    InputSerialization={{
        "CSV": {{"FileHeaderInfo": "USE"}}, "CompressionType": "GZIP"
    }},
    OutputSerialization={{"JSON": {{}}}},
)
records, travel_counts = read_events(aggregate)
travel = records[0]
"""


_SUM = "SELECT COUNT(*) AS n, SUM(CAST(s.amount AS FLOAT)) AS total FROM S3Object s "
_MEASURED = {"monthly": (2, 120_000), "daily": (62, 580_000)}
_DAY = {"monthly": (2, 120_000), "daily": (2, 19_000)}

MISTAKES = (
    Mistake(
        check="upload",
        name="raw zone",
        says="is not in the curated zone",
        answer='curated_key = partition("raw", 12, "part-0000.csv.gz")\nstored = {}',
    ),
    Mistake(
        check="upload",
        name="no partition",
        says="is not in December's partition",
        answer=_put('"curated/transactions/december.csv.gz"', _TIERED, _ROWS),
    ),
    Mistake(
        check="upload",
        name="only a key",
        says="AWS answers GetObject with NoSuchKey",
        answer=f"curated_key = {_KEY}\nstored = {{}}",
    ),
    Mistake(
        check="upload",
        name="class left out",
        says="stored in the class STANDARD",
        answer=_put(_KEY, "STANDARD", _ROWS),
    ),
    Mistake(
        check="upload",
        name="not packed",
        says="is not GZIP",
        answer=_put(_KEY, _TIERED, _ROWS, body="as_csv(december)"),
    ),
    Mistake(
        check="upload",
        name="no metadata",
        says="no metadata entry `rows`",
        answer=_put(_KEY, _TIERED, ""),
    ),
    Mistake(
        check="upload",
        name="header counted",
        says="the metadata says",
        answer=_put(_KEY, _TIERED, '"rows": str(len(december) + 1)'),
    ),
    Mistake(
        check="upload",
        name="one row for December",
        hidden="december",
        answer=_put(
            _KEY, _TIERED, '"rows": "1"', body="gzip.compress(as_csv(december[:1]))"
        ),
    ),
    Mistake(
        check="transport",
        name="only written down",
        says="AWS answers GetBucketPolicy with NoSuchBucketPolicy",
        answer='policy, attached = {"Version": "2012-10-17"}, {}',
    ),
    Mistake(
        check="transport",
        name="allow with TLS",
        says="the policy denies nothing",
        answer=_policy(effect="Allow", condition=_TLS),
    ),
    Mistake(
        check="transport",
        name="condition turned round",
        says="refuses requests with TLS",
        answer=_policy(condition=_TLS),
    ),
    Mistake(
        check="transport",
        name="no condition",
        says="locks everybody out",
        answer=_policy(condition=""),
    ),
    Mistake(
        check="transport",
        name="another condition",
        says="does not look at `aws:SecureTransport`",
        answer=_policy(
            condition='"Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}},'
        ),
    ),
    Mistake(
        check="transport",
        name="only reading",
        says="refuses only s3:getobject",
        answer=_policy(action="s3:GetObject"),
    ),
    Mistake(
        check="transport",
        name="objects only",
        says="requests to the bucket itself",
        answer=_policy(resource='f"{bucket_arn}/*"'),
    ),
    Mistake(
        check="transport",
        name="bucket only",
        says="requests to the objects",
        answer=_policy(resource="bucket_arn"),
    ),
    Mistake(
        check="transport",
        name="only strangers",
        hidden="no_further_condition",
        answer=_policy(
            condition='"Condition": {"Bool": {"aws:SecureTransport": "false"},'
            ' "StringNotEquals": {"aws:PrincipalAccount": lab.account_id}},'
        ),
    ),
    Mistake(
        check="transport",
        name="everybody over TLS",
        hidden="still_closed",
        answer=_policy().replace(
            '"Statement": [',
            """"Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"{bucket_arn}/*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        },""",
        ),
    ),
    Mistake(
        check="restore",
        name="marker removed",
        says="this is the damaged version",
        answer="""
marker = history["DeleteMarkers"][0]["VersionId"]
restored = s3.delete_object(Bucket=bucket, Key=codes_key, VersionId=marker)
""",
    ),
    Mistake(
        check="restore",
        name="newest version",
        says="this is the damaged version",
        answer="""
newest = min(history["Versions"], key=lambda version: version["Size"])["VersionId"]
source = {"Bucket": bucket, "Key": codes_key, "VersionId": newest}
restored = s3.copy_object(Bucket=bucket, Key=codes_key, CopySource=source)
""",
    ),
    Mistake(
        check="restore",
        name="deleted again",
        says="AWS answers GetObject with NoSuchKey",
        answer="restored = s3.delete_object(Bucket=bucket, Key=codes_key)",
    ),
    Mistake(
        check="restore",
        name="any table of six",
        hidden="the_same_table",
        answer="""
table = b"category,code\\n" + b"travel,4722\\n" * 6
restored = s3.put_object(Bucket=bucket, Key=codes_key, Body=table)
""",
    ),
    Mistake(
        check="query",
        name="every age",
        says="travellers of every age",
        answer=_select(_SUM + "WHERE s.category = 'travel'"),
    ),
    Mistake(
        check="query",
        name="every category",
        says="every category",
        answer=_select(_SUM + "WHERE CAST(s.age AS INT) > 25"),
    ),
    Mistake(
        check="query",
        name="25 too",
        says="exactly 25",
        answer=_select(
            _SUM + "WHERE s.category = 'travel' AND CAST(s.age AS INT) >= 25"
        ),
    ),
    Mistake(
        check="query",
        name="no names",
        says="has no `n`",
        answer=_select(_SUM.replace(" AS n", "").replace(" AS total", "")),
    ),
    Mistake(
        check="query",
        name="summed here",
        says="the sum was made on this side",
        answer=_select(
            "SELECT s.amount FROM S3Object s WHERE s.category = 'travel'"
            " AND CAST(s.age AS INT) > 25"
        )
        + """
amounts = [float(row["amount"]) for row in records]
travel = {"n": len(amounts), "total": sum(amounts)}
""",
    ),
    Mistake(
        check="query",
        name="average",
        says="not the sum",
        answer=_select(
            _SUM.replace("SUM", "AVG")
            + "WHERE s.category = 'travel' AND CAST(s.age AS INT) > 25"
        ),
    ),
    Mistake(
        check="query",
        name="counts made up",
        hidden="counted_by_select",
        values={"travel_counts": {"BytesReturned": 40}},
    ),
    Mistake(
        check="design",
        name="one layout",
        says="no measurement of 'daily'",
        values={"month_job": {"monthly": (2, 120_000)}},
    ),
    Mistake(
        check="design",
        name="whole objects",
        says="all columns have travelled",
        values={"month_job": {"monthly": (2, 420_000), "daily": (62, 580_000)}},
    ),
    Mistake(
        check="design",
        name="one day for the month",
        says="fewer than March has days",
        values={"month_job": {"monthly": (2, 120_000), "daily": (2, 19_000)}},
    ),
    Mistake(
        check="design",
        name="the month for one day",
        says="it reads more than one day",
        values={"day_job": _MEASURED},
    ),
    Mistake(
        check="design",
        name="finer is better",
        says="`for_month` is 'daily', for which you have measured",
        values={"month_job": _MEASURED, "for_month": "daily"},
    ),
    Mistake(
        check="design",
        name="fewer files are better",
        says="`for_day` is 'monthly', for which you have measured",
        values={"day_job": _DAY, "for_day": "monthly"},
    ),
    Mistake(
        check="design",
        name="measurements made up",
        hidden="measured",
        values={"month_job": _MEASURED, "day_job": _DAY},
    ),
    Mistake(
        check="cost",
        name="no retrieval",
        says="the gigabytes are free",
        values={
            "reading_cost": lambda name, objects, size, reads: (
                {"STANDARD": 0.0004, "GLACIER_IR": 0.01}[name] * objects * reads / 1000
            )
        },
    ),
    Mistake(
        check="cost",
        name="price of one",
        says="6,000 GET requests are",
        values={
            "reading_cost": lambda name, objects, size, reads: objects * reads * 0.0004
        },
    ),
    Mistake(
        check="cost",
        name="nothing returned",
        says="gives None",
        values={"reading_cost": lambda *given: given and None},
    ),
    Mistake(
        check="cost",
        name="bytes for gigabytes",
        says="6,000 GB retrieved",
        values={
            "reading_cost": lambda name, objects, size, reads: (
                {"STANDARD": 4e-7, "GLACIER_IR": 1e-5}[name] * objects * reads
                + {"STANDARD": 0, "GLACIER_IR": 0.03}[name] * objects * size * reads
            )
        },
    ),
    Mistake(
        check="cost",
        name="by heart",
        hidden="other_readings",
        values={
            "reading_cost": lambda name, objects, size, reads: {
                "STANDARD": 0.0024,
                "GLACIER_IR": 180.06,
            }[name]
        },
    ),
    Mistake(
        check="cost",
        name="cheapest gigabyte",
        says="GLACIER_IR comes to",
        values={"cheapest": "GLACIER_IR"},
    ),
    Mistake(
        check="cost",
        name="a class of its own",
        says="none of CLASSES",
        values={"cheapest": "Standard-IA"},
    ),
    Mistake(
        check="lifecycle",
        name="as before",
        says="no key of the bucket begins with '/raw/'",
        answer=_rules("lifecycle[0]"),
    ),
    Mistake(
        check="lifecycle",
        name="wildcard",
        says="no key of the bucket begins with 'raw/*'",
        answer=_rules('{**lifecycle[0], "Filter": {"Prefix": "raw/*"}}'),
    ),
    Mistake(
        check="lifecycle",
        name="whole bucket",
        says="also takes objects of curated",
        answer=_rules('{**lifecycle[0], "Filter": {"Prefix": ""}}'),
    ),
    Mistake(
        check="lifecycle",
        name="one month",
        says="takes 3 of 12 raw objects",
        answer=_rules(
            '{**lifecycle[0], "Filter":'
            ' {"Prefix": "raw/transactions/year=2026/month=1"}}'
        ),
    ),
    Mistake(
        check="lifecycle",
        name="others lost",
        says="has lost the rule `scratch-expires`",
        answer=_rules('{**lifecycle[0], "Filter": {"Prefix": "raw/"}}', ""),
    ),
    Mistake(
        check="lifecycle",
        name="another class",
        says="has the transitions",
        answer=_rules(
            '{**lifecycle[0], "Filter": {"Prefix": "raw/"}, "Transitions":'
            ' [{"Days": 30, "StorageClass": "GLACIER"}]}'
        ),
    ),
    Mistake(
        check="lifecycle",
        name="disabled",
        says="`raw-ages` is not enabled",
        answer=_rules(
            '{**lifecycle[0], "Filter": {"Prefix": "raw/"}, "Status": "Disabled"}'
        ),
    ),
    Mistake(
        check="lifecycle",
        name="uploads forgotten",
        hidden="uploads_still_abort",
        answer=_rules(
            '{**lifecycle[0], "Filter": {"Prefix": "raw/"}}',
            ', lifecycle[1], {"ID": "broken-uploads", "Status": "Enabled", "Filter":'
            ' {"Prefix": "uploads/"}, "Expiration": {"Days": 7}}',
        ),
    ),
    Mistake(
        check="lifecycle",
        name="time stands still",
        says="no day has passed",
        values={"days_passed": 40},
        status="not attempted",
    ),
)
