# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 101 · A data lake on Amazon S3
#
# A year of card transactions lies in your hands. A fraud model will want it every
# night, an auditor once a year, and nobody should pay for it twice. You build the
# store that all later labs could start from, and measure what its design costs.
#
# ## What you will be able to do
#
# - Lay out a data lake in Hive-style partitions, with a storage class and metadata
# - Encrypt a bucket at rest and refuse plain HTTP in transit
# - Bring back an object that was overwritten and deleted
# - Query one object in place with S3 Select, and say what replaced it
# - Choose a file layout by the bytes and requests that a query takes
# - Compute which storage class is cheapest for an access pattern
# - Find out why a lifecycle rule does nothing, and mend it
#
# About 60 minutes. On AWS the lab would cost less than one US cent.

# %%
import gzip
import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from matplotlib import pyplot as plt

from cloudlet.metering import load_prices
from mlslab import start_lab
from mlslab.plots import show

lab = start_lab("101")
s3 = lab.session.client("s3")
bucket = lab.bucket

# %% [markdown]
# ## Keys, prefixes and partitions
#
# Amazon Simple Storage Service (Amazon S3) keeps **objects** in **buckets**. An object
# has a **key**, which is one string. There are no folders: a slash is a character like
# any other, and a **prefix** is the beginning of a key
# ([user guide](https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html)).
#
# A data lake lives by that string. This one has three zones: `raw/` (as delivered,
# never changed), `curated/` (what models read) and `scratch/` (may vanish). Within a
# zone comes the table, and then **Hive-style partitions**: `year=2026/month=03/`.
# Amazon Athena and AWS Glue read such parts of a key as columns, and leave out the
# objects that a query does not ask for
# ([Athena: partition your data](https://docs.aws.amazon.com/athena/latest/ug/partitions.html)).
#
# The next cell makes the transactions, with a seed, and stores each month as CSV.

# %%
rng = np.random.default_rng(101)
COUNT = 180_000
CATEGORIES = ["groceries", "fuel", "travel", "electronics", "restaurants", "health"]
seconds = np.sort(rng.integers(0, 365 * 24 * 3600, COUNT))
transactions = pd.DataFrame(
    {
        "transaction_id": np.arange(1, COUNT + 1),
        "time": np.datetime64("2026-01-01", "us") + seconds.astype("timedelta64[s]"),
        "customer_id": rng.integers(1000, 6000, COUNT),
        "age": rng.integers(18, 90, COUNT),
        "category": rng.choice(CATEGORIES, COUNT, p=[0.35, 0.2, 0.05, 0.1, 0.2, 0.1]),
        "device": rng.choice(["chip", "contactless", "online"], COUNT),
        "amount": rng.lognormal(3.2, 1.0, COUNT).round(2),
    }
)


def month_of(number):
    """The transactions of one month."""
    return transactions[transactions["time"].dt.month == number]


def as_csv(table):
    """A table as the bytes of a CSV file with a header."""
    return table.to_csv(index=False).encode()


def partition(zone, month, name):
    """The key of a file in a month's partition of a zone."""
    return f"{zone}/transactions/year=2026/month={month:02d}/{name}"


for month in range(1, 13):
    key = partition("raw", month, "part-0000.csv")
    s3.put_object(Bucket=bucket, Key=key, Body=as_csv(month_of(month)))
print(f"{len(transactions):,} rows in 12 objects; the last key is\n{key}\n")
print(transactions.head(3).to_string(index=False))

# %% [markdown]
# ### A prefix is text, not a folder
#
# A program that wants January lists by prefix. Two colleagues write it in two ways.


# %%
def listed(prefix):
    """The keys below a prefix, in the order in which S3 lists them."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", ())]


for prefix in ("raw/transactions/year=2026/month=1", partition("raw", 1, "")):
    print(f"{prefix}\n   → {[key.split('/')[3] for key in listed(prefix)]}")

# %% [markdown]
# `month=1` is the beginning of October's, November's and December's keys, and of no
# key of January: the program would train on the wrong quarter, without an error.
# **Two digits and a slash at the end** make a prefix mean what you think, and bring
# S3's listing, which is in lexicographical order, into that of the calendar
# ([ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)).
#
# ### Exercise: store December for the models
#
# The study notes upload training data with `StorageClass="INTELLIGENT_TIERING"`: S3
# then watches each object of 128 KB and more, for a small monthly fee, and moves what
# nobody reads for 30 days to a cheaper tier, without a fee for reading it later
# ([S3 Intelligent-Tiering](https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-overview.html)).
# **Metadata** travels with the object, as text; it is set when the object is written.

# %%
december = month_of(12)
packed = gzip.compress(as_csv(december), mtime=0)
# BEGIN SOLUTION
# PROMPT: Put `packed` into the curated zone, in December's partition, as
# PROMPT: part-0000.csv.gz, in the storage class INTELLIGENT_TIERING, with a metadata
# PROMPT: entry `rows` that says how many rows it holds. Keep the key in
# PROMPT: `curated_key`, and what S3 answers in `stored`.
curated_key = partition("curated", 12, "part-0000.csv.gz")
stored = s3.put_object(
    Bucket=bucket,
    Key=curated_key,
    Body=packed,
    StorageClass="INTELLIGENT_TIERING",
    Metadata={"rows": str(len(december))},
)
# END SOLUTION

# %%
lab.check("upload")

# %% [markdown]
# ### Large objects go up in parts
#
# From about 100 MB on, AWS advises a **multipart upload**: parts of 5 MiB to 5 GiB, at
# most 10,000, sent at once and again one by one if the network fails
# ([limits](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)). boto3
# does it by itself. Here the threshold is low, so that the whole year qualifies; a
# second upload breaks off after its first part.

# %%
MIB = 2**20
year = as_csv(transactions)
in_parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
s3.upload_fileobj(io.BytesIO(year), bucket, "scratch/year.csv", Config=in_parts)
tag = s3.head_object(Bucket=bucket, Key="scratch/year.csv")["ETag"].strip('"')
print(f"year.csv: {len(year) / MIB:.1f} MiB in {tag.split('-')[1]} parts")

broken = {"Bucket": bucket, "Key": "scratch/broken.csv"}
broken["UploadId"] = s3.create_multipart_upload(**broken)["UploadId"]
s3.upload_part(**broken, PartNumber=1, Body=year[: 5 * MIB])

uploads = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
held = sum(part["Size"] for part in s3.list_parts(**broken)["Parts"])
print(f"objects named broken.csv: {len(listed('scratch/broken.csv'))}")
print(f"unfinished uploads: {len(uploads)}, holding {held / MIB:.0f} MiB")

# %% [markdown]
# The broken upload is no object, no listing of objects shows it, and its parts are
# charged until somebody completes or aborts it
# ([AbortMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html)).
# Keep it in mind: it comes back under lifecycle and at teardown. And do not compare an
# ETag with an MD5 digest: that of an object sent in parts, or encrypted with AWS KMS,
# is something else ([Object](https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html)).
#
# ## Encryption and access
#
# S3 encrypts every new object since 5 January 2023, with keys of its own (SSE-S3), at
# no charge
# ([user guide](https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html)).
# **SSE-KMS** uses a key in AWS Key Management Service (AWS KMS) in its place: whoever
# reads then needs the right to use that key (`kms:Decrypt`) beside `s3:GetObject`
# ([user guide](https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html)).
# Without a key of your own, S3 takes the AWS managed key `aws/s3`. A **bucket key**
# spares most of the requests to AWS KMS, up to 99 %
# ([S3 Bucket Keys](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html)).

# %%
s3.put_bucket_encryption(
    Bucket=bucket,
    ServerSideEncryptionConfiguration={
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
                "BucketKeyEnabled": True,
            }
        ]
    },
)
s3.put_public_access_block(
    Bucket=bucket,
    PublicAccessBlockConfiguration={
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    },
)
march_key = partition("raw", 3, "part-0000.csv")
s3.put_object(Bucket=bucket, Key="scratch/later.txt", Body=b"stored afterwards")
for key in (march_key, "scratch/later.txt"):
    method = s3.head_object(Bucket=bucket, Key=key).get("ServerSideEncryption")
    print(f"{key:55} AWS KMS: {method == 'aws:kms'}")

# %% [markdown]
# **The setting holds for what is written from now on.** March, written before, is not
# encrypted anew; a copy onto itself that names the new encryption would do that.
#
# `put_public_access_block` keeps ACLs and policies from opening the bucket to
# everybody. AWS has it on for every new bucket since April 2023
# ([announcement](https://aws.amazon.com/about-aws/whats-new/2022/12/amazon-s3-automatically-enable-block-public-access-disable-access-control-lists-buckets-april-2023/));
# buckets that are older need the call.
#
# ### Exercise: refuse plain HTTP
#
# S3 answers over HTTPS and over plain HTTP. A **bucket policy** can refuse the second
# for everybody: the condition key `aws:SecureTransport` is `"false"` when a request
# comes without TLS
# ([AWS: which policy to use](https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule)).
# A `Deny` beats every `Allow`, so the policy need not know who else may do what.

# %%
bucket_arn = f"arn:aws:s3:::{bucket}"
# BEGIN SOLUTION
# PROMPT: Write the whole policy as a dictionary in `policy`: refuse every S3 action
# PROMPT: on the bucket and on its objects, to everybody, when the request comes
# PROMPT: without TLS. Then give it to the bucket, as JSON, and keep the answer in
# PROMPT: `attached`.
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket_arn, f"{bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
attached = s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
# END SOLUTION

# %%
lab.check("transport")

# %%
# needs: policy, attached
try:
    s3.get_object(Bucket=bucket, Key=march_key)
    print("let in: this client speaks HTTPS")
except ClientError as error:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    print(f"refused with HTTP status {status}: this client speaks plain HTTP")
finally:
    s3.delete_bucket_policy(Bucket=bucket)

# %% [markdown]
# The policy shuts us out ourselves: your notebook talks to the local cloud over plain
# HTTP, within this machine. So the cell takes the policy away again. On AWS boto3
# speaks HTTPS, the same call is let in, and the policy would stay. Note who was
# refused: the owner of the bucket, with every permission there is.
#
# ## Versions: the undo that is off by default
#
# With **versioning**, S3 keeps what is overwritten, and a deletion writes only a
# **delete marker**
# ([DeleteObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html)).
# Now two things go wrong with a small table of codes: a job that crashes writes half
# of it, and a colleague who sees rubbish deletes it.

# %%
versioning = {"Status": "Enabled"}
s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versioning)
codes_key = "reference/categories.csv"
numbers = [5411, 5541, 4722, 5732, 5812, 8099]
codes = pd.DataFrame({"category": CATEGORIES, "code": numbers})
s3.put_object(Bucket=bucket, Key=codes_key, Body=as_csv(codes))
s3.put_object(Bucket=bucket, Key=codes_key, Body=as_csv(codes)[:40])
s3.delete_object(Bucket=bucket, Key=codes_key)

history = s3.list_object_versions(Bucket=bucket, Prefix=codes_key)
for marker in history["DeleteMarkers"]:
    print(f"delete marker        current: {marker['IsLatest']}")
for version in history["Versions"]:
    print(f"version of {version['Size']:3} bytes  current: {version['IsLatest']}")

# %% [markdown]
# ### Exercise: bring the table back
#
# A version becomes the current one when it is copied onto its own key
# ([user guide](https://docs.aws.amazon.com/AmazonS3/latest/userguide/RestoringPreviousVersions.html)).

# %%
# BEGIN SOLUTION
# PROMPT: Make the undamaged version of `codes_key` the current one, and keep what
# PROMPT: S3 answers in `restored`. `history` has the versions and their ids.
undamaged = max(history["Versions"], key=lambda version: version["Size"])
restored = s3.copy_object(
    Bucket=bucket,
    Key=codes_key,
    CopySource={
        "Bucket": bucket,
        "Key": codes_key,
        "VersionId": undamaged["VersionId"],
    },
)
# END SOLUTION

# %%
lab.check("restore")

# %% [markdown]
# ## S3 Select: SQL on one object
#
# The study notes filter a CSV object where it lies, and let S3 send back only what
# matters. Here is their query, as it stands there, on March. The answer is a stream of
# events; a record may be cut in two by the end of an event, so the pieces are joined
# before they are read
# ([SelectObjectContent](https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html)).


# %%
def read_events(response):
    """The records of an answer in JSON, and its byte counts."""
    payload, counts = b"", {}
    for event in response["Payload"]:
        payload += event.get("Records", {}).get("Payload", b"")
        counts = event.get("Stats", {}).get("Details", counts)
    return [json.loads(line) for line in payload.splitlines()], counts


response = s3.select_object_content(
    Bucket=bucket,
    Key=march_key,
    Expression="SELECT * FROM S3Object WHERE age > 25",
    ExpressionType="SQL",
    InputSerialization={"CSV": {"FileHeaderInfo": "USE"}},
    OutputSerialization={"JSON": {}},
)
over_25, counts = read_events(response)
print(json.dumps(over_25[0]))
print(f"{len(over_25):,} of {len(month_of(3)):,} rows")
scanned, returned = counts["BytesScanned"], counts["BytesReturned"]
print(f"scanned  {scanned / MIB:.2f} MiB")
print(f"returned {returned / MIB:.2f} MiB, {returned / scanned:.1f} × the object")

# %% [markdown]
# **Filtering in place made the transfer larger.** Most customers are over 25, so the
# filter drops little, `*` keeps all columns, and JSON repeats the column names in each
# row. A plain `get_object` would have been cheaper. S3 Select pays when
# the answer is small: few columns, a sharp filter, or an aggregate.
#
# ### Exercise: a question with a small answer
#
# Months may also lie there compressed. All columns of a CSV are text to S3 Select:
# `CAST(s.age AS INT)` says that a number is meant
# ([CAST](https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-conversion.html)).

# %%
packed_key = partition("curated", 3, "part-0000.csv.gz")
s3.put_object(
    Bucket=bucket, Key=packed_key, Body=gzip.compress(as_csv(month_of(3)), mtime=0)
)
# BEGIN SOLUTION
# PROMPT: Ask S3 Select about the GZIP object `packed_key`: how many transactions of
# PROMPT: customers over 25 are in the category travel, and what is their sum? Name the
# PROMPT: two results `n` and `total`. `read_events` gives a list of records and the
# PROMPT: counts: keep the only record in `travel`, and the counts in `travel_counts`.
aggregate = s3.select_object_content(
    Bucket=bucket,
    Key=packed_key,
    Expression=(
        "SELECT COUNT(*) AS n, SUM(CAST(s.amount AS FLOAT)) AS total "
        "FROM S3Object s WHERE s.category = 'travel' AND CAST(s.age AS INT) > 25"
    ),
    ExpressionType="SQL",
    InputSerialization={"CSV": {"FileHeaderInfo": "USE"}, "CompressionType": "GZIP"},
    OutputSerialization={"JSON": {}},
)
records, travel_counts = read_events(aggregate)
travel = records[0]
# END SOLUTION

# %%
lab.check("query")

# %%
# needs: travel, travel_counts
print(f"{travel['n']} trips, {float(travel['total']):,.2f} USD in all")
for name in ("BytesScanned", "BytesProcessed", "BytesReturned"):
    print(f"{name:15} {travel_counts[name]:9,}")

# %% [markdown]
# A few bytes come back. S3 still scans the whole packed object and unpacks it (the
# bytes *processed*); it charges for what it scans and what it returns.
#
# ## What replaced it: columns
#
# **S3 Select is closed to new customers**
# ([SQL reference](https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference.html)):
# an account that never used it cannot begin. For SQL over many objects AWS points to
# Amazon Athena, which charges by the bytes that a query scans; for one object, to the
# client. Both get cheap by the same means: a file format that need not be read whole.
#
# **Parquet** stores column after column, with a directory at the file's end. A reader
# fetches the end, then the columns it wants, by `Range` requests. The next cell lends
# pyarrow such a reader, which counts what travels.


# %%
class RangeReader(io.RawIOBase):
    """An object in S3 as a file; it counts the requests and bytes of its reads."""

    def __init__(self, key):
        self.key, self.position = key, 0
        self.requests = self.transferred = 0
        self.size = s3.head_object(Bucket=bucket, Key=key)["ContentLength"]

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.position

    def seek(self, offset, whence=io.SEEK_SET):
        self.position = (0, self.position, self.size)[whence] + offset
        return self.position

    def readinto(self, target):
        last = min(self.position + len(target), self.size) - 1
        if last < self.position:
            return 0
        span = f"bytes={self.position}-{last}"
        body = s3.get_object(Bucket=bucket, Key=self.key, Range=span)["Body"].read()
        target[: len(body)] = body
        self.position += len(body)
        self.requests += 1
        self.transferred += len(body)
        return len(body)


def read_column(keys, column):
    """(requests, bytes) that it takes to read one column of Parquet objects."""
    readers = [RangeReader(key) for key in keys]
    for reader in readers:
        pq.read_table(reader, columns=[column])
    return sum(r.requests for r in readers), sum(r.transferred for r in readers)


def as_parquet(table, compression):
    """A table as the bytes of a Parquet file."""
    target = io.BytesIO()
    table.to_parquet(target, index=False, compression=compression)
    return target.getvalue()


# %%
march = month_of(3)
bodies = {
    "CSV": as_csv(march),
    "CSV, GZIP": gzip.compress(as_csv(march), mtime=0),
    "Parquet, not compressed": as_parquet(march, None),
    "Parquet, Snappy": as_parquet(march, "snappy"),
}
stored_kib, read_kib = {}, {}
for name, body in bodies.items():
    key = f"scratch/formats/{name}"
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    needed = read_column([key], "amount")[1] if "Parquet" in name else len(body)
    stored_kib[name], read_kib[name] = len(body) / 1024, needed / 1024

figure, axes = plt.subplots(figsize=(8, 3.2))
rows = np.arange(len(bodies))
bars = axes.barh(rows - 0.2, stored_kib.values(), 0.4, label="stored", color="0.75")
axes.bar_label(bars, fmt="%.0f", padding=3)
label = "read for the sum of `amount`"
bars = axes.barh(rows + 0.2, read_kib.values(), 0.4, label=label, hatch="//")
axes.bar_label(bars, fmt="%.0f", padding=3)
axes.set_yticks(rows, bodies)
axes.invert_yaxis()
axes.set_xlabel("KiB")
axes.set_title("March: what is stored, and what one column costs")
axes.margins(x=0.1)
axes.legend()
figures = "; ".join(
    f"{name}: stored {stored_kib[name]:.0f} KiB, read {read_kib[name]:.0f} KiB"
    for name in bodies
)
show(figure, alt=f"Bar chart of stored and read KiB by file format. {figures}.")

# %% [markdown]
# Look at the two kinds of bars. For the CSVs they are equal: whoever wants one number
# of each row reads all of it, packed or not, because GZIP can only be read from its
# beginning. For Parquet the hatched bar is a fraction of the grey one. And note what
# the chart does **not** say: Parquet is not the smallest file here, the packed CSV is.
# Parquet wins by what it does not have to read.
#
# ### Exercise: how fine should partitions be?
#
# "Finer partitions mean less to read", says a colleague, and would store each day for
# itself. Athena's guide warns of the overhead of many files
# ([partitioning](https://docs.aws.amazon.com/athena/latest/ug/ctas-partitioning-and-bucketing-what-is-partitioning.html)).
# Settle it by measuring. Two jobs sum up `amount`: one over the whole of March, one
# over 5 March alone.

# %%
monthly_keys = ["curated/monthly/year=2026/month=03/part-0000.parquet"]
s3.put_object(Bucket=bucket, Key=monthly_keys[0], Body=as_parquet(march, "snappy"))
daily_keys = []
for day, table in march.groupby(march["time"].dt.day):
    key = f"curated/daily/year=2026/month=03/day={day:02d}/part-0000.parquet"
    s3.put_object(Bucket=bucket, Key=key, Body=as_parquet(table, "snappy"))
    daily_keys.append(key)
# BEGIN SOLUTION
# PROMPT: Measure both jobs on both layouts with `read_column`. `month_job` and
# PROMPT: `day_job` are dictionaries, {"monthly": (requests, bytes), "daily": …}.
# PROMPT: Then name the layout with fewer bytes, "monthly" or "daily", for the first
# PROMPT: job in `for_month`, and for the second in `for_day`.
month_job = {
    "monthly": read_column(monthly_keys, "amount"),
    "daily": read_column(daily_keys, "amount"),
}
day_job = {
    "monthly": read_column(monthly_keys, "amount"),
    "daily": read_column(daily_keys[4:5], "amount"),
}
for_month = "monthly"
for_day = "daily"
# END SOLUTION

# %%
lab.check("design")

# %%
# needs: month_job, day_job
# NBVAL_IGNORE_OUTPUT
for name, job in (("all of March", month_job), ("5 March", day_job)):
    for layout, (requests, read) in job.items():
        print(f"{name:12} {layout:7} {requests:3} requests {read / 1024:6.0f} KiB")

# %% [markdown]
# Neither layout is best; a question decides. For the month, the daily files cost a
# multiple in bytes and in requests: each has an end to be fetched first, and these
# files are so small that fetching the end (pyarrow asks for 64 KiB) is fetching all of
# it, before the column is fetched again. For one day, the monthly file sends the other
# days too. Partition by what most queries filter on, and no finer than files stay
# large.
#
# ## Storage classes: the cheapest gigabyte
#
# S3 sells the same bytes in several **storage classes**. The table below is the local
# cloud's price list, with the date of its sources; the rules are those of the
# [user guide](https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html).

# %%
GIB = 2**30
CLASSES = ("STANDARD", "STANDARD_IA", "GLACIER_IR")
prices = load_prices()
rules = [prices.storage_class(name) for name in CLASSES]
table = pd.DataFrame(
    {
        "storage (USD/GB-month)": [r.prices["storage"].usd for r in rules],
        "GET (USD/1,000)": [r.prices["get"].usd for r in rules],
        "retrieval (USD/GB)": [
            r.prices["retrieval"].usd if "retrieval" in r.prices else 0.0 for r in rules
        ],
        "billed from (KB)": [r.minimum_kb for r in rules],
        "billed for (days)": [r.minimum_days for r in rules],
    },
    index=list(CLASSES),
)
print(f"{prices.region}, {prices.as_of}")
print(table.T.to_string(float_format="{:g}".format))


def storage_cost(name, objects, size):
    """USD for keeping objects of `size` bytes for a month."""
    rule = prices.storage_class(name)
    return rule.prices["storage"].cost(objects * rule.billable_gb(size))


hundred_gib = storage_cost("STANDARD", 800, 128 * MIB)
print(f"\n100 GiB in STANDARD: {hundred_gib:.2f} USD a month")

# %% [markdown]
# `GLACIER_IR` (S3 Glacier Instant Retrieval) asks a fraction for a gigabyte. So put
# everything there? Four more rows of the table answer: each request and each gigabyte
# read has a price of its own, a smaller object is billed as one of 128 KB, and one
# that is deleted early is billed for the rest of its minimum days.
#
# ### Exercise: what reading costs
#
# `rule.prices["get"].cost(1000)` is the price of 1,000 GET requests,
# `rule.prices["retrieval"].cost(1)` that of one GB read. STANDARD has no entry
# `"retrieval"`. S3 counts a GB as 2³⁰ bytes.


# %%
def reading_cost(name, objects, size, reads):
    """USD for reading all objects of `size` bytes whole, `reads` times a month."""
    # BEGIN SOLUTION
    # PROMPT: Return the price of the GET requests, one for each object and
    # PROMPT: read, and of the gigabytes retrieved.
    charges = prices.storage_class(name).prices
    cost = charges["get"].cost(objects * reads)
    if "retrieval" in charges:
        cost += charges["retrieval"].cost(objects * size * reads / GIB)
    return cost
    # END SOLUTION


# BEGIN SOLUTION
# PROMPT: 400 GiB of training data, in 3,200 files of 128 MiB, are read whole in
# PROMPT: every second month. Which of CLASSES costs least in all? Put its name in
# PROMPT: `cheapest`.
cheapest = min(
    CLASSES,
    key=lambda name: (
        storage_cost(name, 3200, 128 * MIB) + reading_cost(name, 3200, 128 * MIB, 0.5)
    ),
)
# END SOLUTION

# %%
lab.check("cost")

# %%
# needs: reading_cost
reads = np.linspace(0, 2, 21)
small = 20 * 1024
many = 100 * GIB // small
shapes = {
    "800 files of 128 MiB": (800, 128 * MIB),
    f"{many / 1e6:.1f} million files of 20 KiB": (many, small),
}
figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.6))
for axes, (title, (objects, size)) in zip(panels, shapes.items(), strict=True):
    for name, line in zip(CLASSES, ("-", "--", ":"), strict=True):
        unread = storage_cost(name, objects, size)
        total = [unread + reading_cost(name, objects, size, times) for times in reads]
        axes.plot(reads, total, line, linewidth=2, label=name)
        print(f"{title:27} {name:12} {total[0]:5.2f} to {total[-1]:6.2f} USD")
    axes.set_title(f"100 GiB in {title}")
    axes.set_xlabel("times that all of it is read in a month")
    axes.set_ylabel("USD a month")
panels[0].legend()
panels[1].set_yscale("log")
panels[1].set_ylabel("USD a month (logarithmic)")
figure.tight_layout()


def break_even(name, objects, size):
    """Reads a month from which STANDARD is cheaper than the class."""
    saved = storage_cost("STANDARD", objects, size) - storage_cost(name, objects, size)
    dearer = reading_cost(name, objects, size, 1)
    return saved / (dearer - reading_cost("STANDARD", objects, size, 1))


crossings = [break_even(name, 800, 128 * MIB) for name in CLASSES[1:]]
for name, crossing in zip(CLASSES[1:], crossings, strict=True):
    print(f"large files: STANDARD beats {name} from {crossing:.2f} reads a month on")
alt = (
    "Two line charts of monthly cost against reads a month. Left, large files: "
    f"STANDARD is flat and crosses the others at {min(crossings):.2f} and "
    f"{max(crossings):.2f} reads. Right, small files: STANDARD is lowest throughout, "
    "GLACIER_IR is steepest."
)
show(figure, alt=alt)

# %% [markdown]
# **Left**, large files. Unread, the cheapest gigabyte is the cheapest bill. But the
# lines cross, at the reads printed above the plot: beyond both crossings STANDARD wins,
# and the class with the lowest price per gigabyte is the dearest.
#
# **Right**, the same bytes in small files, on a logarithmic scale. STANDARD is lowest
# even if nobody ever reads them, because each file of 20 KiB is billed as 128 KB
# elsewhere; and a read makes millions of requests. Pack small files before you look at
# storage classes.
#
# The same holds for time: what you delete after a week is billed for the minimum days
# of its class. If you do not know the pattern,
# INTELLIGENT_TIERING has no price for retrieval. And the archive classes (`GLACIER`,
# `DEEP_ARCHIVE`) cannot be read at all before a restore: a training job that points to
# them fails with `InvalidObjectState`
# ([GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)).
#
# ## Lifecycle: let objects age by rule
#
# A **lifecycle configuration** moves and expires objects by age. A colleague has
# written one: raw months go to STANDARD_IA after 30 days, scratch goes after 7, and
# broken uploads are aborted. Rules count for objects that are there already, too
# ([user guide](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html)).
# On AWS you would wait. Here cloud time can be moved, for all that stands in the local
# cloud: let 40 days pass, and look.

# %%
lifecycle = [
    {
        "ID": "raw-ages",
        "Status": "Enabled",
        "Filter": {"Prefix": "/raw/"},
        "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
    },
    {
        "ID": "scratch-expires",
        "Status": "Enabled",
        "Filter": {"Prefix": "scratch/"},
        "Expiration": {"Days": 7},
    },
    {
        "ID": "broken-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    },
]
s3.put_bucket_lifecycle_configuration(
    Bucket=bucket, LifecycleConfiguration={"Rules": lifecycle}
)


def let_pass(days):
    """Move cloud time; returns the days that passed (none on AWS)."""
    if lab.cloud is None:
        return 0
    lab.cloud.advance(days=days)
    return days


def show_zone(zone):
    """Print how many objects of a zone are in which storage class."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix=zone).get("Contents", [])
    classes = [item["StorageClass"] for item in found]
    counts = {name: classes.count(name) for name in sorted(set(classes))}
    print(f"{zone:9} {counts or 'no objects'}")


days_passed = let_pass(40)
show_zone("raw/")
show_zone("scratch/")
versions = s3.list_object_versions(Bucket=bucket, Prefix="scratch/")["Versions"]
kept = sum(version["Size"] for version in versions if not version["IsLatest"])
print(f"scratch/  {kept / MIB:.1f} MiB in versions that are not current")

# %% [markdown]
# One rule came true and one did not, and neither said a word: S3 reports no error for
# a rule that finds nothing. And the one that worked has a catch. The bucket keeps
# versions, so expiring wrote delete markers, and **every byte of scratch is still
# there and charged**; a rule with `NoncurrentVersionExpiration` would take them too
# ([expiring objects](https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html)).
#
# ### Exercise: find out why the raw months stay
#
# Compare the rule with the keys that `listed("raw/")` gives. Note before you call:
# [PutBucketLifecycleConfiguration](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html)
# replaces the whole configuration.

# %%
# BEGIN SOLUTION
# PROMPT: Give the bucket a configuration in which all three rules do what their
# PROMPT: names say. Keep the list of rules in `mended`, and S3's answer in `replaced`.
mended = [{**lifecycle[0], "Filter": {"Prefix": "raw/"}}, *lifecycle[1:]]
replaced = s3.put_bucket_lifecycle_configuration(
    Bucket=bucket, LifecycleConfiguration={"Rules": mended}
)
# END SOLUTION

# %%
# needs: mended, replaced
days_passed += let_pass(2)
show_zone("raw/")

# %%
lab.check("lifecycle")

# %% [markdown]
# ## Quiz

# %%
lab.quiz("101-small-files")

# %%
lab.quiz("101-empty-bucket")

# %%
lab.quiz("101-kms-read")

# %%
lab.quiz("101-select-today")

# %%
lab.quiz("101-wildcard")

# %% [markdown]
# ## Then and now
#
# - **S3 Select for less data.** Closed to new customers: Athena, or Parquet read by the
#   client.
# - **"Turn encryption on."** Every new object is encrypted since January 2023. What is
#   left to choose is the key.
# - **ACLs share a bucket.** New buckets have them off since April 2023: write policies.
# - **A listing may miss a new object.** Reads and listings that follow a write are
#   strongly consistent
#   ([Amazon S3](https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html)).
# - **A lifecycle rule moves every object.** Those under 128 KB stay where they are,
#   unless a filter by size says otherwise
#   ([API](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html)).
# - **An object has at most 5 TB.** It may have 48.8 TiB
#   ([limits](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)).
#
# boto3 is the same in old and new notes. The SageMaker Python SDK has moved:
#
# ```python
# # SDK v2, in maintenance
# from sagemaker.session import Session
# Session().upload_data("train.csv", bucket=bucket, key_prefix="datasets")
#
# # SDK v3: the same call, found elsewhere
# from sagemaker.core.helper.session_helper import Session
# Session().upload_data("train.csv", bucket=bucket, key_prefix="datasets")
# ```

# %% [markdown]
# ## Cost, permissions, limits
#
# **What drives the bill:** gigabytes × days in a class, then requests, then retrieval;
# noncurrent versions and parts of broken uploads count like objects. The bill below
# includes the 42 days that you let pass.
#
# **What a role needs for this lab:** `s3:PutObject`, `s3:GetObject`,
# `s3:GetObjectVersion`, `s3:DeleteObject`, `s3:DeleteObjectVersion`,
# `s3:AbortMultipartUpload`, `s3:ListMultipartUploadParts` on the objects;
# `s3:CreateBucket`, `s3:DeleteBucket`, `s3:ListBucket`, `s3:ListBucketVersions`,
# `s3:ListBucketMultipartUploads`, `s3:PutEncryptionConfiguration`,
# `s3:PutBucketPublicAccessBlock`, `s3:PutBucketPolicy`, `s3:DeleteBucketPolicy`,
# `s3:PutBucketVersioning`, `s3:PutLifecycleConfiguration` on the bucket
# ([actions of Amazon S3](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html)).
# With a KMS key of your own also `kms:GenerateDataKey` and `kms:Decrypt`, the second
# for uploads in parts as well.
#
# **Limits and failures:** at least 3,500 writes and 5,500 reads a second for each
# partitioned prefix, beyond which S3 may answer 503 Slow Down
# ([performance](https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html));
# of two writers to a key the last one wins
# ([PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html));
# after enabling versioning, AWS recommends to wait 15 minutes before writing
# ([PutBucketVersioning](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html)).
#
# **The local cloud differs:** it reads the Effect, Principal, Action and Resource of a
# bucket policy, not its Condition; it does not turn a public policy away; a new bucket
# does not report its default encryption; lifecycle rules move and expire current
# objects, small ones too, at no charge, and leave old versions and broken uploads
# alone.

# %%
lab.bill()
lab.exam()

# %% [markdown]
# ## Take-away
#
# - A key is one string. Write partitions with two digits, and prefixes with their
#   slash.
# - Settings for a bucket (encryption, versioning) hold for what is written after them.
# - What a listing of objects does not show is still charged: old versions, broken
#   uploads.
# - S3 Select is history for new accounts. Parquet wins by what it does not read, as
#   long as files are large.
# - The cheapest gigabyte is not the cheapest bill: count the size of objects, the
#   reads, and the days.
# - A lifecycle rule that matches nothing is silent. Look at the storage class
#   afterwards.

# %% [markdown]
# ## Teardown
#
# A bucket can be deleted only when nothing is in it: no object, no version, no delete
# marker. `lab.end()` removes them all, and aborts the broken upload.

# %%
lab.end()
