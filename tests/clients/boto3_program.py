"""Train, deploy, predict and delete with boto3 alone.

usage: boto3_program.py FOLDER, which holds train.csv, validation.csv and rows.csv (no
labels); predictions.json and model.tar.gz are left there.
"""

import json
import sys
from pathlib import Path

import boto3

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
folder = Path(sys.argv[1])
s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
role = boto3.client("iam").list_roles(PathPrefix="/service-role/")["Roles"][0]["Arn"]
bucket, name = "boto3-program", "boto3-program"


def channel(of: str) -> dict:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{of}/"}
    return {
        "ChannelName": of,
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": source},
    }


s3.create_bucket(Bucket=bucket)
for of in ("train", "validation"):
    s3.upload_file(str(folder / f"{of}.csv"), bucket, f"{of}/{of}.csv")

sagemaker.create_training_job(
    TrainingJobName=name,
    RoleArn=role,
    AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    HyperParameters={
        "objective": "binary:logistic",
        "num_round": "20",
        "eval_metric": "auc",
    },
    InputDataConfig=[channel("train"), channel("validation")],
    OutputDataConfig={"S3OutputPath": f"s3://{bucket}/output"},
    ResourceConfig={
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 1,
        "VolumeSizeInGB": 10,
    },
    StoppingCondition={"MaxRuntimeInSeconds": 600},
)
sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name)
job = sagemaker.describe_training_job(TrainingJobName=name)
assert job["TrainingJobStatus"] == "Completed", job
metrics = {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]}
assert metrics["validation:auc"] > 0.9, metrics
artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
s3.download_file(
    bucket, artifact.removeprefix(f"s3://{bucket}/"), str(folder / "model.tar.gz")
)

sagemaker.create_model(
    ModelName=name,
    ExecutionRoleArn=role,
    PrimaryContainer={"Image": IMAGE, "ModelDataUrl": artifact},
)
variant = {
    "VariantName": "AllTraffic",
    "ModelName": name,
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}
sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)
answer = boto3.client("sagemaker-runtime").invoke_endpoint(
    EndpointName=name,
    Body=(folder / "rows.csv").read_bytes(),
    ContentType="text/csv",
)
predictions = [float(number) for number in answer["Body"].read().split()]
(folder / "predictions.json").write_text(json.dumps(predictions))

sagemaker.delete_endpoint(EndpointName=name)
sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)
sagemaker.delete_endpoint_config(EndpointConfigName=name)
sagemaker.delete_model(ModelName=name)
boto3.resource("s3").Bucket(bucket).objects.delete()
s3.delete_bucket(Bucket=bucket)
