"""Metrics that a job publishes by printing them."""

from __future__ import annotations

from cloudlet.algorithms.metrics import MetricDefinition
from cloudlet.services.sagemaker.metric_log import MetricLog


def log_of(**regexes: str) -> MetricLog:
    return MetricLog([], [{"Name": n, "Regex": r} for n, r in regexes.items()])


def test_the_group_is_the_value_or_else_the_match():
    log = log_of(loss="loss=([0-9.]+)", round=r"\d+$")
    assert list(log.read(["loss=0.5 of 3"])) == [("loss", 0.5), ("round", 3.0)]


def test_lines_come_in_their_order():
    log = log_of(loss="loss=(.*)")
    assert list(log.read(["loss=2", "nothing", "loss=1e-3"])) == [
        ("loss", 2.0),
        ("loss", 0.001),
    ]


def test_what_is_no_number_is_no_value():
    assert list(log_of(loss="loss=(.*)").read(["loss=high"])) == []


def test_an_optional_group_that_did_not_match_is_no_value():
    assert list(log_of(loss=r"loss(=\d+)?").read(["loss"])) == []


def test_a_regex_that_is_none_finds_nothing_and_harms_nobody():
    log = log_of(broken="(", loss="loss=(.*)")
    assert list(log.read(["loss=1"])) == [("loss", 1.0)]


def test_the_request_replaces_the_algorithms_own():
    own = [MetricDefinition("loss", "own=(.*)")]
    log = MetricLog(own, [{"Name": "loss", "Regex": "mine=(.*)"}])
    assert list(log.read(["own=1", "mine=2"])) == [("loss", 2.0)]
