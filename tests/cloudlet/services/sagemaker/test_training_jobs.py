"""Training jobs over the wire: what they answer, and what is refused."""

from __future__ import annotations

import itertools

import pytest
from jobs import WAIT_FOR, log_of, statuses
from refusals import error_of

from cloudlet import fresh_account


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
