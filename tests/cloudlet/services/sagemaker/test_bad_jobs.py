"""Jobs of built-in algorithms that cannot work: each fails with what is the matter.

The truncated archive is a model's: its endpoint fails, as a job has no archive to read.
"""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "algorithms"))

from built_in import CSV, CSV_LABELLED, RECORDS, csv, records

RANDOM = np.random.default_rng(2)
ROWS = RANDOM.normal(size=(60, 3)).astype(np.float32)
LABELS = (ROWS[:, 0] > 0).astype(np.float32)
KMEANS = {"k": "3", "feature_dim": "3"}
LINEAR = {"predictor_type": "binary_classifier", "mini_batch_size": "20"}
CLASSES = {"predictor_type": "multiclass_classifier", "num_classes": "3"}
NAN = ROWS.copy()
NAN[7, 1] = np.nan

#: Name → image, hyperparameters, content of the channel, its type, words of the reason.
BAD: dict[str, tuple[str, dict[str, str], bytes, str, str]] = {
    "missing feature_dim": (
        "kmeans", {"k": "3"}, csv(ROWS), CSV, "'feature_dim' is a required property",
    ),
    "k larger than rows": (
        "kmeans", {**KMEANS, "k": "61"}, csv(ROWS), CSV, "k is 61, and the training",
    ),
    "label outside classes": (
        "linear-learner", {**CLASSES, "mini_batch_size": "20"},
        csv(ROWS, np.arange(60)), CSV_LABELLED, "label",
    ),
    "empty channel": ("kmeans", KMEANS, b"", CSV, "its files hold no row"),
    "NaN": ("linear-learner", LINEAR, csv(NAN, LABELS), CSV_LABELLED, "NaN"),
    "ragged CSV": ("kmeans", KMEANS, b"1,2,3\n4,5\n", CSV, "Expected 3 columns, got 2"),
    "broken recordIO": (
        "kmeans", KMEANS, records(ROWS)[:-20], RECORDS, "ends within the record",
    ),
    "negative learning rate": (
        "linear-learner", {**LINEAR, "learning_rate": "-1"}, csv(ROWS, LABELS),
        CSV_LABELLED, "hyperparameter learning_rate",
    ),
    "unknown key": (
        "pca", {"feature_dim": "3", "num_components": "2", "mini_batch_size": "20",
                "colour": "red"},
        csv(ROWS), CSV, "('colour' was unexpected)",
    ),
    "mixed dimensions": (
        "kmeans", KMEANS, records(ROWS) + records(ROWS[:, :2]), RECORDS,
        "different numbers of features: [2, 3]",
    ),
}  # fmt: skip


def request(bench: Any, name: str, image: str, hyperparameters: Any, content_type: str):
    return bench.request(
        name,
        AlgorithmSpecification={
            "TrainingImage": f"382416733822.dkr.ecr.us-east-1.amazonaws.com/{image}:1",
            "TrainingInputMode": "File",
        },
        HyperParameters=hyperparameters,
        InputDataConfig=[
            bench.channel("train", f"bad/{name}/", ContentType=content_type)
        ],
    )


@pytest.mark.parametrize("what", BAD)
def test_a_bad_job_fails_with_its_reason(bench, name, what):
    image, hyperparameters, content, content_type, says = BAD[what]
    job = name("bad")
    bench.put(f"bad/{job}/data", content)
    ended = bench.run(request(bench, job, image, hyperparameters, content_type))
    assert ended["TrainingJobStatus"] == "Failed"
    assert ended["FailureReason"].startswith("ClientError: ")
    assert says in ended["FailureReason"]


def test_an_image_that_is_no_image_fails_the_job(bench, name):
    pytest.importorskip("torch")
    job = name("bad")
    bench.put(f"bad/{job}/images/a.png", b"no image")
    bench.put(f"bad/{job}/lst/train.lst", b"0\t1\ta.png\n")
    made = request(bench, job, "image-classification", {}, "application/x-image")
    made["AlgorithmSpecification"]["TrainingImage"] = (
        "811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1"
    )
    made["HyperParameters"] = {"num_classes": "2", "num_training_samples": "1"}
    channels = {"train": "images", "validation": "images"}
    channels |= {"train_lst": "lst", "validation_lst": "lst"}
    made["InputDataConfig"] = [
        bench.channel(c, f"bad/{job}/{k}/", ContentType="application/x-image")
        for c, k in channels.items()
    ]
    ended = bench.run(made)
    assert ended["TrainingJobStatus"] == "Failed"
    assert "a.png" in ended["FailureReason"]


def test_a_truncated_model_archive_fails_the_endpoint(bench, name):
    job = name("good")
    bench.put(f"bad/{job}/data", csv(ROWS))
    ended = bench.run(request(bench, job, "kmeans", KMEANS, CSV))
    assert ended["TrainingJobStatus"] == "Completed"
    uri = ended["ModelArtifacts"]["S3ModelArtifacts"]
    key = uri.removeprefix(f"s3://{bench.bucket}/")
    stream = io.BytesIO()
    bench.s3.download_fileobj(bench.bucket, key, stream)
    cut = bench.put(f"cut/{job}.tar.gz", stream.getvalue()[:-200])
    image = "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1"
    bench.model(job, cut, Image=image)
    found = bench.deploy(job, bench.variant(job))
    assert found["EndpointStatus"] == "Failed"
    assert "tar" in found["FailureReason"] or "gzip" in found["FailureReason"]


def test_the_cloud_goes_on(bench, name):
    job = name("good")
    bench.put(f"bad/{job}/data", csv(ROWS))
    ended = bench.run(request(bench, job, "kmeans", KMEANS, CSV))
    assert ended["TrainingJobStatus"] == "Completed"
