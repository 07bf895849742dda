"""Training jobs over the wire: what they answer, how they end, what they see."""

from __future__ import annotations

import gzip
import itertools
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudlet import Cloud, fresh_account

#: What a bash program does to wait for a file, for at most half a minute.
WAIT_FOR = "for i in $(seq 600); do [ -e {0} ] && break; sleep 0.05; done"


def statuses(description: dict[str, Any]) -> list[str]:
    return [t["Status"] for t in description["SecondaryStatusTransitions"]]


def log_of(clients: Any, job: str) -> dict[str, list[str]]:
    """Messages by host, read as the SDKs read them: streams by the job's name."""
    logs = clients("logs")
    group = "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(
        logGroupName=group, logStreamNamePrefix=f"{job}/", orderBy="LogStreamName"
    )["logStreams"]
    return {
        stream["logStreamName"].split("/")[1].rpartition("-")[0]: [
            event["message"]
            for event in logs.get_log_events(
                logGroupName=group,
                logStreamName=stream["logStreamName"],
                startFromHead=True,
            )["events"]
        ]
        for stream in streams
    }


def error_of(call: Any, **request: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    return dict(caught.value.response["Error"])


# A job that goes well


def test_a_completed_job_tells_its_story(trained):
    assert statuses(trained) == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    transitions = trained["SecondaryStatusTransitions"]
    for earlier, later in itertools.pairwise(transitions):
        assert earlier["StartTime"] <= earlier["EndTime"] <= later["StartTime"]
    assert trained["TrainingJobStatus"] == trained["SecondaryStatus"] == "Completed"
    assert trained["CreationTime"] <= trained["TrainingStartTime"]
    assert trained["TrainingStartTime"] <= trained["TrainingEndTime"]
    assert trained["BillableTimeInSeconds"] >= 1
    assert "FailureReason" not in trained


def test_a_description_repeats_the_request(trained, bench):
    request = bench.request("trained")
    assert {member: trained[member] for member in request} == request


def test_the_artefact_is_where_aws_puts_it(trained, s3):
    uri = trained["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == "s3://bench/output/trained/output/model.tar.gz"
    assert s3.head_object(Bucket="bench", Key="output/trained/output/model.tar.gz")


def test_a_job_in_progress_has_no_artefact_and_no_end(bench, name, tmp_path):
    job = name("waits")
    script = WAIT_FOR.format(tmp_path / "go")
    bench.sagemaker.create_training_job(**bench.bash_request(job, script))
    description = bench.sagemaker.describe_training_job(TrainingJobName=job)
    assert description["TrainingJobStatus"] == "InProgress"
    assert not {"ModelArtifacts", "TrainingEndTime"} & set(description)
    (tmp_path / "go").touch()
    assert bench.ended(job)["TrainingJobStatus"] == "Completed"


def test_waiters_end(bench, name):
    job = name("waited")
    bench.sagemaker.create_training_job(**bench.bash_request(job, "true"))
    waiter = bench.sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=job, WaiterConfig={"Delay": 1, "MaxAttempts": 30})


def test_the_log_stands_under_the_names_that_the_sdks_tail(trained, clients):
    log = log_of(clients, "trained")
    assert list(log) == ["algo-1"]
    assert [line for line in log["algo-1"] if "validation-auc:" in line][-1].startswith(
        "[4]"
    )


def test_metrics_stand_in_the_description_and_in_cloudwatch(trained, clients):
    final = {m["MetricName"]: m["Value"] for m in trained["FinalMetricDataList"]}
    assert set(final) >= {"train:auc", "validation:auc"}
    found = clients("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="validation:auc",
        Dimensions=[{"Name": "TrainingJobName", "Value": "trained"}],
        StartTime=trained["CreationTime"].replace(second=0),
        EndTime=trained["TrainingEndTime"].replace(year=2100),
        Period=60,
        Statistics=["SampleCount", "Maximum"],
    )["Datapoints"]
    assert sum(point["SampleCount"] for point in found) == 5
    assert max(point["Maximum"] for point in found) >= final["validation:auc"]


def test_a_custom_metric_is_read_from_the_log(bench, name):
    request = bench.bash_request(name("metric"), "echo loss=0.5; echo loss=0.25")
    request["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "loss", "Regex": "loss=([0-9.]+)"}
    ]
    final = bench.run(request)["FinalMetricDataList"]
    assert [(m["MetricName"], m["Value"]) for m in final] == [("loss", 0.25)]


# Requests that are refused


def test_a_name_that_is_taken(trained, bench, sagemaker):
    error = error_of(sagemaker.create_training_job, **bench.request("trained"))
    assert error["Code"] == "ResourceInUse"
    assert error["Message"] == (
        "Training job names must be unique within an AWS account and region, and a "
        "training job with this name already exists "
        f"({trained['TrainingJobArn']})"
    )


@pytest.mark.parametrize("operation", ["describe_training_job", "stop_training_job"])
def test_a_job_that_is_not_there(sagemaker, operation):
    error = error_of(getattr(sagemaker, operation), TrainingJobName="nobody")
    assert error["Code"] == "ValidationException"
    assert error["Message"] == "Requested resource not found."


def test_stopping_a_job_that_has_ended(trained, sagemaker):
    error = error_of(sagemaker.stop_training_job, TrainingJobName="trained")
    assert error["Code"] == "ValidationException"
    assert error["Message"] == (
        "The request was rejected because the training job is in status Completed."
    )


def test_an_unknown_image_is_refused_with_the_known_ones(bench, name):
    request = bench.request(name("image"))
    specification = request["AlgorithmSpecification"]
    specification["TrainingImage"] = specification["TrainingImage"].replace(
        "xgboost", "nonsense"
    )
    error = error_of(bench.sagemaker.create_training_job, **request)
    assert error["Code"] == "ValidationException"
    assert "sagemaker-nonsense" in error["Message"]
    assert "sagemaker-xgboost" in error["Message"]


def test_an_illegal_arn(bench, name):
    request = bench.request(name("arn"), RoleArn="arn:aws:iam::12:user/not-a-role")
    error = error_of(bench.sagemaker.create_training_job, **request)
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith(
        "1 validation error detected: Value 'arn:aws:iam::12:user/not-a-role' at "
        "'roleArn' failed to satisfy constraint: Member must satisfy regular "
        "expression pattern: "
    )


def test_a_channel_without_objects(bench, name):
    request = bench.request(name("empty"))
    request["InputDataConfig"] = [bench.channel("train", "no/such/prefix")]
    error = error_of(bench.sagemaker.create_training_job, **request)
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith(
        'No S3 objects found under S3 URL "s3://bench/no/such/prefix" given in input '
        "data source."
    )


@pytest.mark.parametrize("member", ["AlgorithmSpecification", "ResourceConfig"])
def test_a_member_that_the_model_calls_optional(bench, name, member):
    request = bench.request(name("member"))
    del request[member]
    error = error_of(bench.sagemaker.create_training_job, **request)
    assert error["Code"] == "ValidationException"
    assert f"'{member[0].lower()}{member[1:]}'" in error["Message"]


@pytest.mark.parametrize(
    "change, word",
    [
        ({"InputDataConfig": "twice"}, "unique"),
        ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds"),
        (
            {
                "ResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 0,
                    "VolumeSizeInGB": 5,
                }
            },
            "InstanceCount",
        ),
        (
            {
                "ResourceConfig": {
                    "InstanceGroups": [
                        {
                            "InstanceType": "ml.m5.large",
                            "InstanceCount": 1,
                            "InstanceGroupName": "one",
                        }
                    ],
                    "VolumeSizeInGB": 5,
                }
            },
            "InstanceGroups",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(bench, name, change, word):
    request = bench.request(name("refused"), **change)
    if change.get("InputDataConfig") == "twice":
        request["InputDataConfig"] = [bench.channel("train")] * 2
    error = error_of(bench.sagemaker.create_training_job, **request)
    assert error["Code"] == "ValidationException"
    assert word in error["Message"]


# Jobs that fail


@pytest.mark.parametrize(
    "hyperparameters, reason",
    [
        ({"num_round": "5", "max_depth": "deep"}, "max_depth"),
        ({"num_round": "5", "no_such_thing": "1"}, "no_such_thing"),
        ({"objective": "binary:logistic"}, "num_round"),
    ],
)
def test_a_wrong_hyperparameter(bench, name, hyperparameters, reason):
    job = bench.run(bench.request(name("hp"), HyperParameters=hyperparameters))
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert reason in job["FailureReason"]
    assert statuses(job)[-1] == "Failed"
    assert "ModelArtifacts" not in job


def test_a_missing_channel(bench, name):
    request = bench.request(name("channel"))
    request["InputDataConfig"] = [bench.channel("validation")]
    job = bench.run(request)
    assert job["TrainingJobStatus"] == "Failed"
    assert "Missing required channel: train" in job["FailureReason"]


def test_a_bad_csv(bench, name):
    bench.put("bad/train.csv", b"1,2,3\n0,oops,4\n1,5")
    request = bench.request(name("csv"))
    request["InputDataConfig"] = [bench.channel("train", "bad/")]
    job = bench.run(request)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")


def test_a_script_that_fails_says_so_in_words(bench, name, clients):
    job = name("script")
    script = "print('before'); raise ValueError('no such column: age')"
    description = bench.run(bench.script_request(job, script))
    assert description["TrainingJobStatus"] == "Failed"
    reason = description["FailureReason"]
    assert reason.startswith("AlgorithmError: ExecuteUserScriptError:")
    assert "ValueError: no such column: age" in reason
    assert reason.endswith(", exit code: 1")
    log = "\n".join(log_of(clients, job)["algo-1"])
    assert "before" in log
    assert "Traceback" in log


def test_an_entry_point_that_fails_gives_its_exit_code(bench, name):
    script = "echo 'disk of lead' > /opt/ml/output/failure; exit 3"
    job = bench.run(bench.bash_request(name("exit"), script))
    assert job["FailureReason"] == "AlgorithmError: disk of lead, exit code: 3"


def test_an_output_bucket_that_is_not_there(bench, name):
    job = bench.run(
        bench.request(
            name("output"), OutputDataConfig={"S3OutputPath": "s3://no-such-bucket/x"}
        )
    )
    assert job["TrainingJobStatus"] == "Failed"
    assert "no-such-bucket" in job["FailureReason"]


def test_a_script_that_is_not_in_the_archive(bench, name):
    request = bench.script_request(name("program"), "pass")
    request["HyperParameters"]["sagemaker_program"] = '"other.py"'
    job = bench.run(request)
    assert job["FailureReason"].startswith("ClientError: ")
    assert "other.py" in job["FailureReason"]


def test_an_image_without_a_program_of_its_own(bench, name):
    request = bench.bash_request(name("bare"), "true")
    del request["AlgorithmSpecification"]["ContainerEntrypoint"]
    job = bench.run(request)
    assert job["FailureReason"].startswith("ClientError: The image")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes in /proc")
@pytest.mark.parametrize("program", ["entry point", "script"])
def test_a_killed_process_fails_the_job_and_says_so(
    bench, cloud: Cloud, name, tmp_path, program
):
    job, file = name("killed"), tmp_path / "pid"
    if program == "script":
        script = f"""
import os, time
open("{file}.new", "w").write(str(os.getpid()))
os.rename("{file}.new", "{file}")
time.sleep(60)
"""
        request = bench.script_request(job, script)
    else:
        script = f"echo $$ > {file}.new; mv {file}.new {file}; sleep 60; true"
        request = bench.bash_request(job, script)
    bench.sagemaker.create_training_job(**request)
    bench.writes(job, file)
    pid = int(file.read_text())
    assert pid in descendants(cloud.status()["pid"])
    os.kill(pid, signal.SIGKILL)
    description = bench.ended(job)
    assert description["TrainingJobStatus"] == "Failed"
    assert "signal 9" in description["FailureReason"]
    assert description["FailureReason"].endswith("exit code: 137")


def descendants(pid: int) -> set[int]:
    """Processes below one, from /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found, new = set(), {pid}
    while new:
        found |= new
        new = {child for child, parent in parents.items() if parent in new} - found
    return found


# Jobs that are cut short


def test_stopping_lets_the_program_finish_and_keeps_its_model(bench, name, tmp_path):
    job = name("stop")
    script = (
        "trap 'echo saved > /opt/ml/model/model.txt; exit 0' TERM\n"
        f"touch {tmp_path}/ready\n"
        "while true; do sleep 0.05; done"
    )
    bench.sagemaker.create_training_job(**bench.bash_request(job, script))
    bench.writes(job, tmp_path / "ready")
    bench.sagemaker.stop_training_job(TrainingJobName=job)
    description = bench.ended(job)
    assert description["TrainingJobStatus"] == "Stopped"
    assert description["SecondaryStatus"] == "Stopped"
    assert "Stopping" in statuses(description)
    assert "ModelArtifacts" in description
    assert "FailureReason" not in description


def test_a_job_over_its_maximum_runtime_is_stopped(bench, name):
    request = bench.bash_request(name("long"), "sleep 60")
    request["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    job = bench.run(request)
    assert job["TrainingJobStatus"] == "Stopped"
    assert job["SecondaryStatus"] == "MaxRuntimeExceeded"


def test_the_maximum_runtime_runs_in_cloud_time(fresh_bench, fresh_cloud, tmp_path):
    bench = fresh_bench
    script = f"touch {tmp_path}/ready; sleep 60"
    request = bench.bash_request("long", script)
    request["StoppingCondition"] = {"MaxRuntimeInSeconds": 3600}
    bench.sagemaker.create_training_job(**request)
    bench.writes("long", tmp_path / "ready")
    fresh_cloud.advance(hours=2)
    job = bench.ended("long")
    assert job["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert job["BillableTimeInSeconds"] >= 7200
    line = next(item for item in fresh_cloud.bill().lines if item.resource == "long")
    assert line.component == "training"
    assert 2.0 <= line.quantity < 2.1


# What a job sees


def test_two_jobs_at_once_never_see_each_others_folder(bench, name, tmp_path):
    jobs = [name("apart"), name("apart")]
    for job, other in zip(jobs, reversed(jobs), strict=True):
        script = (
            f"touch /opt/ml/model/{job}; touch {tmp_path}/{job}\n"
            f"{WAIT_FOR.format(tmp_path / other)}\n"
            f"ls /opt/ml/model > {tmp_path}/{job}-sees; sleep 0.2"
        )
        bench.sagemaker.create_training_job(**bench.bash_request(job, script))
    for job in jobs:
        assert bench.ended(job)["TrainingJobStatus"] == "Completed"
        assert (tmp_path / f"{job}-sees").read_text().split() == [job]


def test_every_host_knows_itself_and_gets_its_shard(bench, name, clients):
    for part in range(3):
        bench.put(f"parts/part-{part}.csv", b"1,2\n")
    script = """
import json, os
resources = json.load(open("/opt/ml/input/config/resourceconfig.json"))
assert resources["current_host"] == os.environ["SM_CURRENT_HOST"]
assert resources["hosts"] == ["algo-1", "algo-2"]
print("files", *sorted(os.listdir("/opt/ml/input/data/train")))
"""
    request = bench.script_request(name("hosts"), script)
    request["ResourceConfig"]["InstanceCount"] = 2
    request["InputDataConfig"] = [
        bench.channel("train", "parts/", distribution="ShardedByS3Key")
    ]
    job = bench.run(request)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    log = log_of(clients, request["TrainingJobName"])
    assert log == {
        "algo-1": ["files part-0.csv part-2.csv"],
        "algo-2": ["files part-1.csv"],
    }


def test_the_host_that_failed_gives_the_reason(bench, name):
    script = """
import os, sys, time
if os.environ["SM_CURRENT_HOST"] == "algo-2":
    raise RuntimeError("algo-2 has no disk")
time.sleep(60)
"""
    request = bench.script_request(name("hosts"), script)
    request["ResourceConfig"]["InstanceCount"] = 2
    assert "algo-2 has no disk" in bench.run(request)["FailureReason"]


def test_the_built_in_xgboost_says_that_it_has_one_host(bench, name):
    request = bench.request(name("two"))
    request["ResourceConfig"]["InstanceCount"] = 2
    job = bench.run(request)
    assert job["TrainingJobStatus"] == "Failed"
    assert "InstanceCount" in job["FailureReason"]


def test_checkpoints_come_back(bench, name):
    config = {"S3Uri": "s3://bench/checkpoints/run"}
    first = bench.bash_request(
        name("first"),
        "mkdir -p /opt/ml/checkpoints/a; echo 7 > /opt/ml/checkpoints/a/epoch",
        CheckpointConfig=config,
    )
    assert bench.run(first)["TrainingJobStatus"] == "Completed"
    second = bench.bash_request(
        name("second"),
        "[ $(cat /opt/ml/checkpoints/a/epoch) = 7 ]",
        CheckpointConfig=config,
    )
    assert bench.run(second)["TrainingJobStatus"] == "Completed"


def test_a_gzip_channel_is_unpacked(bench, name, s3):
    plain = s3.get_object(Bucket="bench", Key="train/train.csv")["Body"].read()
    bench.put("zipped/train.csv.gz", gzip.compress(plain))
    request = bench.request(name("gzip"))
    request["InputDataConfig"] = [
        bench.channel("train", "zipped/", CompressionType="Gzip")
    ]
    assert bench.run(request)["TrainingJobStatus"] == "Completed"


def test_a_gzip_channel_that_is_not_gzip(bench, name):
    request = bench.request(name("gzip"))
    request["InputDataConfig"] = [bench.channel("train", CompressionType="Gzip")]
    job = bench.run(request)
    assert job["FailureReason"].startswith("ClientError: train.csv is not a gzip file")


def test_a_key_that_leads_out_of_its_channel(bench, name):
    bench.put("hostile/a/../../../../escaped", b"1,2\n")
    request = bench.bash_request(name("hostile"), "true")
    request["InputDataConfig"] = [bench.channel("train", "hostile/")]
    job = bench.run(request)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: The key ")


def test_a_script_sees_the_variables_of_the_contract(bench, name, clients):
    script = """
import os, sys
print(sys.argv[1:])
print(os.environ["SM_MODEL_DIR"], os.environ["SM_CHANNEL_TRAIN"], os.environ["COLOR"])
open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "report.txt"), "w").write("done")
"""
    request = bench.script_request(
        name("variables"),
        script,
        HyperParameters={"max_depth": "5", "name": '"a b"'},
        Environment={"COLOR": "blue"},
    )
    request["InputDataConfig"] = [bench.channel("train")]
    job = bench.run(request)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    arguments, variables = log_of(clients, request["TrainingJobName"])["algo-1"]
    assert arguments == "['--max_depth', '5', '--name', 'a b']"
    assert variables.endswith("blue")
    key = f"output/{request['TrainingJobName']}/output/output.tar.gz"
    assert bench.s3.head_object(Bucket=bench.bucket, Key=key)


# The rest of the family


def test_deleting_a_job_frees_its_name(bench, name):
    request = bench.bash_request(name("delete"), "true")
    bench.run(request)
    bench.sagemaker.delete_training_job(TrainingJobName=request["TrainingJobName"])
    error = error_of(
        bench.sagemaker.delete_training_job, TrainingJobName=request["TrainingJobName"]
    )
    assert error["Code"] == "ResourceNotFound"
    assert bench.run(request)["TrainingJobStatus"] == "Completed"


def test_a_running_job_can_not_be_deleted(bench, name, tmp_path):
    job = name("running")
    script = WAIT_FOR.format(tmp_path / "go")
    bench.sagemaker.create_training_job(**bench.bash_request(job, script))
    error = error_of(bench.sagemaker.delete_training_job, TrainingJobName=job)
    assert error["Code"] == "ResourceInUse"
    bench.sagemaker.update_training_job(
        TrainingJobName=job, ResourceConfig={"KeepAlivePeriodInSeconds": 60}
    )
    resources = bench.sagemaker.describe_training_job(TrainingJobName=job)[
        "ResourceConfig"
    ]
    assert resources["KeepAlivePeriodInSeconds"] == 60
    assert resources["InstanceType"] == "ml.m5.large"
    (tmp_path / "go").touch()
    bench.ended(job)


def test_regions_are_apart(clients, trained):
    elsewhere = clients("sagemaker", region="eu-west-1")
    assert elsewhere.list_training_jobs()["TrainingJobSummaries"] == []
    error = error_of(elsewhere.describe_training_job, TrainingJobName="trained")
    assert error["Message"] == "Requested resource not found."
    assert trained["RoleArn"] == fresh_account.ROLE_ARN
