"""AWS's built-in algorithms, each on an open-source library.

A package each (`kmeans/`), with these things for the cloud: `METRICS`, cheap to
import; `train.train(container)`, which raises ClientError or AlgorithmError for
`FailureReason`; `serve.load(model_dir)`, which gives a Predictor.

What they share lies beside them. For all: `channels` (files, Pipe mode), the readers of
each format, `hyperparameters`, `serving`. For AWS's first-party algorithms, which are
all but XGBoost: `dataset` (the rows of a channel), `hosts` (of several instances),
`schema_hyperparameters` (errors in AWS's words), `quality` (metrics in the log),
`artefact`, and `record_serving` (requests and answers). `overview` makes README.md.
"""
