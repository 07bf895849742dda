"""The built-in XGBoost algorithm, on the open-source `xgboost` package.

It keeps the names, formats, checks, log lines and messages of AWS's container
(github.com/aws/sagemaker-xgboost-container, algorithm mode) as documented in
https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html.

Where it differs from AWS:

- Every image version (1.7-1, 3.0-5, 3.2-0) runs on the one `xgboost` that is
  installed here, 3.x: trees of another release may differ in the last digits, and
  hyperparameters that this release no longer uses only give its warning.
- `tree_method=gpu_hist` runs as `hist`, as there is no GPU.
- One instance, File and FastFile mode; `recordio-protobuf` is refused with a message.
- A header in a CSV file is refused with the message of AWS's first container, which
  is clearer than that of the later ones.
- `early_stopping_rounds` works as AWS documents it, also without an `eval_metric`,
  by the objective's own metric; AWS's container ignores it then.
- A request must have exactly the model's number of columns; AWS's container lets a
  CSV row with one column too few pass, and predicts with the last one missing.
- `Accept: application/jsonlines` gives `{"score": …}` lines for any model; AWS's
  container documents it only together with `SAGEMAKER_INFERENCE_OUTPUT`, which is not
  read here.

Importing this package is cheap; `train` and `serve` import the library.
"""

from cloudlet.algorithms.xgboost.metric_names import METRICS

__all__ = ["METRICS"]
