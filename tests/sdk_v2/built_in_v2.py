"""Built-in algorithms with SageMaker Python SDK v2's own classes, and `record_set`.

usage: built_in_v2.py FOLDER NAME…; what failed how goes to results.json, by name.
"""

import json
import sys
import traceback
from pathlib import Path

import numpy as np
import sagemaker
from sagemaker.amazon.amazon_estimator import RecordSet
from sagemaker.analytics import TrainingJobAnalytics

folder, names = Path(sys.argv[1]), sys.argv[2:]
session, role = sagemaker.Session(), sagemaker.get_execution_role()
bucket = session.default_bucket()
random = np.random.default_rng(5)
COMMON = {
    "role": role,
    "instance_count": 1,
    "instance_type": "ml.m5.xlarge",
    "sagemaker_session": session,
}


def blobs(rows=400, width=4):
    centres = random.normal(scale=8, size=(3, width))
    labels = random.integers(0, 3, rows)
    features = centres[labels] + random.normal(size=(rows, width))
    return features.astype("float32"), labels.astype("float32")


def fitted(estimator, features, labels=None, batch=100, **more):
    """Upload by `record_set` (several files and a manifest), fit, deploy, predict."""
    records = estimator.record_set(features, labels)
    estimator.fit(records, mini_batch_size=batch, logs=False, **more)
    job = estimator.latest_training_job.describe()
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large")
    try:
        return estimator, predictor.predict(features[:5])
    finally:
        predictor.delete_model()
        predictor.delete_endpoint()


def value(record, name):
    return list(record.label[name].float32_tensor.values)


def kmeans():
    features, labels = blobs()
    estimator, answer = fitted(sagemaker.KMeans(k=3, **COMMON), features)
    clusters = [value(record, "closest_cluster")[0] for record in answer]
    pairs = set(zip(labels[:5].tolist(), clusters, strict=True))
    assert len(pairs) == len(set(labels[:5]))
    metrics = TrainingJobAnalytics(estimator.latest_training_job.name, ["train:msd"])
    assert len(metrics.dataframe())


def pca():
    features, _ = blobs(width=6)
    _, answer = fitted(sagemaker.PCA(num_components=2, **COMMON), features)
    assert [len(value(record, "projection")) for record in answer] == [2] * 5


def linear_learner():
    features, labels = blobs()
    binary = (labels == 1).astype("float32")
    estimator = sagemaker.LinearLearner(predictor_type="binary_classifier", **COMMON)
    _, answer = fitted(estimator, features, binary)
    predicted = [value(record, "predicted_label")[0] for record in answer]
    assert set(predicted) <= {0.0, 1.0}


def random_cut_forest():
    features, _ = blobs()
    estimator = sagemaker.RandomCutForest(
        num_samples_per_tree=100, num_trees=50, **COMMON
    )
    records = estimator.record_set(features)
    estimator.fit(records, logs=False)
    predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large")
    odd = np.vstack([features[:4], np.full((1, 4), 500)]).astype("float32")
    scores = [value(record, "score")[0] for record in predictor.predict(odd)]
    predictor.delete_model()
    predictor.delete_endpoint()
    assert max(scores) == scores[-1]


def knn():
    features, labels = blobs()
    estimator = sagemaker.KNN(
        k=5, sample_size=400, predictor_type="classifier", **COMMON
    )
    _, answer = fitted(estimator, features, labels)
    predicted = [value(record, "predicted_label")[0] for record in answer]
    assert predicted == labels[:5].tolist()


def lda():
    topics = random.dirichlet(np.full(20, 0.1), size=3)
    shares = random.dirichlet(np.full(3, 0.3), size=200)
    words = np.array([random.multinomial(60, share @ topics) for share in shares])
    estimator = sagemaker.LDA(num_topics=3, **COMMON)
    _, answer = fitted(estimator, words.astype("float32"), batch=200)
    mixtures = [sum(value(record, "topic_mixture")) for record in answer]
    assert np.allclose(mixtures, 1, atol=1e-3)


def factorization_machines():
    features, labels = blobs()
    estimator = sagemaker.FactorizationMachines(
        num_factors=4, predictor_type="regressor", epochs=5, **COMMON
    )
    _, answer = fitted(estimator, features, labels)
    assert len([value(record, "score")[0] for record in answer]) == 5


def ip_insights():
    lines = [f"user{n % 5},10.{n % 5}.0.{random.integers(1, 255)}" for n in range(1000)]
    key = "ipinsights/train.csv"
    session.upload_string_as_file_body("\n".join(lines), bucket, key)
    estimator = sagemaker.IPInsights(
        num_entity_vectors=50, vector_dim=16, epochs=2, **COMMON
    )
    records = RecordSet(
        f"s3://{bucket}/{key}", num_records=1000, feature_dim=2, s3_data_type="S3Prefix"
    )
    estimator.fit(records, mini_batch_size=200, logs=False)
    predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large")
    answer = predictor.predict([["user1", "10.1.0.7"]])
    predictor.delete_model()
    predictor.delete_endpoint()
    assert isinstance(answer["predictions"][0]["dot_product"], float)


results = {}
for name in names:
    try:
        globals()[name]()
        results[name] = ""
    except Exception:
        results[name] = traceback.format_exc()
(folder / "results.json").write_text(json.dumps(results))
