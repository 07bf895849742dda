"""The other side: the same trainings by xgboost alone, in one warm process.

The data are read from CSV and each round is evaluated and printed, as in the job.
"""

import pandas as pd
import xgboost
from common import obey


def train(path, rounds):
    data = pd.read_csv(path, header=None)
    matrix = xgboost.DMatrix(data.iloc[:, 1:], data.iloc[:, 0])
    parameters = {"objective": "binary:logistic"}
    xgboost.train(parameters, matrix, int(rounds), evals=[(matrix, "train")])


obey(train=train)
