#!/bin/bash
# Train, deploy, predict and delete with the aws command alone.
# usage: aws_cli_program.sh FOLDER, as for boto3_program.py
set -euo pipefail
cd "$1"
bucket=aws-cli-program name=aws-cli-program
image=683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1

aws s3 mb "s3://$bucket"
mkdir -p data/train data/validation
cp train.csv data/train && cp validation.csv data/validation
aws s3 sync data "s3://$bucket/data" --no-progress
role=$(aws iam list-roles --path-prefix /service-role/ \
    --query 'Roles[0].Arn' --output text)

channel() {
    cat <<JSON
{"ChannelName": "$1", "ContentType": "text/csv", "DataSource": {"S3DataSource":
 {"S3DataType": "S3Prefix", "S3Uri": "s3://$bucket/data/$1/"}}}
JSON
}
cat > job.json <<JSON
{"TrainingJobName": "$name", "RoleArn": "$role",
 "AlgorithmSpecification": {"TrainingImage": "$image", "TrainingInputMode": "File"},
 "HyperParameters": {"objective": "binary:logistic", "num_round": "20"},
 "InputDataConfig": [$(channel train), $(channel validation)],
 "OutputDataConfig": {"S3OutputPath": "s3://$bucket/output"},
 "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1,
                    "VolumeSizeInGB": 10},
 "StoppingCondition": {"MaxRuntimeInSeconds": 600}}
JSON
aws sagemaker create-training-job --cli-input-json file://job.json
aws sagemaker wait training-job-completed-or-stopped --training-job-name $name
artifact=$(aws sagemaker describe-training-job --training-job-name $name \
    --query ModelArtifacts.S3ModelArtifacts --output text)
aws s3 cp "$artifact" model.tar.gz --no-progress

aws sagemaker create-model --model-name $name --execution-role-arn "$role" \
    --primary-container "Image=$image,ModelDataUrl=$artifact"
variant=VariantName=A,ModelName=$name,InstanceType=ml.m5.large,InitialInstanceCount=1
aws sagemaker create-endpoint-config --endpoint-config-name $name \
    --production-variants $variant
aws sagemaker create-endpoint --endpoint-name $name --endpoint-config-name $name
aws sagemaker wait endpoint-in-service --endpoint-name $name
aws sagemaker-runtime invoke-endpoint --endpoint-name $name \
    --content-type text/csv --body fileb://rows.csv answer.csv
echo "[$(paste -sd, answer.csv)]" > predictions.json

aws sagemaker delete-endpoint --endpoint-name $name
aws sagemaker wait endpoint-deleted --endpoint-name $name
aws sagemaker delete-endpoint-config --endpoint-config-name $name
aws sagemaker delete-model --model-name $name
aws s3 rb "s3://$bucket" --force
