import subprocess
import sys

import boto3
import pytest

from mlslab import start_lab
from mlslab.errors import CheckFailedError, MlslabError
from mlslab.lab import Lab
from mlslab.progress import load_progress
from mlslab.watch import TAG


@pytest.fixture
def opened(cloud, course, learner, monkeypatch) -> Lab:
    monkeypatch.delenv("MLSLAB_STRICT", raising=False)
    return start_lab("101")


def test_the_banner_says_where_we_are(cloud, course, learner, capsys):
    start_lab("101")
    text = capsys.readouterr().out
    assert "Lab 101: A bucket and a mean" in text
    assert "mode: local: the local cloud of the course at http://127.0.0.1:1" in text
    assert "mlslab-101-123456789012-eu-west-1 (made on first use)" in text
    assert "about 5 minutes" in text
    assert "on AWS: less than a cent" in text
    assert "0 of 2 exercises passed, 0 of 3 points" in text


def test_the_bucket_is_made_once_and_gone_at_the_end(opened, capsys):
    s3 = boto3.client("s3")
    assert s3.list_buckets()["Buckets"] == []
    bucket = opened.bucket
    assert opened.bucket == bucket == "mlslab-101-123456789012-eu-west-1"
    tags = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    assert tags == [{"Key": TAG, "Value": "101"}]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    capsys.readouterr()
    opened.end()
    text = capsys.readouterr().out
    assert "✓ Nothing is left" in text
    assert f"removed: bucket {bucket}" in text
    assert "would have cost 0.00 USD" in text
    assert s3.list_buckets()["Buckets"] == []
    assert load_progress("101").ended


def test_the_next_kernel_takes_over_what_a_dead_one_left(opened, capsys):
    bucket = opened.bucket
    capsys.readouterr()
    again = start_lab("101")
    assert (
        "left by an earlier run, until `lab.end()`: 1 resources"
        in capsys.readouterr().out
    )
    assert again.bucket == bucket
    again.end()
    assert boto3.client("s3").list_buckets()["Buckets"] == []


def test_a_stranger_s_bucket_is_not_taken(opened):
    name = "mlslab-101-123456789012-eu-west-1"
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    s3.delete_bucket_tagging(Bucket=name)
    opened._ledger.remove(next(iter(opened._ledger)))
    with pytest.raises(MlslabError, match="was not made from here"):
        _ = opened.bucket


def checked(lab: Lab, name: str, **names) -> None:
    exec(f"lab.check({name!r})", {"lab": lab, **names})


def test_a_check_reads_the_caller_s_variables(opened, capsys):
    checked(opened, "store", key=...)
    assert "○ Not attempted: Store the prices (0 of 2)" in capsys.readouterr().out
    checked(opened, "store", key="nothing")
    text = capsys.readouterr().out
    assert "✗ Not yet" in text
    assert 'lab.hint("store")' in text
    boto3.client("s3").put_object(Bucket=opened.bucket, Key="p", Body=b"3,4")
    checked(opened, "store", key="p")
    assert "✓ Passed: Store the prices (2 of 2)" in capsys.readouterr().out
    kept = load_progress("101").of("store")
    assert (kept.status, kept.attempts, kept.points) == ("passed", 2, 2)
    opened.progress()
    assert "1 of 2 exercises passed, 2 of 3 points" in capsys.readouterr().out


def test_strict_runs_fail_with_the_message(opened, monkeypatch):
    monkeypatch.setenv("MLSLAB_STRICT", "1")
    with pytest.raises(CheckFailedError, match="`key` is still"):
        checked(opened, "store", key=...)


def test_hints_come_one_by_one(opened, capsys):
    for stage in (1, 2, 3, 3):
        opened.hint("store")
        text = capsys.readouterr().out
        assert f"Hint {stage} of 3" in text
        assert ("lab.solution" in text) == (stage == 3)


def test_the_solution_waits_for_an_attempt(opened, capsys):
    opened.solution("store")
    text = capsys.readouterr().out
    assert "The solution waits" in text
    assert "put_object" not in text
    checked(opened, "store", key=7)
    opened.solution("store")
    text = capsys.readouterr().out
    assert "s3.put_object(Bucket=bucket, Key=key" in text
    assert "SOLUTION" not in text


def test_the_solution_without_its_tree(cloud, copy, learner, capsys):
    lab = start_lab("101")
    copy.source(copy.lab("101")).unlink()
    checked(lab, "store", key=7)
    lab.solution("store")
    assert "released without its solutions" in capsys.readouterr().out


def test_names_that_do_not_exist_are_told(opened):
    with pytest.raises(MlslabError, match="no check 'sore'; there are store, mean"):
        opened.hint("sore")
    with pytest.raises(MlslabError, match="there are 101-consistency"):
        opened.quiz("x")


def test_an_answer_gives_all_reasons_and_the_first_counts(opened, capsys):
    opened.answer("101-consistency", "a")
    text = capsys.readouterr().out
    assert "✗ Not right" in text
    assert text.count("a feature of its own") == 1
    opened.answer("101-consistency", "b")
    assert not load_progress("101").quiz["101-consistency"].right


def test_the_exam_tasks_and_the_bill(opened, capsys):
    opened.exam()
    assert "1.1 Ingest and store data" in capsys.readouterr().out
    opened.bill()
    assert capsys.readouterr().out.strip()


def test_a_rehearsal_leaves_the_learner_s_progress(cloud, course, home, monkeypatch):
    monkeypatch.setenv("MLSLAB_REHEARSAL", "1")
    checked(start_lab("101"), "store", key=7)
    assert not (home / "progress").exists()


def test_the_import_is_quick():
    code = (
        "import sys, mlslab; from mlslab import start_lab;"
        "heavy = {'sagemaker', 'matplotlib', 'pandas', 'sklearn', 'ipywidgets'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_sdk_s_session_has_the_lab_s_bucket(opened):
    session = opened.sagemaker_session()
    assert session.default_bucket() == opened.bucket
    assert session.boto_session is opened.session
    assert next(iter(opened._ledger)).name == opened.bucket
