"""CloudWatch Logs as the cloud's handle reads it."""

from __future__ import annotations


def test_lines_are_listed_oldest_first_and_by_group(bench, cloud, name):
    job = name("logged")
    bench.run(bench.bash_request(job, "echo one; echo; echo two"))
    found = [e for e in cloud.logs("/aws/sagemaker") if e["stream"].startswith(job)]
    assert [event["message"] for event in found] == ["one", " ", "two"]
    assert {event["group"] for event in found} == {"/aws/sagemaker/TrainingJobs"}
    times = [event["timestamp"] for event in cloud.logs()]
    assert times == sorted(times)
    assert cloud.logs("/no/such/group") == []


def test_odd_output_stays_readable(bench, cloud, name):
    job = name("odd")
    script = r"printf 'caf\xc3\xa9\r\n\xff\xfe broken\n'; printf 'no end'; echo err >&2"
    bench.run(bench.bash_request(job, script))
    found = [e["message"] for e in cloud.logs() if e["stream"].startswith(job)]
    assert found[0] == "café"
    assert "broken" in found[1]
    assert "no enderr" in "".join(found[2:])


def test_a_chatty_job_loses_no_line(bench, cloud, name):
    job = name("chatty")
    bench.run(bench.bash_request(job, "seq 20000"))
    found = [e["message"] for e in cloud.logs() if e["stream"].startswith(job)]
    assert found == [str(n) for n in range(1, 20001)]


def test_filter_log_events_finds_a_jobs_error(bench, clients, name):
    job = name("filtered")
    bench.run(bench.bash_request(job, "echo fine; echo ERROR: disk; exit 1"))
    events = clients("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs",
        logStreamNamePrefix=f"{job}/",
        filterPattern="ERROR",
    )["events"]
    assert [event["message"] for event in events] == ["ERROR: disk"]
