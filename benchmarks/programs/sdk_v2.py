"""Train and deploy with SageMaker Python SDK v2, logs shown."""

import sys
from pathlib import Path

import sagemaker
from common import report, timed
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput

times, runs = int(sys.argv[1]), [pair.rsplit(":", 1) for pair in sys.argv[2:]]
session, role = sagemaker.Session(), sagemaker.get_execution_role()
image = sagemaker.image_uris.retrieve("xgboost", "us-east-1", "1.7-1")


def fit(uri, rounds):
    estimator = Estimator(
        image,
        role,
        1,
        "ml.m5.xlarge",
        output_path=f"s3://{session.default_bucket()}/out",
        sagemaker_session=session,
        hyperparameters={"objective": "binary:logistic", "num_round": int(rounds)},
    )
    estimator.fit({"train": TrainingInput(uri, content_type="text/csv")})
    return estimator


trainings = []
for path, rounds in runs:
    uri = session.upload_data(path, key_prefix=Path(path).stem)
    estimator = fit(uri, 1)
    trainings.append([timed(fit, uri, rounds) for _ in range(times)])


def deploy(number):
    estimator.deploy(1, "ml.m5.large", endpoint_name=f"v2-{number}")


deployments = [timed(deploy, number) for number in range(times)]
report(trainings=trainings, deployments=deployments)
