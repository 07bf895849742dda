"""The other side: four algorithms by their libraries alone, in one warm process.

The CSV is read as the jobs read it, and the settings are those of the jobs. `serve`
answers rows of CSV over HTTP by the library, with nothing else around it.
"""

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost
from common import obey
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cloudlet.algorithms import csv_data

models = {}


def read(path):
    """The label, and the features, shape (rows, 30): float32, by the jobs' reader."""
    label, features = csv_data.read([Path(path)], "The library", 1)
    return label[:, 0], features


def boost(label, features):
    matrix = xgboost.DMatrix(features, label)
    parameters = {"objective": "binary:logistic"}
    return xgboost.train(parameters, matrix, 50, evals=[(matrix, "train")])


def descend(label, features):
    model = SGDClassifier("log_loss", max_iter=15, tol=None, average=True)
    return make_pipeline(StandardScaler(), model).fit(features, label)


def cluster(label, features):
    return KMeans(10, n_init=1, tol=1e-3, random_state=0).fit(features)


def decompose(label, features):
    return PCA(5).fit(features)


FITS = {
    "xgboost": boost,
    "linear-learner": descend,
    "kmeans": cluster,
    "pca": decompose,
}


def train(name, path):
    models[name] = FITS[name](*read(path))


def boosted(model, rows):
    scores = model.predict(xgboost.DMatrix(rows))
    return "\n".join(map(str, scores.tolist()))


def descended(model, rows):
    scores = model.predict_proba(rows)[:, 1].tolist()
    told = [{"score": score, "predicted_label": float(score > 0.5)} for score in scores]
    return json.dumps({"predictions": told})


def clustered(model, rows):
    distances = model.transform(rows)
    closest = distances.argmin(1).tolist()
    told = [
        {"distance_to_cluster": row[number], "closest_cluster": float(number)}
        for row, number in zip(distances.tolist(), closest, strict=True)
    ]
    return json.dumps({"predictions": told})


def decomposed(model, rows):
    told = [{"projection": row} for row in model.transform(rows).tolist()]
    return json.dumps({"projections": told})


ANSWERS = {
    "xgboost": boosted,
    "linear-learner": descended,
    "kmeans": clustered,
    "pca": decomposed,
}


def serve(name):
    """Answer by the model that was trained last; gives the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            rows = pd.read_csv(io.BytesIO(body), header=None, dtype=np.float32)
            answer = ANSWERS[name](models[name], rows.to_numpy()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


obey(train=train, serve=serve)
