# %% [markdown]
# # 000 · Start here: the local cloud and how a lab works
#
# Amazon Web Services (AWS) rents out computers that train machine learning models.
# This course runs on a **local cloud**: a program on this machine that answers the
# same calls as AWS and does the work itself. It needs no account and sends no bill.
#
# ## What you will be able to do
#
# - Make an AWS call on the local cloud, and have the answer checked
# - Find out why a job has failed, and repair it
# - Measure what a forgotten endpoint costs
#
# 20 minutes of yours. You need some Python, and no machine learning. Run the cells
# from top to bottom with Shift+Enter.

# %%
import contextlib
import csv
import io
import re
from uuid import uuid4

from botocore.exceptions import ClientError, WaiterError
from matplotlib import pyplot as plt
from sagemaker.core import image_uris

from cloudlet.metering import load_prices
from mlslab import start_lab
from mlslab.plots import show

lab = start_lab("000")

# %% [markdown]
# ## Files live in a bucket
#
# The card above says where you are: the mode, the AWS Region and the role that jobs
# work under. Amazon Simple Storage Service (Amazon S3) keeps files as *objects* in
# *buckets*. The next cell stores 400 taxi rides in this lab's bucket. Each line has
# the fare in USD, the kilometres and the minutes.

# %%
s3 = lab.session.client("s3")
bucket = lab.bucket
rides_key = "rides/rides.csv"


def tariff(kilometres, minutes):
    """What the taximeter shows, in USD."""
    return 3.00 + 2.20 * kilometres + 0.40 * minutes


rides = [(tariff(km, 2 * m), km, 2 * m) for km in range(1, 21) for m in range(1, 21)]
text = io.StringIO()
csv.writer(text, lineterminator="\n").writerows(rides)
s3.put_object(Bucket=bucket, Key=rides_key, Body=text.getvalue().encode())
for found in s3.list_objects_v2(Bucket=bucket)["Contents"]:
    print(found["Key"])

# %% [markdown]
# ## A job trains a model
#
# `boto3`, the AWS client for Python, has sent these calls. Nothing in the code says
# that the cloud is local: the same lines store the same object in a real account.
#
# Amazon SageMaker AI trains models in *training jobs*. A request names a program (the
# *image*), the data in Amazon S3, a place for the result, and a computer to rent. The
# program here is SageMaker's built-in XGBoost. Round after round, it learns to predict
# the first column of a table from the others ([data
# formats](https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html)).

# %%
# NBVAL_IGNORE_OUTPUT
sagemaker = lab.session.client("sagemaker")
train_uri = image_uris.retrieve("xgboost", region=lab.region, version="3.0-5")


def train(name, image=train_uri, **hyperparameters):
    """Start a training job, wait for its end, and give the name of the job."""
    job_name = f"{name}-{uuid4().hex[:8]}"
    rides_in_s3 = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{bucket}/rides/",
        "S3DataDistributionType": "FullyReplicated",
    }
    sagemaker.create_training_job(
        TrainingJobName=job_name,
        RoleArn=lab.role,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        HyperParameters={key: str(value) for key, value in hyperparameters.items()},
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": rides_in_s3},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models/"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
        },
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    with contextlib.suppress(WaiterError):  # a failed job: its description says why
        waiter.wait(TrainingJobName=job_name)
    return job_name


job_name = train("rides", objective="reg:squarederror", num_round=50)
job = sagemaker.describe_training_job(TrainingJobName=job_name)
print(job["TrainingJobStatus"], "after", job["TrainingTimeInSeconds"], "s")
print(job["ModelArtifacts"]["S3ModelArtifacts"])

# %% [markdown]
# The model is real: `model.tar.gz` in the bucket is a file that plain XGBoost reads.
#
# ## What a job prints is in its log
#
# A job runs away from your notebook. What it prints goes to Amazon CloudWatch Logs,
# into the log group `/aws/sagemaker/TrainingJobs`, in a stream that begins with the
# job's name ([log groups of Amazon SageMaker
# AI](https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html)).


# %%
def read_log(job_name):
    """The lines that a training job has printed."""
    logs = lab.session.client("logs")
    group = "/aws/sagemaker/TrainingJobs"
    found = logs.describe_log_streams(
        logGroupName=group, logStreamNamePrefix=f"{job_name}/"
    )
    stream = found["logStreams"][0]["logStreamName"]
    answer = logs.get_log_events(
        logGroupName=group, logStreamName=stream, startFromHead=True
    )
    return [event["message"] for event in answer["events"]]


log = read_log(job_name)
errors = [float(line.split(":")[-1]) for line in log if re.search("train-rmse", line)]
figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(range(1, len(errors) + 1), errors, marker="o", markersize=3)
axes.set(xlabel="round", ylabel="typical error (USD)", yscale="log")
axes.yaxis.set_major_formatter("{x:g}")
show(
    figure,
    alt="Line chart, logarithmic vertical axis: the typical error of the fare falls"
    f" from {errors[0]:.2f} USD after the first of {len(errors)} rounds to"
    f" {errors[-1]:.2f} USD after the last",
)

# %% [markdown]
# Each point is one line of the job's log; from one mark of the vertical axis to the
# next the error is ten times smaller. It falls steeply in the first rounds and then
# ever more slowly. You have just watched a model learn.
#
# ## Exercise: your first call, and your first check
#
# An exercise is a cell with `# Your turn`. The cell after it checks the answer by
# looking at your variables and at what stands in the cloud.
#
# 1. Run the check as it is. It says *Not attempted*: nothing is wrong yet.
# 2. Write `object_bytes = 7`, run both cells, and read what the check says.
# 3. Now ask Amazon S3: `s3.head_object(Bucket=…, Key=…)` describes an object, and its
#    `ContentLength` is the size in bytes.

# %%
# BEGIN SOLUTION
# PROMPT: how many bytes does the object `rides_key` in `bucket` have?
object_bytes = s3.head_object(Bucket=bucket, Key=rides_key)["ContentLength"]
# END SOLUTION

# %%
lab.check("first_call")

# %% [markdown]
# ### When you are stuck
#
# `lab.hint(…)` gives a hint, and each further call a clearer one. `lab.solution(…)`
# shows a solution once you have tried. Both are free: points count passed checks only.
# `lab.progress()` shows where you are in this lab, and `mlslab status` in a terminal
# shows all labs. What has passed once stays passed, also after a restart.

# %%
lab.hint("first_call")
lab.progress()

# %% [markdown]
# ## When something fails
#
# Things fail in two ways. A request that makes no sense is *refused at once*: the call
# raises a `ClientError` with a code and a message. Here a letter is missing in the
# name of the image.

# %%
# NBVAL_IGNORE_OUTPUT
try:
    train("misspelt", train_uri.replace("xgboost", "xgbost"), num_round=5)
except ClientError as error:
    print(error.response["Error"]["Code"])
    print(error.response["Error"]["Message"])

# %% [markdown]
# A request that makes sense can still be impossible to carry out. Then the job is
# *accepted, and fails later*. The call itself raises nothing, so look at the status.

# %%
broken_job = train("broken", objective="reg:squarederror", num_round=50, eta=7)
print(sagemaker.describe_training_job(TrainingJobName=broken_job)["TrainingJobStatus"])

# %% [markdown]
# ## Exercise: find the reason, and repair the job
#
# You do not have to know what `eta` is. A failed job says what is wrong with it, in a
# part of its description, and its log says the same.

# %%
# BEGIN SOLUTION
# PROMPT: read the reason out of the description of `broken_job` (not by hand),
# PROMPT: then train again with `train(…)`, and change only what the reason is about.
broken = sagemaker.describe_training_job(TrainingJobName=broken_job)
failure_reason = broken["FailureReason"]
repaired_job = train("repaired", objective="reg:squarederror", num_round=50, eta=0.7)
# END SOLUTION

# %%
lab.check("repair")

# %% [markdown]
# ## An endpoint answers questions
#
# A model predicts from an *endpoint*: a computer that keeps the model loaded and
# waits for requests. Three rides of which the model has seen none go there now. Two
# baselines stand beside its answers: the tariff, which is the truth here, and the
# average fare, which is what you could say without any model.

# %%
endpoint_name = f"rides-{uuid4().hex[:8]}"
instance_type = "ml.t2.medium"
sagemaker.create_model(
    ModelName=endpoint_name,
    ExecutionRoleArn=lab.role,
    PrimaryContainer={
        "Image": train_uri,
        "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
    },
)
variant = {
    "VariantName": "AllTraffic",
    "ModelName": endpoint_name,
    "InstanceType": instance_type,
    "InitialInstanceCount": 1,
}
sagemaker.create_endpoint_config(
    EndpointConfigName=endpoint_name, ProductionVariants=[variant]
)
sagemaker.create_endpoint(EndpointName=endpoint_name, EndpointConfigName=endpoint_name)
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=endpoint_name)


def ask(questions):
    """The fares that the endpoint predicts for (kilometres, minutes) pairs."""
    runtime = lab.session.client("sagemaker-runtime")
    body = "\n".join(f"{kilometres},{minutes}" for kilometres, minutes in questions)
    answer = runtime.invoke_endpoint(
        EndpointName=endpoint_name, ContentType="text/csv", Body=body
    )
    return [float(fare) for fare in answer["Body"].read().split()]


new_rides = [(2.4, 7), (9.4, 19), (17.4, 33)]
average = sum(fare for fare, _, _ in rides) / len(rides)
truths = [tariff(*ride) for ride in new_rides]
fares = ask(new_rides)
print("   km  min   tariff  model  average")
for ride, truth, fare in zip(new_rides, truths, fares, strict=True):
    print(f"{ride[0]:5} {ride[1]:4}   {truth:6.1f} {fare:6.1f}   {average:6.1f}")
model_miss = sum(abs(t - f) for t, f in zip(truths, fares, strict=True)) / len(truths)
average_miss = sum(abs(t - average) for t in truths) / len(truths)
print(f"The model misses by {model_miss:.1f} USD, the average by {average_miss:.1f}.")

# %% [markdown]
# The model comes close, and far closer than the average does. A claim about a model
# means little without such a baseline, so every lab has one.
#
# ## Cloud time, and the bill
#
# Amazon SageMaker AI charges for the time that an endpoint stands. Nobody wants to
# wait a month to see that, so the local cloud's clock can be moved:
# `lab.cloud.advance(hours=1)`. What falls due in that hour happens, and the bill
# grows. The clock belongs to the cloud, so other labs open in it move along.
#
# Surely an endpoint that nobody asks is almost free? Try it: an hour with 60 requests,
# and an hour with none.


# %%
def endpoint_cost():
    """What the endpoint has cost so far, in USD."""
    return lab.cloud.bill().by("resource").get(endpoint_name, 0.0)


def cost_of(hours, requests=0):
    """What the endpoint costs in so many hours with so many requests, in USD."""
    if lab.cloud is None:  # live mode: real time does not move, so take the list price
        return hours * load_prices().instance_hour("hosting", instance_type).usd
    before = endpoint_cost()
    for _ in range(requests):
        ask(new_rides)
    lab.cloud.advance(hours=hours)
    return round(endpoint_cost() - before, 3)


print(f"an hour with 60 requests: {cost_of(1, requests=60):.3f} USD")
print(f"an hour with no request:  {cost_of(1):.3f} USD")

# %% [markdown]
# The two hours cost the same. Time drives the price of an endpoint, not use.
#
# ## Exercise: choose a design, and defend it by a measurement
#
# The taxi company asks for fares between 6 and 8 in the evening only. Design one
# leaves the endpoint `always on`. Design two (`evenings`) creates it at 6 and deletes
# it at 8. The same instance serves both. What does one day of each cost?

# %%
# BEGIN SOLUTION
# PROMPT: measure a day of both designs with `cost_of`, in a dictionary with the keys
# PROMPT: "always on" and "evenings", and name the design to take in `choice`.
costs = {"always on": cost_of(24), "evenings": cost_of(2)}
choice = min(costs, key=costs.get)
# END SOLUTION

# %%
lab.check("bill")

# %%
# needs: costs, choice
month = 30 * (max(costs.values()) - min(costs.values()))
print(f"'{choice}' saves {month:.2f} USD in 30 days, for one small instance.")

# %% [markdown]
# ## What this cloud is, and what it is not
#
# | | Local mode (the default) | Live mode |
# |---|---|---|
# | Calls go to | the local cloud; nothing leaves this machine | your AWS account |
# | Jobs run | as processes here, for real | on the instances you rent |
# | An image is | a name for a program that the cloud has | a container in a registry |
# | `InstanceType` changes | the bill only, not the speed | price and speed |
# | Permissions and quotas | are not enforced | refuse calls |
# | Time | moves as you like | passes |
# | Money | is counted | is charged |
#
# `start_lab("000", mode="live")` or the variable `MLSLAB_MODE=live` switches the mode,
# in Amazon SageMaker Studio for example. Restart the kernel first. In live mode the
# first call that costs money shows its price and asks you.
#
# An operation that the local cloud does not have fails at once with an error that
# names it. Services that no lab works with come from a library that keeps what you
# create but computes nothing: do not judge AWS by their answers here.
#
# ## Quiz

# %%
lab.quiz("000-local")
lab.quiz("000-accepted")
lab.quiz("000-idle")
lab.quiz("000-logs")

# %% [markdown]
# ## Then and now
#
# The labs show old code beside today's, as books and study notes age fast. Version 2
# of the SageMaker Python SDK has been in maintenance until 2027-07-05; version 3 is
# what Studio ships. Both train on this cloud as they are:
#
# ```python
# # Then: SDK v2
# from sagemaker.estimator import Estimator
# estimator = Estimator(train_uri, role, 1, "ml.m5.large", hyperparameters={…})
# estimator.fit({"train": f"s3://{bucket}/rides/"})
#
# # Now: SDK v3
# from sagemaker.train import ModelTrainer
# trainer = ModelTrainer(training_image=train_uri, role=role, hyperparameters={…})
# trainer.train(input_data_config=[…])
# ```
#
# This lab has used `boto3` so that you see the whole request. Lab 302 uses the SDK.
#
# ## Cost and security
#
# `lab.bill()` lists what AWS would have charged, from a table of list prices with
# their sources. The jobs cost fractions of a cent. The endpoint is the line to watch.

# %%
lab.bill()

# %% [markdown]
# In a real account the role needs permission for each call of this lab:
# `s3:CreateBucket`, `s3:PutBucketTagging`, `s3:ListBucket`, `s3:PutObject` and
# `s3:GetObject`; in SageMaker AI `CreateTrainingJob`, `CreateModel`,
# `CreateEndpointConfig`, `CreateEndpoint`, their `Describe` and `Delete` actions,
# `InvokeEndpoint` and `AddTags`; `logs:DescribeLogStreams` and `logs:GetLogEvents`; and
# `iam:PassRole` for the role that jobs work under ([execution
# roles](https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html)). Lab 000
# gives none of that to anybody but you: the local cloud listens on this machine only.
#
# Each lab says to which exam tasks it belongs.

# %%
lab.exam()

# %% [markdown]
# ## Take-away
#
# - The calls are AWS's, the work is real, and only the bill is imaginary.
# - *Refused at once* is an error in your request. *Accepted, then failed* is in the
#   job's `FailureReason` and its log.
# - An endpoint costs by the time it stands. Delete what you do not use.
#
# ## Teardown
#
# Each lab ends with `lab.end()`. It removes what the lab has made, asks the cloud again
# whether anything is left, and tells what forgetting it for a month would have cost.

# %%
lab.end()
