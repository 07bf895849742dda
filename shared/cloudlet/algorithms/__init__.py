"""AWS's built-in algorithms, each on an open-source library.

A package each (`xgboost/`), with three things for the cloud: `METRICS`, cheap to
import; `train.train(container)`, which raises ClientError or AlgorithmError for
`FailureReason`; `serve.load(model_dir)`, which gives a Predictor. What they share
lies beside them: the table of hyperparameters, content types, channels, readers of
each data format, answers in each Accept type.
"""
