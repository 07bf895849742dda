"""Train, deploy, predict and delete with SageMaker Python SDK v2, as study notes do.

usage: sdk_v2_program.py FOLDER [short]; as tests/clients/sdk_v3_program.py.
"""

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import boto3
import sagemaker
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.deserializers import CSVDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer
from sagemaker.xgboost import XGBoost

folder, short = Path(sys.argv[1]), sys.argv[2:] == ["short"]
session, role = sagemaker.Session(), sagemaker.get_execution_role()
bucket = session.default_bucket()
timings = {}


@contextmanager
def timed(what):
    began = time.monotonic()
    yield
    timings[what] = round(time.monotonic() - began, 2)


inputs = {
    name: TrainingInput(
        session.upload_data(f"{folder}/{name}.csv", key_prefix=f"data/{name}"),
        content_type="text/csv",
    )
    for name in ("train", "validation")
}
estimator = Estimator(
    image_uri=sagemaker.image_uris.retrieve("xgboost", "us-east-1", "1.7-1"),
    role=role,
    instance_count=1,
    instance_type="ml.m5.xlarge",
    output_path=f"s3://{bucket}/output",
    sagemaker_session=session,
)
estimator.set_hyperparameters(
    objective="binary:logistic", num_round=20, eval_metric="auc"
)
with timed("fit"):
    estimator.fit(inputs)
job = estimator.latest_training_job.describe()
assert job["TrainingJobStatus"] == "Completed"
work = job["TrainingEndTime"] - job["TrainingStartTime"]
timings["fit: the job itself"] = round(work.total_seconds(), 2)
key = estimator.model_data.removeprefix(f"s3://{bucket}/")
boto3.client("s3").download_file(bucket, key, str(folder / "model.tar.gz"))

metrics = TrainingJobAnalytics(job["TrainingJobName"], ["validation:auc"]).dataframe()
assert metrics["value"].max() > 0.9, metrics

with timed("deploy"):
    predictor = estimator.deploy(
        initial_instance_count=1,
        instance_type="ml.m5.large",
        serializer=CSVSerializer(),
        deserializer=CSVDeserializer(),
    )
rows = [
    [float(number) for number in line.split(",")]
    for line in (folder / "rows.csv").read_text().splitlines()
]
answer = predictor.predict(rows)
predictions = [float(number) for row in answer for number in row]
(folder / "predictions.json").write_text(json.dumps(predictions))
predictor.delete_model()
predictor.delete_endpoint()


def script_mode(depth):
    """Fit a train.py of our own, which likes no depth of 9."""
    source = folder / "source_v2"
    source.mkdir(exist_ok=True)
    (source / "train.py").write_text(
        "import argparse, os\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--max_depth', type=int)\n"
        "depth = parser.parse_args().max_depth\n"
        "if depth == 9:\n"
        "    raise ValueError('the tree is too deep')\n"
        "with open(os.path.join(os.environ['SM_MODEL_DIR'], 'depth'), 'w') as file:\n"
        "    file.write(str(depth))\n"
    )
    script = XGBoost(
        entry_point="train.py",
        source_dir=str(source),
        framework_version="1.7-1",
        role=role,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        hyperparameters={"max_depth": depth},
        sagemaker_session=session,
    )
    script.fit({"train": inputs["train"]})


if not short:
    with timed("script mode"):
        script_mode(3)
    try:
        script_mode(9)
    except Exception as error:
        assert "ValueError: the tree is too deep" in str(error), error
    else:
        raise AssertionError("a failing script must not pass")
(folder / "timings.json").write_text(json.dumps(timings))
