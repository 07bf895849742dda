"""Train and deploy with SageMaker Python SDK v3, logs shown."""

import itertools
import logging
from functools import cache
from pathlib import Path

from common import obey
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig

logging.basicConfig(level=logging.INFO)  # else this SDK reads the log and shows nothing
session, role = Session(), get_execution_role()
bucket = session.default_bucket()
image = image_uris.retrieve("xgboost", region="us-east-1", version="1.7-1")
numbers = itertools.count()
trained = []


@cache
def upload(path):
    return session.upload_data(path, key_prefix=Path(path).stem)


def train(path, rounds):
    trainer = ModelTrainer(
        training_image=image,
        role=role,
        sagemaker_session=session,
        # The SDK tells jobs apart by the second; here two may fall into one.
        base_job_name=f"bench-{next(numbers)}",
        hyperparameters={"objective": "binary:logistic", "num_round": int(rounds)},
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/out"),
    )
    channel = InputData(
        channel_name="train", data_source=upload(path), content_type="text/csv"
    )
    trainer.train(input_data_config=[channel])
    trained.append(trainer._latest_training_job)


def make_model():
    artifact = trained[-1].model_artifacts.s3_model_artifacts
    Model.create(
        model_name="bench",
        primary_container=ContainerDefinition(image=image, model_data_url=artifact),
        execution_role_arn=role,
    )


def deploy(name):
    variant = ProductionVariant(
        variant_name="all",
        model_name="bench",
        instance_type="ml.m5.large",
        initial_instance_count=1,
    )
    EndpointConfig.create(endpoint_config_name=name, production_variants=[variant])
    endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name)
    endpoint.wait_for_status("InService")


obey(upload=upload, train=train, make_model=make_model, deploy=deploy)
