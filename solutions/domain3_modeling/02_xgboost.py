# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 302 · Built-in XGBoost: train, deploy, predict, tear down
#
# A pathologist looks at cells under a microscope, a program measures them, and you
# build the service that answers one question about the measurements: *is this
# malignant?* You take a raw table to Amazon Simple Storage Service (Amazon S3), train
# on Amazon SageMaker AI, put the model behind an endpoint, find out how good it really
# is, and take everything down again.
#
# ## What you will be able to do
#
# - Store a table in Amazon S3 in the form that the built-in XGBoost algorithm reads
# - Train with early stopping, and read the metrics where AWS keeps them
# - Find out from `FailureReason` and Amazon CloudWatch Logs why a training job failed
# - Deploy a model artefact to a real-time endpoint
# - Get predictions from the endpoint, and tell what it checks and what it does not
# - Choose a decision threshold for a required recall without touching the test set
# - Judge a model against baselines by a measurement that knows its uncertainty
# - Delete an endpoint completely, and say what forgetting it costs
#
# About 60 minutes. You need Python and a little scikit-learn; no AWS experience beyond
# lab 000.

# %%
import datetime
import io
import json
import re
import tarfile

import numpy as np
import pandas as pd
import xgboost
from botocore.exceptions import ClientError
from IPython.display import display
from matplotlib import pyplot as plt
from sagemaker.core import image_uris
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant
from sagemaker.core.utils.exceptions import FailedStatusError
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import (
    Compute,
    InputData,
    OutputDataConfig,
    StoppingCondition,
)
from scipy.stats import binomtest
from sklearn.datasets import load_breast_cancer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    accuracy_score,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)
from sklearn.model_selection import RepeatedStratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cloudlet.metering import load_prices
from mlslab import start_lab
from mlslab.plots import show

lab = start_lab("302")
lab.exam()

# %% [markdown]
# ## The data
#
# The Breast Cancer Wisconsin (Diagnostic) data describe real biopsies: 30 numbers about
# the cell nuclei in the image of a fine needle aspirate, and the diagnosis. They come
# with scikit-learn; Wolberg, Mangasarian, Street and Street gave them to the [UCI
# repository](https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic)
# in 1995, under the licence CC BY 4.0.
#
# scikit-learn codes malignant as 0 and benign as 1. We turn that round: what we look
# for is the positive class. And we split at once. The model learns on **train**. Every
# choice that we make (when to stop, where to put the threshold) is made on
# **validation**. **test** stays closed until all choices are made, and is then opened
# once: a choice made on it would turn it into a second validation set, and nothing
# would be left to tell the truth. `stratify` keeps the share of malignant cases alike.

# %%
source = load_breast_cancer(as_frame=True)
feature_names = list(source.data.columns)
biopsies = source.data.assign(malignant=1 - source.target)

development, test = train_test_split(
    biopsies, test_size=0.2, stratify=biopsies["malignant"], random_state=0
)
train, validation = train_test_split(
    development, test_size=0.25, stratify=development["malignant"], random_state=0
)
tables = {"train": train, "validation": validation, "test": test}
print(f"{len(biopsies)} biopsies, {len(feature_names)} features")
pd.DataFrame(
    {
        name: {
            "rows": len(table),
            "malignant": table["malignant"].sum(),
            "share in %": round(100 * table["malignant"].mean()),
        }
        for name, table in tables.items()
    }
).T

# %% [markdown]
# ## What the algorithm reads
#
# A *built-in algorithm* is a container image that AWS maintains: you bring data and
# hyperparameters, and no training code. In return the data must look as the image
# expects. For CSV the rule of [built-in
# XGBoost](https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html) is short: **no
# header, and the label in the first column**.
#
# ### Exercise: write the CSV
#
# Complete the function. It gets a table as above, with the column `malignant` at the
# end, and gives the text of a CSV file that the algorithm can read.


# %%
def csv_text(table):
    """The table as the built-in XGBoost algorithm reads it."""
    # BEGIN SOLUTION
    # PROMPT: Put `malignant` first, then the columns of `feature_names`, and write
    # PROMPT: neither a header nor the table's index.
    columns = ["malignant", *feature_names]
    return table[columns].to_csv(header=False, index=False)
    # END SOLUTION


# %%
# needs: csv_text
bucket, role = lab.bucket, lab.role
s3 = lab.session.client("s3")
train_uri = f"s3://{bucket}/breast-cancer/train/"
validation_uri = f"s3://{bucket}/breast-cancer/validation/"
for name in ("train", "validation"):
    key = f"breast-cancer/{name}/{name}.csv"
    s3.put_object(Bucket=bucket, Key=key, Body=csv_text(tables[name]).encode())
    print(key, csv_text(tables[name])[:34], "…")

# %%
lab.check("csv")

# %% [markdown]
# ## The first training job
#
# A training job is one API request, `CreateTrainingJob`. AWS starts a machine, copies
# the data of each *channel* from S3 to its disk, runs the image, copies what the image
# left in `/opt/ml/model` back to S3, and switches the machine off. You pay for the
# seconds in between.
#
# `ModelTrainer` of the SageMaker Python SDK v3 builds that request. Read it as a list
# of answers: *which program* (`training_image`), *on which machine* (`compute`), *with
# which rights* (`role`), *on which data* (`InputData`: the URI is a prefix, so
# everything that begins with it is copied; end it with `/`), *how* (`hyperparameters`),
# *where to* (`output_data_config`).
#
# The
# [hyperparameters](https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html)
# keep XGBoost's names; the number of trees is `num_round`. We take 300 trees, in the
# widespread belief that *more rounds make a better model*. We shall see.

# %%
# needs: train_uri
# NBVAL_IGNORE_OUTPUT
image = image_uris.retrieve("xgboost", region=lab.region, version="3.0-5")
session = lab.sagemaker_session()
train_channel = InputData(
    channel_name="train", data_source=train_uri, content_type="text/csv"
)
validation_channel = InputData(
    channel_name="validation", data_source=validation_uri, content_type="text/csv"
)
first_trainer = ModelTrainer(
    training_image=image,
    role=role,
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={
        "objective": "binary:logistic",
        "eval_metric": "auc,logloss",
        "num_round": 300,
        "max_depth": 3,
        "eta": 0.3,
    },
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/models/"),
    base_job_name="cancer-first",
    sagemaker_session=session,
)
first_trainer.train(input_data_config=[train_channel, validation_channel], logs=False)
# The SDK has no public name for the job that a trainer has started.
first_job = first_trainer._latest_training_job.training_job_name

sagemaker_client = lab.session.client("sagemaker")
described = sagemaker_client.describe_training_job(TrainingJobName=first_job)
for step in described["SecondaryStatusTransitions"]:
    print(f"{step['Status']:12} {step['StatusMessage']}")
print("artefact:", described["ModelArtifacts"]["S3ModelArtifacts"])
print("billed seconds on one instance:", described["BillableTimeInSeconds"])

# %% [markdown]
# ## Where the numbers stand
#
# What a job measures is kept in three places, and they do not say the same ([metrics of
# training
# jobs](https://docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html)):
#
# 1. **Amazon CloudWatch Logs**: every line that the program printed, in the log group
#    `/aws/sagemaker/TrainingJobs`, one stream for each instance.
# 2. **Amazon CloudWatch metrics**: numbers that AWS finds in these lines with regular
#    expressions, such as `validation:logloss`, kept as statistics over a period.
# 3. **`FinalMetricDataList`** of `DescribeTrainingJob`: one number for each metric.
#
# The next cell reads all three. (`#011` in the lines of the rounds stands for a tab.)

# %%
# needs: first_job
# NBVAL_IGNORE_OUTPUT
logs = lab.session.client("logs")
GROUP = "/aws/sagemaker/TrainingJobs"


def log_lines(job_name):
    """What a training job printed, from Amazon CloudWatch Logs."""
    streams = logs.describe_log_streams(
        logGroupName=GROUP, logStreamNamePrefix=f"{job_name}/"
    )["logStreams"]
    lines = []
    for stream in streams:
        events = logs.get_log_events(
            logGroupName=GROUP,
            logStreamName=stream["logStreamName"],
            startFromHead=True,
        )["events"]
        lines += [event["message"] for event in events]
    return lines


first_log = log_lines(first_job)
print(*first_log[:8], "…", first_log[-1], sep="\n")
final = {m["MetricName"]: m["Value"] for m in described["FinalMetricDataList"]}
measured = lab.session.client("cloudwatch").get_metric_statistics(
    Namespace=GROUP,
    MetricName="validation:logloss",
    Dimensions=[{"Name": "TrainingJobName", "Value": first_job}],
    StartTime=described["TrainingStartTime"] - datetime.timedelta(minutes=5),
    EndTime=described["TrainingEndTime"] + datetime.timedelta(minutes=5),
    Period=3600,
    Statistics=["Minimum", "SampleCount"],
)["Datapoints"]
best = min((point["Minimum"] for point in measured), default=float("nan"))
print("metrics:", *sorted(final), sep="\n  ")
print(f"validation:logloss in FinalMetricDataList: {final['validation:logloss']:.3f}")
print(f"validation:logloss, smallest in CloudWatch: {best:.3f}")

# %% [markdown]
# `FinalMetricDataList` holds the **last** round, not the best. Whoever compares jobs by
# it compares where they ended. CloudWatch keeps statistics over periods, so a short job
# is a point or two there. Only the log has every round, and a learning curve needs
# every round.


# %%
# needs: first_log
def learning_curve(lines):
    """One row for each round, one column for each metric."""
    found = []
    for line in lines:
        if re.match(r"\[\d+\]", line):
            pairs = re.findall(r"((?:train|validation)-\w+):([\d.e-]+)", line)
            found.append({name: float(value) for name, value in pairs})
    return pd.DataFrame(found)


curve = learning_curve(first_log)
lowest = int(curve["validation-logloss"].idxmin())
figure, axes = plt.subplots(figsize=(7, 3.5))
for name, marker in (("train", "o"), ("validation", "s")):
    axes.plot(curve[f"{name}-logloss"], marker=marker, markevery=25, label=name)
axes.axvline(lowest, linestyle=":", color="black", label="lowest on validation")
axes.set(xlabel="round", ylabel="log-loss (smaller is better)", yscale="log")
axes.legend()
train_first, train_last = curve["train-logloss"].iloc[[lowest, -1]]
valid_first, valid_last = curve["validation-logloss"].iloc[[lowest, -1]]
print(f"from round {lowest} to round {len(curve) - 1}:")
print(f"  train      {train_first:.3f} → {train_last:.3f}")
print(f"  validation {valid_first:.3f} → {valid_last:.3f}")
show(
    figure,
    alt=f"Line chart of log-loss over {len(curve)} rounds. On train it falls far, to"
    f" {train_last:.3f}; on validation it falls until round {lowest} and then"
    f" runs flat, at {valid_last:.3f} in the end.",
)

# %% [markdown]
# The training curve dives, and goes on falling after the dotted line, until the trees
# find nothing left to split: each tree repairs what is left of the errors on rows that
# the model has already seen. The validation curve stops falling long before. Everything
# to the right of the dotted line is paid for, makes the model larger, and buys nothing
# on rows that it has not seen. *More rounds* answers the wrong question; *when does
# validation stop improving* is the right one, and the algorithm can ask it itself.
#
# ### Exercise: train with early stopping
#
# Write the whole request, as above, for a job that
#
# - may run up to 300 rounds, with the same depth and `eta`, but ends when validation
#   log-loss has not improved for 20 rounds. With several metrics in `eval_metric`, it
#   is the **last** one that decides
#   ([XGBoost](https://xgboost.readthedocs.io/en/stable/python/python_intro.html#early-stopping));
# - is cut off by AWS after 15 minutes at the latest: `StoppingCondition` has a field
#   for it, in seconds. Left out, it is an hour with this SDK, and a whole day with the
#   API.

# %%
# needs: first_job
# NBVAL_IGNORE_OUTPUT
# BEGIN SOLUTION
# PROMPT: Make a ModelTrainer named `trainer` with base_job_name="cancer-early",
# PROMPT: train it on both channels with logs=False, and keep its job's name in
# PROMPT: `job_name`.
trainer = ModelTrainer(
    training_image=image,
    role=role,
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={
        "objective": "binary:logistic",
        "eval_metric": "auc,logloss",
        "num_round": 300,
        "max_depth": 3,
        "eta": 0.3,
        "early_stopping_rounds": 20,
    },
    stopping_condition=StoppingCondition(max_runtime_in_seconds=900),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/models/"),
    base_job_name="cancer-early",
    sagemaker_session=session,
)
trainer.train(input_data_config=[train_channel, validation_channel], logs=False)
job_name = trainer._latest_training_job.training_job_name
# END SOLUTION

# %%
lab.check("train")

# %% [markdown]
# ## A job that fails
#
# A colleague has put the training table on S3 in her own way and started a job on it.
# The next cell does what she did. The job fails, and the SDK raises
# `FailedStatusError`; `attempt` catches it, so that you can go and look.
#
# ### Exercise: find out why, and mend it
#
# Read two things: `FailureReason` in the answer of `describe_training_job`, and the
# last line of `log_lines(failed_job)`. Then mend the table **that she stored** (not
# yours) and train on the mended one with `attempt`.
#
# Where one fault hides another, the second message comes only when the first fault is
# gone. On AWS each look costs the wait for a machine; mend, try, and read again.

# %%
# needs: first_job
# NBVAL_IGNORE_OUTPUT
colleague_key = "colleague/biopsies.csv"
s3.put_object(Bucket=bucket, Key=colleague_key, Body=train.to_csv(index=False).encode())


def attempt(name, uri):
    """Train ten rounds on the CSV files under `uri`; give the job's name."""
    ten_rounds = ModelTrainer(
        training_image=image,
        role=role,
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={"objective": "binary:logistic", "num_round": 10},
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/models/"),
        base_job_name=name,
        sagemaker_session=session,
    )
    channel = InputData(channel_name="train", data_source=uri, content_type="text/csv")
    try:
        ten_rounds.train(input_data_config=[channel], logs=False)
    except FailedStatusError:
        print("The job has failed.")
    return ten_rounds._latest_training_job.training_job_name


failed_job = attempt("colleague", f"s3://{bucket}/{colleague_key}")

# %%
# needs: failed_job
# NBVAL_IGNORE_OUTPUT
# BEGIN SOLUTION
# PROMPT: Keep the reason that AWS gives for `failed_job` in `failure_reason`. Read her
# PROMPT: table from `colleague_key`, store it mended under "mended/", run `attempt` on
# PROMPT: that prefix, and keep the name of a job that completes in `mended_job`.
failure_reason = sagemaker_client.describe_training_job(TrainingJobName=failed_job)[
    "FailureReason"
]
print(failure_reason)
print(log_lines(failed_job)[-1])
her_table = pd.read_csv(s3.get_object(Bucket=bucket, Key=colleague_key)["Body"])
mended_text = csv_text(her_table)
s3.put_object(Bucket=bucket, Key="mended/train.csv", Body=mended_text.encode())
mended_job = attempt("mended", f"s3://{bucket}/mended/")
# END SOLUTION

# %%
lab.check("repair")

# %% [markdown]
# ## From artefact to endpoint
#
# What a job leaves is a file in S3, `model.tar.gz`. To answer requests it needs three
# resources, each naming the one before it:
#
# | resource | says | costs |
# |---|---|---|
# | **model** | which image, which artefact, which role | nothing |
# | **endpoint configuration** | which model, on which machines, how many | nothing |
# | **endpoint** | which configuration runs now | its machines, busy or not |
#
# Three, so that a new configuration can take the place of the old one while the
# endpoint keeps its name and goes on answering. The next cell makes the first of the
# three. The image is the one that trained: it can also serve.
#
# ### Exercise: deploy it
#
# Write the other two. Both classes are used like `Model` below; `EndpointConfig.create`
# takes a list of `ProductionVariant`. An endpoint is not ready when `create` returns:
# wait for the status `InService`.

# %%
# needs: job_name
# NBVAL_IGNORE_OUTPUT
described = sagemaker_client.describe_training_job(TrainingJobName=job_name)
artefact = described["ModelArtifacts"]["S3ModelArtifacts"]
model_name = job_name
Model.create(
    model_name=model_name,
    execution_role_arn=role,
    primary_container=ContainerDefinition(image=image, model_data_url=artefact),
    session=lab.session,
    region=lab.region,
)
print(sagemaker_client.describe_model(ModelName=model_name)["PrimaryContainer"])

# %%
# needs: model_name
# NBVAL_IGNORE_OUTPUT
# BEGIN SOLUTION
# PROMPT: Create a configuration with one variant, "main": `model_name` on one
# PROMPT: ml.m5.large. Create an endpoint from it, and wait until it is in service.
# PROMPT: Keep the endpoint's name in `endpoint_name`; use it for the configuration too.
endpoint_name = model_name
EndpointConfig.create(
    endpoint_config_name=endpoint_name,
    production_variants=[
        ProductionVariant(
            variant_name="main",
            model_name=model_name,
            instance_type="ml.m5.large",
            initial_instance_count=1,
        )
    ],
    session=lab.session,
    region=lab.region,
)
endpoint = Endpoint.create(
    endpoint_name=endpoint_name,
    endpoint_config_name=endpoint_name,
    session=lab.session,
    region=lab.region,
)
endpoint.wait_for_status("InService")
# END SOLUTION

# %%
lab.check("deploy")

# %% [markdown]
# ## Ask the endpoint
#
# `InvokeEndpoint` is an operation of its own service, `sagemaker-runtime`.
# `ContentType` says what you send, `Accept` what you want back. For CSV in a request
# the rule is different from training: no header and **no label**
# ([XGBoost](https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html)). Several
# lines in one body are several predictions.
#
# The two lines below are a benign case and a malignant one. Compare the formats, and
# remember the second number: we come back to it.
#
# ### Exercise: predict a whole table
#
# Every answer is text. Write the function that makes numbers of it, for a table of any
# length.

# %%
# needs: endpoint_name
runtime = lab.session.client("sagemaker-runtime")
one_of_each = validation.groupby("malignant").head(1)
two_rows = one_of_each[feature_names].to_csv(header=False, index=False)
for accept in ("text/csv", "application/json", "application/jsonlines"):
    response = runtime.invoke_endpoint(
        EndpointName=endpoint_name,
        ContentType="text/csv",
        Accept=accept,
        Body=two_rows,
    )
    answer = response["Body"].read().decode()
    rounded = re.sub(r"\d\.\d+(e-\d+)?", lambda m: f"{float(m[0]):.2f}", answer)
    print(f"{accept}\n{rounded.strip()}\n")


# %%
# needs: endpoint_name
def predict(features):
    """Probability of malignant for each row of a table of the 30 features."""
    # BEGIN SOLUTION
    # PROMPT: Send the table in one request as text/csv, and give an array of floats,
    # PROMPT: one for each row and in the rows' order.
    response = runtime.invoke_endpoint(
        EndpointName=endpoint_name,
        ContentType="text/csv",
        Accept="application/json",
        Body=features.to_csv(header=False, index=False),
    )
    predictions = json.loads(response["Body"].read())["predictions"]
    return np.array([row["score"] for row in predictions])
    # END SOLUTION


# %%
lab.check("predict")

# %% [markdown]
# An endpoint adds nothing to the model: the artefact is an ordinary XGBoost file, and
# the library alone, here in the notebook, gives the same numbers. Early stopping shows
# in it too: the rounds after the best one are cut off.

# %%
# needs: predict
bucket_name, _, artefact_key = artefact.removeprefix("s3://").partition("/")
packed = s3.get_object(Bucket=bucket_name, Key=artefact_key)["Body"].read()
with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
    print("model.tar.gz holds:", archive.getnames())
    booster = xgboost.Booster(
        model_file=bytearray(archive.extractfile("xgboost-model").read())
    )

validation_scores = predict(validation[feature_names])
by_hand = booster.predict(xgboost.DMatrix(validation[feature_names].to_numpy()))
rounds_kept = booster.num_boosted_rounds()
rounds_run = len(learning_curve(log_lines(job_name)))
print("fewer rounds in the artefact than in the log:", rounds_kept < rounds_run)
print("same predictions:", np.allclose(by_hand, validation_scores, atol=1e-6))

# %% [markdown]
# ## What an endpoint checks, and what not
#
# When the container refuses a request, the client gets a `ModelError`. Its own code
# says little; `OriginalStatusCode` and `OriginalMessage` are the container's words.
# Below we leave the label in, send JSON, and at last send the columns in another order.

# %%
# needs: validation_scores
wrong_requests = {
    "label left in": ("text/csv", csv_text(validation.head(1))),
    "JSON": ("application/json", json.dumps(validation.iloc[0, :-1].tolist())),
}
for what, (content_type, body) in wrong_requests.items():
    try:
        runtime.invoke_endpoint(
            EndpointName=endpoint_name, ContentType=content_type, Body=body
        )
    except ClientError as error:
        told = error.response
        print(f"{what}: {told['Error']['Code']}, {told['OriginalStatusCode']}")
        print(f"  {told['OriginalMessage']}\n")

reversed_scores = predict(validation[feature_names[::-1]])
for what, scores in (("in order", validation_scores), ("reversed", reversed_scores)):
    auc = roc_auc_score(validation["malignant"], scores)
    print(f"columns {what}: no error, AUC on validation {auc:.2f}")

# %% [markdown]
# The number of columns is checked. Their meaning is not: a CSV has no names, so a
# client whose columns have moved gets confident nonsense with status 200. An answer
# proves nothing about the question. (That JSON is refused is no fault of ours: AWS's
# XGBoost image writes JSON but does not read it.)
#
# ## Where to draw the line
#
# The endpoint gives probabilities; somebody has to turn them into "malignant" or
# "benign". Cutting at 0.5 treats both errors alike. Here they are not alike: a false
# alarm costs a second biopsy, a missed cancer may cost a life.

# %%
# needs: validation_scores
figure, axes = plt.subplots(figsize=(7, 2.6))
jitter = np.random.default_rng(0).uniform(-0.25, 0.25, len(validation))
for value, marker in ((0, "o"), (1, "x")):
    rows = (validation["malignant"] == value).to_numpy()
    axes.scatter(validation_scores[rows], value + jitter[rows], marker=marker)
axes.axvline(0.5, linestyle="--", color="black")
axes.set(
    xscale="logit",
    yticks=[0, 1],
    yticklabels=["benign", "malignant"],
    xlabel="probability of malignant by the endpoint (dashed: 0.5)",
)
missed = int((validation_scores[validation["malignant"] == 1] < 0.5).sum())
total = int(validation["malignant"].sum())
print(f"cut at 0.5, {missed} of {total} malignant cases of validation are missed")
show(
    figure,
    alt="Strip chart of the probabilities on the validation set, one row of points for"
    f" benign and one for malignant cases. Most stand far apart; {missed} of the"
    f" {total} malignant points lie left of the line at 0.5, among the benign ones.",
)

# %% [markdown]
# Left of the dashed line lie the malignant cases that a cut at 0.5 misses. Moving the
# line to the left catches them one by one, and every benign point that the line passes
# becomes a false alarm. Where to stop is a decision about people, so it comes from
# outside: the clinic asks that **at least 97 % of the malignant cases are found**.
#
# ### Exercise: choose the threshold
#
# A case is called malignant if its score is *at least* the threshold. Of all thresholds
# that find enough, take the highest: it gives the fewest false alarms. Which table may
# it be chosen on?


# %%
# needs: validation_scores
# BEGIN SOLUTION
# PROMPT: Write `choose_threshold(labels, scores, recall)`: the highest threshold that
# PROMPT: finds at least the share `recall` of the rows whose label is 1. Use it for
# PROMPT: `threshold`, with a recall of 0.97.
def choose_threshold(labels, scores, recall):
    """The highest threshold that finds at least the share `recall` of the positives."""
    positives = np.sort(np.asarray(scores)[np.asarray(labels) == 1])[::-1]
    needed = int(np.ceil(recall * len(positives)))
    return positives[needed - 1]


threshold = choose_threshold(validation["malignant"], validation_scores, 0.97)
# END SOLUTION

# %%
lab.check("threshold")

# %% [markdown]
# ## Open the test set, once
#
# All choices are made, and none is made again. (The plot tempts: a little further to
# the left, one more case would cost nothing on these rows. The rule stands, because it
# was written before we looked.)
#
# Now the same numbers for two baselines, trained on the same rows, with a threshold
# chosen by the same rule: a dummy that calls everything benign, and a logistic
# regression, the model that costs one line of scikit-learn.

# %%
# needs: threshold
labels = test["malignant"]
dummy = DummyClassifier().fit(train[feature_names], train["malignant"])
linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
linear.fit(train[feature_names], train["malignant"])
linear_threshold = choose_threshold(
    validation["malignant"],
    linear.predict_proba(validation[feature_names])[:, 1],
    0.97,
)
test_scores = predict(test[feature_names])
linear_scores = linear.predict_proba(test[feature_names])[:, 1]
dummy_scores = dummy.predict_proba(test[feature_names])[:, 1]


def report(scores, cut):
    """The measures of calling malignant what scores at least `cut`."""
    called = scores >= cut
    return {
        "threshold": cut,
        "accuracy": accuracy_score(labels, called),
        "precision": precision_score(labels, called, zero_division=0),
        "recall": recall_score(labels, called),
        "missed": int((labels[~called] == 1).sum()),
        "false alarms": int((labels[called] == 0).sum()),
        "AUC": roc_auc_score(labels, scores),
    }


results = pd.DataFrame(
    {
        "dummy": report(dummy_scores, 0.5),
        "XGBoost, 0.5": report(test_scores, 0.5),
        "XGBoost, chosen": report(test_scores, threshold),
        "logistic, 0.5": report(linear_scores, 0.5),
        "logistic, chosen": report(linear_scores, linear_threshold),
    }
).T
display(results.round(2).astype({"missed": int, "false alarms": int}))
found, sick = int((test_scores[labels == 1] >= threshold).sum()), int(labels.sum())
interval = binomtest(found, sick).proportion_ci(method="wilson")
print(f"recall at the chosen threshold: {found} of {sick} malignant cases found")
print(
    f"with 95 % confidence it lies between {interval.low:.2f} and {interval.high:.2f}"
)

figure, axes = plt.subplots(1, 3, figsize=(11, 3.4))
for name, scores, style in (
    ("XGBoost", test_scores, "-"),
    ("logistic regression", linear_scores, "--"),
):
    false_positives, true_positives, _ = roc_curve(labels, scores)
    axes[0].plot(false_positives, true_positives, style, label=name)
for cut, marker in ((0.5, "o"), (threshold, "*")):
    called = test_scores >= cut
    axes[0].plot(
        called[labels == 0].mean(),
        called[labels == 1].mean(),
        marker,
        color="black",
        markersize=9,
        label=f"XGBoost at {cut:.2f}",
    )
axes[0].set(
    xlim=(-0.01, 0.4), ylim=(0.8, 1.01), xlabel="false positive rate", ylabel="recall"
)
axes[0].legend(fontsize=8)
for axis, cut in zip(axes[1:], (0.5, threshold), strict=True):
    ConfusionMatrixDisplay.from_predictions(
        labels,
        (test_scores >= cut).astype(int),
        display_labels=["benign", "malignant"],
        cmap="Blues",
        colorbar=False,
        ax=axis,
    )
    axis.set(title=f"XGBoost, threshold {cut:.2f}")
figure.tight_layout()
plain, chosen = results.loc["XGBoost, 0.5"], results.loc["XGBoost, chosen"]
show(
    figure,
    alt="Left, the upper left corner of the ROC chart: the curves of XGBoost and of"
    " logistic regression run close together and cross. Middle and right, confusion"
    f" matrices of XGBoost: at 0.5 it misses {plain['missed']:.0f} with"
    f" {plain['false alarms']:.0f} false alarms, at {threshold:.2f}"
    f" {chosen['missed']:.0f} with {chosen['false alarms']:.0f}.",
)

# %% [markdown]
# Three things to see.
#
# **Accuracy recommends the wrong row.** The dummy finds not one cancer, and still more
# than half of its answers are right. The chosen threshold has the *lower* accuracy of
# the two XGBoost rows, and misses fewer patients. The threshold moves along the curve
# (from the circle to the star); it does not make a better curve.
#
# **A recall chosen is not a recall kept.** 97 % was reached on validation. On other
# patients it comes out higher or lower, because a few dozen malignant cases decide it.
# Promise the interval, not the number.
#
# **XGBoost does not win.** The curves run together and cross. Which of the two is ahead
# in the table hangs on two or three patients, and on the split. That is the moment to
# stop looking at one split and to measure.
#
# ### Exercise: which model would you ship?
#
# Two designs: XGBoost behind an endpoint, or a logistic regression, whose 31 numbers
# fit into the client. The rule (write it down *before* you measure): **the simpler
# model, unless the other one is ahead by more than one standard error.**
#
# `fold_auc` trains a model on one part of the development table and gives its AUC on
# the other; `folds` holds 20 such parts (5 folds, 4 times). Both models see the same
# folds, so take the difference **in each fold** first, and then its mean and standard
# error. The test set has had its turn and stays out of it.


# %%
# needs: rounds_kept
def fold_auc(model, learn, judge, features=feature_names):
    """AUC on the table `judge` of "xgboost" or "logistic" trained on `learn`."""
    if model == "logistic":
        made = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        made.fit(learn[features], learn["malignant"])
        scores = made.predict_proba(judge[features])[:, 1]
    else:
        made = xgboost.train(
            {"objective": "binary:logistic", "max_depth": 3, "eta": 0.3},
            xgboost.DMatrix(learn[features].to_numpy(), learn["malignant"]),
            num_boost_round=rounds_kept,
        )
        scores = made.predict(xgboost.DMatrix(judge[features].to_numpy()))
    return roc_auc_score(judge["malignant"], scores)


splitter = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
folds = [
    (development.iloc[learn], development.iloc[judge])
    for learn, judge in splitter.split(development, development["malignant"])
]

# %%
# needs: folds
# BEGIN SOLUTION
# PROMPT: Fill a DataFrame `fold_aucs` with the columns "xgboost" and "logistic" and a
# PROMPT: row for each of `folds`. Put the mean of xgboost − logistic into `difference`,
# PROMPT: its standard error into `standard_error`, and your decision, "xgboost" or
# PROMPT: "logistic", into `choice`.
fold_aucs = pd.DataFrame(
    [
        {model: fold_auc(model, *fold) for model in ("xgboost", "logistic")}
        for fold in folds
    ]
)
differences = fold_aucs["xgboost"] - fold_aucs["logistic"]
difference = differences.mean()
standard_error = differences.std() / np.sqrt(len(differences))
choice = "xgboost" if difference > standard_error else "logistic"
print(fold_aucs.mean().round(3).to_string())
print(f"difference {difference:+.4f}, standard error {standard_error:.4f}: {choice}")
# END SOLUTION

# %%
lab.check("compare")

# %% [markdown]
# On these data a straight line is as good as dozens of trees. It is no accident: the
# features were made by people who knew what they were looking for, and most of them
# simply grow with malignancy. (Two remarks to be fair. The folds overlap, so the true
# uncertainty is larger than this standard error. And the number of rounds was chosen on
# some of these very rows, which favours XGBoost; it still is not ahead.) On other
# tables, with features that matter only together, the answer can be the other way
# round. What to keep is the order of work: baseline first, rule before measurement,
# then the model.
#
# ## What the trees look at
#
# The artefact knows how much each feature has lowered the loss, in all its splits taken
# together: its *total gain*.

# %%
# needs: booster, folds
gain = pd.Series(booster.get_score(importance_type="total_gain"))
gain.index = [feature_names[int(name[1:])] for name in gain.index]
gain = (gain / gain.sum()).sort_values()
figure, axes = plt.subplots(figsize=(7, 3))
axes.barh(gain.index[-8:], gain.iloc[-8:])
axes.set(xlabel="share of the total gain")
top = gain.index[-1]
others = [name for name in feature_names if name != top]
print(f"validation AUC with all features: {fold_auc('xgboost', train, validation):.2f}")
less = fold_auc("xgboost", train, validation, others)
print(f"validation AUC without {top!r}: {less:.2f}")
twin = train[others].corrwith(train[top]).idxmax()
print(f"closest to it: {twin!r}, correlation {train[top].corr(train[twin]):.2f}")
show(
    figure,
    alt=f"Bar chart of the eight features with the largest gain. {top} leads with"
    f" {gain.iloc[-1]:.0%} of all gain, {gain.index[-2]} follows with"
    f" {gain.iloc[-2]:.0%}.",
)

# %% [markdown]
# A few features take most of the gain. It is tempting to read the longest bar as *the
# cause*, or as *what we cannot do without*. The lines above the chart say otherwise:
# without the leader the model is about as good, because others say nearly the same.
# Importance tells what this model used, not what matters.
#
# ## Cost, rights, limits
#
# **Cost.** Training costs machine time, and ends by itself. An endpoint costs machine
# time too, and ends when you delete it. The number of requests does not enter into it.
# Suppose that you deployed on Friday at 18:00 and come back on Monday at 10:00. The
# local cloud can move its clock.

# %%
# needs: endpoint_name
hourly = load_prices().instance_hour("hosting", "ml.m5.large").usd
weekend = 64
print(f"list price: {hourly} USD an hour, as of {load_prices().as_of}")
print(f"a weekend of {weekend} hours: {weekend * hourly:.2f} USD")
if lab.cloud is not None:
    lab.cloud.advance(hours=weekend)
lab.bill()

# %% [markdown]
# Look at the lines: the jobs, all of them together, are a rounding error beside an
# endpoint that nobody has asked anything. On AWS a job takes longer, because its
# machine has to start first; the proportion stays. The levers are the instance type,
# the number of instances, and the hours. For a handful of requests a night a [batch
# transform](https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html) pays
# minutes only, and a [serverless
# endpoint](https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html)
# pays only while it computes.
#
# **Rights.** You need `sagemaker:CreateTrainingJob`, `DescribeTrainingJob`,
# `CreateModel`, `CreateEndpointConfig`, `CreateEndpoint`, `DescribeEndpoint`,
# `InvokeEndpoint`, the three `Delete…` and their `Describe…` and `List…`;
# `s3:PutObject` and `GetObject`; `logs:DescribeLogStreams` and `GetLogEvents`;
# `cloudwatch:GetMetricStatistics`; and `iam:PassRole` on the execution role, which is
# the one that is forgotten. The *role* itself reads and writes your bucket, pulls the
# image and writes logs and metrics ([SageMaker
# roles](https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html)).
#
# **Limits.** A request to a real-time endpoint holds at most 6 MB and must be answered
# within 60 seconds
# ([InvokeEndpoint](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html)).
# Instance types have quotas for each account, for training and for endpoints
# separately; a `ResourceLimitExceeded` at `CreateTrainingJob` means one of them.
#
# **How the local cloud differs.** Your jobs really trained and your endpoint really
# served, on the XGBoost of this machine, whatever image version you name. Machines
# start in no time, an `ml.m5.large` is as fast as your computer, and a container that
# is asked with one column too few says so, where AWS's lets it pass and predicts with
# the last one missing.
#
# ### Exercise: take it down
#
# Three resources stand. Deleting the model does not stop the endpoint, and deleting the
# endpoint leaves the other two, which cost nothing but keep names and confuse people.
# First write down what you are preventing.

# %%
# needs: endpoint_name
# BEGIN SOLUTION
# PROMPT: Put into `month_cost` what the endpoint would cost in a month of 730 hours.
# PROMPT: Delete the endpoint, its configuration and the model, wait until the endpoint
# PROMPT: is gone, and keep what `list_endpoints` still finds under its name in `left`.
month_cost = 730 * hourly
sagemaker_client.delete_endpoint(EndpointName=endpoint_name)
sagemaker_client.get_waiter("endpoint_deleted").wait(EndpointName=endpoint_name)
sagemaker_client.delete_endpoint_config(EndpointConfigName=endpoint_name)
sagemaker_client.delete_model(ModelName=model_name)
left = sagemaker_client.list_endpoints(NameContains=endpoint_name)["Endpoints"]
# END SOLUTION

# %%
lab.check("teardown")

# %% [markdown]
# ## Quiz

# %%
lab.quiz("302-final-metric")

# %%
lab.quiz("302-content-type")

# %%
lab.quiz("302-threshold")

# %%
lab.quiz("302-nightly")

# %% [markdown]
# ## Then and now
#
# Books, and the notes that this course grew out of, use the SageMaker Python SDK
# **v2**. It is in maintenance until 2027-07-05; a fresh `pip install sagemaker` and
# today's Studio images bring **v3**. The request that reaches AWS is the same:
#
# ```python
# # SDK v2
# from sagemaker import image_uris
# from sagemaker.estimator import Estimator
# from sagemaker.inputs import TrainingInput
# from sagemaker.serializers import CSVSerializer
#
# estimator = Estimator(
#     image_uri=image_uris.retrieve("xgboost", region, version="3.0-5"),
#     role=role,
#     instance_count=1,
#     instance_type="ml.m5.large",
#     hyperparameters={"objective": "binary:logistic", "num_round": 300},
#     output_path=f"s3://{bucket}/models/",
# )
# estimator.fit({"train": TrainingInput(train_uri, content_type="text/csv")})
# predictor = estimator.deploy(1, "ml.m5.large", serializer=CSVSerializer())
# predictor.predict(rows)
# predictor.delete_endpoint()
# ```
#
# In v3, as in this lab:
#
# - `Estimator(instance_type=…).fit({…})` is `ModelTrainer(compute=Compute(…))` and
#   `.train(input_data_config=[…])`; `TrainingInput` is `InputData`.
# - `.deploy()` made model, configuration and endpoint in one call. v3 has the three
#   resources in `sagemaker.core.resources`, and `sagemaker.serve.ModelBuilder` above
#   them.
# - `Predictor` with its serializers is gone: `Endpoint.invoke`, or boto3.
#
# And what else the notes say:
#
# - `sagemaker.xgboost.XGBoost(entry_point="train.py", …)` under the heading *built-in
#   algorithm*. With an `entry_point` it is *script mode*: your program in the XGBoost
#   image. Built-in means no code of yours: the image alone.
# - `framework_version="1.5-1"`: `image_uris.retrieve` still finds it; for new work take
#   3.0-5, which both SDKs know.
# - `fit` on CSV files without a `content_type`: the algorithm then takes them for
#   libsvm, its default.
# - `from sagemaker import ProductionVariant` never existed. v2 has
#   `sagemaker.session.production_variant()`, v3
#   `sagemaker.core.shapes.ProductionVariant`.
# - `logs=True` shows the log: in v3.27 only if Python's logging shows INFO, or with
#   `SAGEMAKER_ENABLE_RICH_LOGGING=1`. The log in CloudWatch is there anyway.

# %% [markdown]
# ## Take-away
#
# - Built-in algorithm: no code, but the image's rules. CSV has the label first and no
#   header in training, no label in requests, and `text/csv` is said, not guessed.
# - `FailureReason` names the first fault; the log tells the rest. A second fault shows
#   when the first is gone.
# - `FinalMetricDataList` is the last round. The log has them all. Let early stopping
#   choose the rounds, and name its metric last.
# - Model, endpoint configuration, endpoint: only the last one costs, and it costs until
#   you delete it, asked or not.
# - An endpoint checks the number of columns, never their meaning.
# - Choose the threshold from what errors cost, on validation; open the test set once.
# - Measure against a linear model before you pay for trees.
#
# ## Teardown
#
# `lab.end()` removes what is still there (the bucket with tables and artefacts), asks
# for every resource again, and says what it would have cost to forget them.

# %%
lab.end()
