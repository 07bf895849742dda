"""Training jobs that fail, are stopped or take too long."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from jobs import log_of, statuses

from cloudlet import Cloud


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
