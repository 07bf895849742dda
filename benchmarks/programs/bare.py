"""The other side: the same trainings by xgboost alone, in one warm process.

Reads `[rows, rounds]` pairs from its arguments and prints a list of seconds for each.
The data are read from CSV and each round is evaluated and printed, as in the job.
"""

import json
import sys
import time

import pandas as pd
import xgboost

rounds, *pairs = sys.argv[1:]
parameters = {"objective": "binary:logistic"}
found = []
for pair in pairs:
    path, boosting_rounds, times = *pair.rsplit(":", 1), []
    for _ in range(int(rounds) + 1):
        began = time.perf_counter()
        data = pd.read_csv(path, header=None)
        matrix = xgboost.DMatrix(data.iloc[:, 1:], data.iloc[:, 0])
        xgboost.train(
            parameters, matrix, int(boosting_rounds), evals=[(matrix, "train")]
        )
        times.append(time.perf_counter() - began)
    found.append(times[1:])
print("RESULT " + json.dumps(found))
