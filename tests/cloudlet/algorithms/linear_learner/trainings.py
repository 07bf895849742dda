"""What is trained on, and how exactly."""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

BINARY = {"predictor_type": "binary_classifier"}
MANY = {"predictor_type": "multiclass_classifier", "num_classes": "10"}
REGRESSOR = {"predictor_type": "regressor"}
ONE = {"num_models": "1", "wd": "0", "l1": "0"}
#: All rows in each batch and many steps: what is found is the minimum itself.
EXACT = ONE | {"mini_batch_size": "442", "learning_rate": "0.05"}
EXACT |= {"epochs": "600", "early_stopping_patience": "999"}
CANCER = load_breast_cancer(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
DIGITS = load_digits(return_X_y=True)


def scaled_weights(found, features):
    """The weights as they were trained, for scaled features, one column."""
    return found.weights[:, 0] * features.astype(np.float32).std(0)
