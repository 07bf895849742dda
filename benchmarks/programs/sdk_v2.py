"""Train and deploy with SageMaker Python SDK v2, logs shown."""

from functools import cache
from pathlib import Path

import sagemaker
from common import obey
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput

session, role = sagemaker.Session(), sagemaker.get_execution_role()
image = sagemaker.image_uris.retrieve("xgboost", "us-east-1", "1.7-1")
trained = []


@cache
def upload(path):
    return session.upload_data(path, key_prefix=Path(path).stem)


def train(path, rounds):
    estimator = Estimator(
        image,
        role,
        1,
        "ml.m5.xlarge",
        output_path=f"s3://{session.default_bucket()}/out",
        sagemaker_session=session,
        hyperparameters={"objective": "binary:logistic", "num_round": int(rounds)},
    )
    estimator.fit({"train": TrainingInput(upload(path), content_type="text/csv")})
    trained.append(estimator)


def deploy(name):
    trained[-1].deploy(1, "ml.m5.large", endpoint_name=name)


obey(upload=upload, train=train, deploy=deploy)
