"""List operations over the wire: filters, sorting, pages to the end."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudlet import fresh_account

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
#: Made in this order, which is not that of the names.
LISTED = [f"listed-{letter}" for letter in "dacbfeghjilk"]


@pytest.fixture(scope="module", autouse=True)
def models(sagemaker) -> None:
    for model in LISTED:
        sagemaker.create_model(
            ModelName=model,
            ExecutionRoleArn=fresh_account.ROLE_ARN,
            PrimaryContainer={"Image": IMAGE},
        )


def names(sagemaker: Any, **members: Any) -> list[str]:
    """All names that a listing gives, page after page."""
    pages = sagemaker.get_paginator("list_models").paginate(
        NameContains="listed-", **members
    )
    return [model["ModelName"] for page in pages for model in page["Models"]]


@pytest.mark.parametrize("size", [1, 5, 12, 100])
@pytest.mark.parametrize("order", ["Ascending", "Descending"])
@pytest.mark.parametrize(
    "by, ranked", [("Name", sorted(LISTED)), ("CreationTime", LISTED)]
)
def test_pages_give_everything_once_in_order(sagemaker, by, ranked, order, size):
    found = names(
        sagemaker, SortBy=by, SortOrder=order, PaginationConfig={"PageSize": size}
    )
    assert found == (ranked if order == "Ascending" else ranked[::-1])


def test_newest_first_and_ten_to_a_page_unless_told_otherwise(sagemaker):
    page = sagemaker.list_models(NameContains="listed-")
    assert [m["ModelName"] for m in page["Models"]] == LISTED[::-1][:10]
    rest = sagemaker.list_models(NameContains="listed-", NextToken=page["NextToken"])
    assert [m["ModelName"] for m in rest["Models"]] == LISTED[:2][::-1]
    assert "NextToken" not in rest


def test_what_is_made_between_two_pages_moves_nothing(sagemaker):
    first = sagemaker.list_models(NameContains="listed-", MaxResults=3)
    sagemaker.create_model(
        ModelName="listed-late",
        ExecutionRoleArn=fresh_account.ROLE_ARN,
        PrimaryContainer={"Image": IMAGE},
    )
    try:
        second = sagemaker.list_models(
            NameContains="listed-", MaxResults=3, NextToken=first["NextToken"]
        )
        assert [m["ModelName"] for m in second["Models"]] == LISTED[::-1][3:6]
    finally:
        sagemaker.delete_model(ModelName="listed-late")


def test_times_bound_a_listing(sagemaker):
    third = sagemaker.describe_model(ModelName=LISTED[2])["CreationTime"]
    sixth = sagemaker.describe_model(ModelName=LISTED[5])["CreationTime"]
    found = names(
        sagemaker,
        CreationTimeAfter=third,
        CreationTimeBefore=sixth,
        SortOrder="Ascending",
    )
    assert set(LISTED[3:5]) <= set(found) <= set(LISTED[2:6])
    assert names(sagemaker, CreationTimeAfter=sixth + timedelta(days=1)) == []


@pytest.mark.parametrize(
    "token",
    ["x", "####", base64.b64encode(b"1").decode(), base64.b64encode(b"[1]").decode()],
)
def test_a_token_that_no_listing_gave_out(sagemaker, token):
    with pytest.raises(ClientError) as caught:
        sagemaker.list_models(NextToken=token)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert "token" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("size", [0, 101])
def test_a_page_that_is_too_small_or_too_large(clients, size):
    unchecked = clients("sagemaker", parameter_validation=False)
    with pytest.raises(ClientError) as caught:
        unchecked.list_models(MaxResults=size)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_jobs_by_status(trained, bench, name, sagemaker):
    failed = name("failed")
    bench.run(bench.bash_request(failed, "exit 1"))

    def jobs(**members: Any) -> set[str]:
        pages = sagemaker.get_paginator("list_training_jobs").paginate(**members)
        return {j["TrainingJobName"] for p in pages for j in p["TrainingJobSummaries"]}

    assert failed in jobs(StatusEquals="Failed")
    assert "trained" not in jobs(StatusEquals="Failed")
    assert "trained" in jobs(StatusEquals="Completed", SortBy="Status")
    assert jobs(NameContains=failed.upper()) == {failed}
    assert failed not in jobs(
        LastModifiedTimeBefore=trained["CreationTime"] - timedelta(seconds=1)
    )
    assert jobs(WarmPoolStatusEquals="Available") == set()


def test_a_page_of_jobs_is_filtered_after_it_is_cut(bench, name, sagemaker):
    for script in ("exit 1", "true"):
        bench.run(bench.bash_request(name("page-cut"), script))
    request = {"NameContains": "page-cut", "StatusEquals": "Failed", "MaxResults": 1}
    first = sagemaker.list_training_jobs(**request)
    assert first["TrainingJobSummaries"] == []  # the newest one has completed
    second = sagemaker.list_training_jobs(**request, NextToken=first["NextToken"])
    (job,) = second["TrainingJobSummaries"]
    assert job["TrainingJobStatus"] == "Failed"


def test_endpoints_by_status(served, sagemaker):
    for status, there in (("InService", True), ("Failed", False)):
        listed = sagemaker.list_endpoints(StatusEquals=status, NameContains=served)
        assert ("served" in [e["EndpointName"] for e in listed["Endpoints"]]) is there
    configs = sagemaker.list_endpoint_configs(NameContains=served)["EndpointConfigs"]
    assert "served" in [c["EndpointConfigName"] for c in configs]
