"""The whole way of a request: what nobody serves, what moto serves, what is not AWS."""

from __future__ import annotations

import io
import json
import socket
import threading
import urllib.error
import urllib.request
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(call: Any, **request: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    response = caught.value.response
    assert 400 <= response["ResponseMetadata"]["HTTPStatusCode"] < 500
    assert response["ResponseMetadata"]["RetryAttempts"] == 0
    return dict(response["Error"])


@pytest.mark.parametrize(
    "service, operation, request_, name",
    [
        ("sagemaker", "list_hubs", {}, "ListHubs"),
        ("sagemaker", "list_workforces", {}, "ListWorkforces"),
        ("iam", "list_service_specific_credentials", {}, None),
        ("iam", "get_organizations_access_report", {"JobId": "x" * 36}, None),
        ("dynamodb", "list_global_tables", {}, "ListGlobalTables"),
        ("kinesis", "describe_limits", {}, None),
        ("stepfunctions", "list_map_runs", {"executionArn": "arn:x"}, None),
        ("lexv2-models", "list_bots", {}, None),
        ("rekognition", "list_collections", {}, None),
    ],
)
def test_an_operation_that_nobody_serves_is_refused_at_once(
    clients, service, operation, request_, name
):
    client = clients(service)
    try:
        getattr(client, operation)(**request_)
    except ClientError as error:
        response = error.response
        assert 400 <= response["ResponseMetadata"]["HTTPStatusCode"] < 500
        assert response["ResponseMetadata"]["RetryAttempts"] == 0
        assert response["Error"]["Code"] != "LocalCloudFault"
        if name is not None:
            assert name in response["Error"]["Message"]
    else:
        assert name is None, f"{operation} is served"


# moto's services


def test_dynamodb(clients):
    dynamodb = clients("dynamodb")
    dynamodb.create_table(
        TableName="labels",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"id": {"S": "1"}, "label": {"S": "cat"}}
    dynamodb.put_item(TableName="labels", Item=item)
    found = dynamodb.get_item(TableName="labels", Key={"id": {"S": "1"}})
    assert found["Item"] == item
    error = refusal(
        dynamodb.get_item, TableName="no-such-table", Key={"id": {"S": "1"}}
    )
    assert error["Code"] == "ResourceNotFoundException"


def test_kinesis(clients):
    kinesis = clients("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.put_record(StreamName="clicks", Data=b"click", PartitionKey="1")
    shard = kinesis.list_shards(StreamName="clicks")["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(
        StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert [record["Data"] for record in records] == [b"click"]
    error = refusal(kinesis.describe_stream, StreamName="nobody")
    assert error["Code"] == "ResourceNotFoundException"


def test_glue(clients):
    glue = clients("glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    columns = [{"Name": "n", "Type": "int"}]
    glue.create_table(
        DatabaseName="lake",
        TableInput={"Name": "events", "StorageDescriptor": {"Columns": columns}},
    )
    table = glue.get_table(DatabaseName="lake", Name="events")["Table"]
    assert table["StorageDescriptor"]["Columns"] == columns
    error = refusal(glue.get_table, DatabaseName="lake", Name="nobody")
    assert error["Code"] == "EntityNotFoundException"


def test_events_and_sqs(clients):
    sqs, events = clients("sqs"), clients("events")
    url = sqs.create_queue(QueueName="events-target")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["lab"]}))
    arn = attributes["Attributes"]["QueueArn"]
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    entry = {"Source": "lab", "DetailType": "t", "Detail": '{"a": 1}'}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"a": 1}
    error = refusal(events.describe_rule, Name="nobody")
    assert error["Code"] == "ResourceNotFoundException"
    assert "NonExistentQueue" in refusal(sqs.get_queue_url, QueueName="nobody")["Code"]


def test_sns(clients):
    sns, sqs = clients("sns"), clients("sqs")
    url = sqs.create_queue(QueueName="sns-target")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    arn = queue["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="drift")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "drift"
    error = refusal(sns.publish, TopicArn=f"{topic}-nobody", Message="x")
    assert error["Code"] in ("NotFound", "NotFoundException")


def test_stepfunctions(clients):
    states = clients("stepfunctions")
    definition = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    arn = states.create_state_machine(
        name="flow",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::123456789012:role/service-role/flow",
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=arn, input='{"a": 1}')
    found = states.describe_execution(executionArn=execution["executionArn"])
    assert found["stateMachineArn"] == arn
    error = refusal(states.describe_state_machine, stateMachineArn=f"{arn}-nobody")
    assert error["Code"] == "StateMachineDoesNotExist"


def test_kms(clients):
    kms = clients("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"secret"
    error = refusal(kms.describe_key, KeyId="00000000-0000-0000-0000-000000000000")
    assert error["Code"] == "NotFoundException"


def test_ecr(clients):
    ecr = clients("ecr")
    uri = ecr.create_repository(repositoryName="mine")["repository"]["repositoryUri"]
    assert uri.startswith("123456789012.dkr.ecr.us-east-1.amazonaws.com/")
    error = refusal(ecr.create_repository, repositoryName="mine")
    assert error["Code"] == "RepositoryAlreadyExistsException"


def test_cloudwatch_and_logs(clients):
    cloudwatch, logs = clients("cloudwatch"), clients("logs")
    cloudwatch.put_metric_data(
        Namespace="mine", MetricData=[{"MetricName": "m", "Value": 1.0}]
    )
    listed = cloudwatch.list_metrics(Namespace="mine")["Metrics"]
    assert [metric["MetricName"] for metric in listed] == ["m"]
    logs.create_log_group(logGroupName="mine")
    error = refusal(logs.create_log_group, logGroupName="mine")
    assert error["Code"] == "ResourceAlreadyExistsException"


def test_lambda_takes_a_function(clients):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): return event")
    role = "arn:aws:iam::123456789012:role/service-role/nobody"
    functions = clients("lambda")
    error = refusal(functions.get_function, FunctionName="nobody")
    assert error["Code"] == "ResourceNotFoundException"
    error = refusal(
        functions.create_function,
        FunctionName="f",
        Runtime="python3.12",
        Handler="main.handler",
        Role=role,
        Code={"ZipFile": buffer.getvalue()},
    )
    assert error["Code"] == "InvalidParameterValueException"


def test_s3_errors(s3):
    error = refusal(s3.get_object, Bucket="no-such-bucket", Key="a")
    assert error["Code"] == "NoSuchBucket"
    s3.create_bucket(Bucket="errors")
    error = refusal(s3.get_object, Bucket="errors", Key="a")
    assert error["Code"] == "NoSuchKey"


# The door


def test_the_clouds_own_verbs_ask_for_a_header(cloud):
    request = urllib.request.Request(f"{cloud.url}/_cloudlet/shutdown", data=b"{}")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 403
    assert cloud.status()["url"] == cloud.url


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"seconds": "many"}', b"{}"])
def test_a_verb_with_a_bad_body(cloud, body):
    request = urllib.request.Request(
        f"{cloud.url}/_cloudlet/advance", data=body, headers={"X-Cloudlet": "1"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400


def test_an_unknown_verb_names_the_known(cloud):
    request = urllib.request.Request(
        f"{cloud.url}/_cloudlet/nonsense", data=b"{}", headers={"X-Cloudlet": "1"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert "shutdown" in caught.value.read().decode()


def test_many_clients_at_once(clients):
    s3 = clients("s3", max_pool_connections=20)
    s3.create_bucket(Bucket="crowd")
    faults: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                key, body = f"{number}/{turn}", f"{number} {turn}".encode()
                s3.put_object(Bucket="crowd", Key=key, Body=body)
                found = s3.get_object(Bucket="crowd", Key=key)["Body"].read()
                assert found == body
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    listed = s3.list_objects_v2(Bucket="crowd")
    assert listed["KeyCount"] == 60


def test_a_client_that_goes_in_the_middle_of_an_upload_leaves_nothing(cloud, s3):
    s3.create_bucket(Bucket="broken-off")
    port = int(cloud.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b"PUT /broken-off/half HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Length: 1000000\r\n\r\n" + b"x" * 1000
        )
    s3.put_object(Bucket="broken-off", Key="whole", Body=b"x")
    listed = s3.list_objects_v2(Bucket="broken-off")["Contents"]
    assert [item["Key"] for item in listed] == ["whole"]
