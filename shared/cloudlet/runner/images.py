"""The registry of local images: what runs for an image URI.

An AWS image URI is looked up by its repository and tag. There is no container engine:
an image is a name for programs of ours, or for the learner's own script run with the
libraries of this environment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import ModuleType

from cloudlet.algorithms import (
    blazingtext,
    deepar,
    factorization_machines,
    image_classification,
    ip_insights,
    kmeans,
    knn,
    lda,
    linear_learner,
    pca,
    random_cut_forest,
    xgboost,
)
from cloudlet.algorithms.metrics import MetricDefinition


@dataclass(frozen=True)
class LocalImage:
    """One image.

    Attributes:
        repository: the repository's name in ECR, `sagemaker-xgboost`.
        tags: the tags that AWS publishes and this registry answers for.
        train: `module:function` taking a `Container`; None for script mode only.
        serve: `module:function` taking the model's folder and giving a `Predictor`.
        metrics: what the algorithm publishes, by the regexes that find it in the log.
    """

    repository: str
    tags: tuple[str, ...]
    train: str | None = None
    serve: str | None = None
    metrics: tuple[MetricDefinition, ...] = ()


def _built_in(repository: str, package: ModuleType) -> LocalImage:
    """A first-party algorithm: its package has METRICS, `train` and `serve`."""
    return LocalImage(
        repository,
        ("1",),
        train=f"{package.__name__}.train:train",
        serve=f"{package.__name__}.serve:load",
        metrics=package.METRICS,
    )


#: Tags: `sagemaker.core.image_uris`, which reads AWS's own configuration files.
IMAGES = (
    LocalImage(
        "sagemaker-xgboost",
        ("1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0"),
        train="cloudlet.algorithms.xgboost.train:train",
        serve="cloudlet.algorithms.xgboost.serve:load",
        metrics=xgboost.METRICS,
    ),
    LocalImage("sagemaker-scikit-learn", ("1.2-1", "1.4-2")),
    _built_in("blazingtext", blazingtext),
    _built_in("factorization-machines", factorization_machines),
    _built_in("forecasting-deepar", deepar),
    _built_in("image-classification", image_classification),
    _built_in("ipinsights", ip_insights),
    _built_in("kmeans", kmeans),
    _built_in("knn", knn),
    _built_in("lda", lda),
    _built_in("linear-learner", linear_learner),
    _built_in("pca", pca),
    _built_in("randomcutforest", random_cut_forest),
)

_URI = re.compile(
    r"^(?P<registry>\d{12}\.dkr\.ecr\.[\w.-]+)/(?P<repository>[\w./-]+?)"
    r"(:(?P<tag>[\w.-]+))?(@sha256:[0-9a-f]{64})?$"
)


class UnknownImageError(Exception):
    """No local program answers for the image."""


def find(uri: str) -> LocalImage:
    """The local image for an image URI.

    Raises:
        UnknownImageError: with the list of the images that there are.
    """
    match = _URI.match(uri)
    if match:
        for image in IMAGES:
            if match["repository"] == image.repository and _has_tag(
                image, match["tag"]
            ):
                return image
    known = "; ".join(f"{i.repository}: {', '.join(i.tags)}" for i in IMAGES)
    raise UnknownImageError(
        f"Cannot find repository or tag of {uri}. The local cloud has no container "
        f"engine; it has programs of its own for these images: {known}."
    )


def _has_tag(image: LocalImage, tag: str | None) -> bool:
    """SDK v2 appends `-cpu-py3`, and `latest` stood for the first XGBoost."""
    if tag is None or tag == "latest":
        return True
    return any(tag == known or tag.startswith(f"{known}-") for known in image.tags)
