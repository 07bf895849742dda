"""What a job's program sees, by the contract of AWS's containers."""

from __future__ import annotations

import gzip

from jobs import WAIT_FOR, log_of


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
