"""Train, deploy, predict and delete with SageMaker Python SDK v3.

usage: sdk_v3_program.py FOLDER [short]; as boto3_program.py, and beyond the short way
script mode and ModelBuilder. What took how long goes to timings.json, in seconds.
"""

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import boto3
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TrainingJob
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode

folder, short = Path(sys.argv[1]), sys.argv[2:] == ["short"]
rows = (folder / "rows.csv").read_text()
session, role = Session(), get_execution_role()
bucket = session.default_bucket()
image = image_uris.retrieve("xgboost", region="us-east-1", version="3.0-5")
timings = {}


@contextmanager
def timed(what):
    began = time.monotonic()
    yield
    timings[what] = round(time.monotonic() - began, 2)


def numbers(answer):
    body = answer.body
    return [float(n) for n in (body.read() if hasattr(body, "read") else body).split()]


inputs = [
    InputData(
        channel_name=name,
        data_source=session.upload_data(f"{folder}/{name}.csv", key_prefix=f"d/{name}"),
        content_type="text/csv",
    )
    for name in ("train", "validation")
]
trainer = ModelTrainer(
    training_image=image,
    role=role,
    sagemaker_session=session,
    base_job_name="v3-program",
    hyperparameters={
        "objective": "binary:logistic",
        "num_round": 20,
        "eval_metric": "auc",
    },
    compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/output"),
)
with timed("train"):
    trainer.train(input_data_config=inputs, logs=True)
job = trainer._latest_training_job
assert job.training_job_status == "Completed"
work = job.training_end_time - job.training_start_time
timings["train: the job itself"] = round(work.total_seconds(), 2)
artifact = job.model_artifacts.s3_model_artifacts
key = artifact.removeprefix(f"s3://{bucket}/")
boto3.client("s3").download_file(bucket, key, str(folder / "model.tar.gz"))

model = Model.create(
    model_name="v3-program",
    primary_container=ContainerDefinition(image=image, model_data_url=artifact),
    execution_role_arn=role,
)
variant = ProductionVariant(
    variant_name="AllTraffic",
    model_name="v3-program",
    instance_type="ml.m5.large",
    initial_instance_count=1,
)
config = EndpointConfig.create(
    endpoint_config_name="v3-program", production_variants=[variant]
)
with timed("endpoint"):
    endpoint = Endpoint.create(
        endpoint_name="v3-program", endpoint_config_name="v3-program"
    )
    endpoint.wait_for_status("InService")
predictions = numbers(endpoint.invoke(body=rows, content_type="text/csv"))
(folder / "predictions.json").write_text(json.dumps(predictions))
endpoint.delete()
config.delete()
model.delete()


def script_mode(depth):
    """Run a train.py of our own, which likes no depth of 9."""
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "train.py").write_text(
        "import argparse, os, time\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--max_depth', type=int)\n"
        "depth = parser.parse_args().max_depth\n"
        "print('hello from', sorted(os.listdir(os.environ['SM_CHANNEL_TRAIN'])))\n"
        "if depth == 9:\n"
        "    raise ValueError('the tree is too deep')\n"
        "with open(os.path.join(os.environ['SM_MODEL_DIR'], 'depth'), 'w') as file:\n"
        "    file.write(str(depth))\n"
    )
    script = ModelTrainer(
        training_image=image,
        role=role,
        sagemaker_session=session,
        base_job_name=f"v3-script-{depth}",
        hyperparameters={"max_depth": depth},
        source_code=SourceCode(source_dir=str(source), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
    )
    script.train(input_data_config=inputs[:1])
    return script._latest_training_job


if not short:
    from sagemaker.serve import ModelBuilder

    with timed("script mode"):
        assert script_mode(3).training_job_status == "Completed"
    try:
        script_mode(9)
    except Exception as error:
        assert "too deep" in str(error) or "exit code: 1" in str(error), error
    else:
        raise AssertionError("a failing script must not pass")
    with timed("ModelBuilder"):
        builder = ModelBuilder(
            model=trainer,
            role_arn=role,
            sagemaker_session=session,
            image_uri=image,
            instance_type="ml.m5.large",
        )
        builder.build()
        built = builder.deploy(
            endpoint_name="v3-built",
            initial_instance_count=1,
            instance_type="ml.m5.large",
        )
    again = numbers(built.invoke(body=rows, content_type="text/csv"))
    assert again == predictions, (again, predictions)
    built.delete()
    jobs = {found.training_job_name for found in TrainingJob.get_all()}
    assert len(jobs) == 3, jobs
(folder / "timings.json").write_text(json.dumps(timings))
