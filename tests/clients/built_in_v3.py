"""Built-in algorithms with SageMaker Python SDK v3: train, measure, deploy, predict.

usage: built_in_v3.py FOLDER NAME…; NAME is a module of `cases`. What failed how goes to
results.json, by name: "" is all well. What worked goes to tried.json, by image.
"""

import importlib
import json
import sys
import traceback
from pathlib import Path

import boto3
from sagemaker.core import image_uris
from sagemaker.core.analytics import TrainingJobAnalytics
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import (
    ContainerDefinition,
    ProductionVariant,
    S3DataSource,
)
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig

folder, names = Path(sys.argv[1]), sys.argv[2:]
session, role = Session(), get_execution_role()
bucket = session.default_bucket()


def trained(name, case, image, place, way):
    """A job whose channels are written in one of the case's ways."""
    case.write(place, way)
    shares = getattr(case, "DISTRIBUTIONS", {})
    inputs = [
        InputData(
            channel_name=channel,
            data_source=S3DataSource(
                s3_data_type="S3Prefix",
                s3_uri=session.upload_data(
                    str(place / channel), key_prefix=f"{name}/{place.name}/{channel}"
                ),
                s3_data_distribution_type=shares.get(channel, "FullyReplicated"),
            ),
            content_type=content_type,
        )
        for channel, content_type in case.WAYS[way].items()
    ]
    trainer = ModelTrainer(
        training_image=image,
        role=role,
        sagemaker_session=session,
        base_job_name=f"{name}-{place.name}".replace("_", "-"),
        hyperparameters=case.HYPERPARAMETERS,
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/output"),
    )
    trainer.train(input_data_config=inputs, logs=False)
    job = trainer._latest_training_job
    assert job.training_job_status == "Completed", job.failure_reason
    return job


def measured(case, job):
    """The names of the job's metrics, those of the case found by the analytics."""
    told = {metric.metric_name for metric in job.final_metric_data_list or []}
    assert set(case.METRICS) <= told, (case.METRICS, told)
    if case.METRICS:
        analytics = TrainingJobAnalytics(
            job.training_job_name, list(case.METRICS), sagemaker_session=session
        )
        found = set(analytics.dataframe().metric_name)
        assert found == set(case.METRICS), (case.METRICS, found)
    return told


def served(name, case, image, artifact):
    """The pairs of Content-Type and Accept that the endpoint answered."""
    short = name.replace("_", "-")
    model = Model.create(
        model_name=short,
        primary_container=ContainerDefinition(image=image, model_data_url=artifact),
        execution_role_arn=role,
    )
    variant = ProductionVariant(
        variant_name="AllTraffic",
        model_name=short,
        instance_type="ml.m5.large",
        initial_instance_count=1,
    )
    config = EndpointConfig.create(
        endpoint_config_name=short, production_variants=[variant]
    )
    endpoint = Endpoint.create(endpoint_name=short, endpoint_config_name=short)
    endpoint.wait_for_status("InService")

    pairs = set()

    def predict(body, content_type, accept):
        answer = endpoint.invoke(body=body, content_type=content_type, accept=accept)
        data = answer.body
        pairs.add((content_type.partition(";")[0], accept.partition(";")[0]))
        return data.read() if hasattr(data, "read") else data

    case.check(predict)
    for resource in (endpoint, config, model):
        resource.delete()
    return pairs


def tried(name, case):
    """The whole round; gives the image's repository, and what worked with it."""
    version = getattr(case, "VERSION", "1")
    image = image_uris.retrieve(case.NAME, region="us-east-1", version=version)
    metrics = set()
    for number, way in enumerate(case.WAYS):
        place = folder / name / str(number)
        place.mkdir(parents=True)
        job = trained(name, case, image, place, way)
        metrics |= measured(case, job)
    pairs = served(name, case, image, job.model_artifacts.s3_model_artifacts)
    requests, answers = zip(*pairs, strict=True)
    return image.rpartition("/")[2].partition(":")[0], {
        "training": sorted(way.partition(";")[0] for way in case.WAYS),
        "requests": sorted(set(requests)),
        "answers": sorted(set(answers)),
        "metrics": sorted(metrics),
    }


results, record = {}, {}
for name in names:
    try:
        repository, found = tried(name, importlib.import_module(f"cases.{name}"))
        results[name], record[repository] = "", found
    except Exception:
        results[name] = traceback.format_exc()
assert not boto3.client("sagemaker").list_endpoints()["Endpoints"] or any(
    results.values()
)
(folder / "results.json").write_text(json.dumps(results))
(folder / "tried.json").write_text(json.dumps(record))
