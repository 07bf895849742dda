"""Attacks on the cloud of a submission, its own and others'."""

from __future__ import annotations

import pytest
from making import Made, course

from mlslab.grading import sandbox
from mlslab.grading.batch import grade_all, grader
from mlslab.grading.results import Result, Submission
from mlslab.grading.rules import Limits

pytestmark = [
    pytest.mark.namespaces,
    pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-"),
]

LIMITS = Limits(cell_seconds=15, exercise_seconds=20, submission_seconds=120)

VERB = """
import json, os, socket, subprocess, threading, time, urllib.request
def verb(name):
    request = urllib.request.Request(
        os.environ["CLOUDLET_URL"] + "/_cloudlet/" + name, data=b"{}",
        headers={"X-Cloudlet": "1", "Content-Type": "application/json"})
    try: return urllib.request.urlopen(request, timeout=5).read()
    except OSError as error: return error
"""
FAKE = (
    VERB
    + """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
verb("shutdown")
port = int(os.environ["CLOUDLET_URL"].rsplit(":", 1)[1])
class Fake(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"hello")
    do_POST = do_PUT = do_HEAD = do_GET
def bind():
    for _ in range(2000):
        try: return ThreadingHTTPServer(("127.0.0.1", port), Fake).serve_forever()
        except OSError: time.sleep(0.005)
threading.Thread(target=bind, daemon=True).start()
key, count = "note.txt", 1
"""
)
KILL_FROM_JOB = """
for pid in [p for p in os.listdir("/proc") if p.isdigit()]:
    try: os.kill(int(pid), 9)
    except OSError: pass
"""


def scan(found: str) -> str:
    return (
        VERB
        + f"""
mine = int(os.environ["CLOUDLET_URL"].rsplit(":", 1)[1])
ports = []
for port in range(1024, 65536):
    with socket.socket() as probe:
        if port == mine or probe.connect_ex(("127.0.0.1", port)) != 0:
            continue
        if probe.getsockname() != probe.getpeername():  # it may have met itself
            ports.append(port)
if ports:
    {found}
"""
    )


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    wrong = {"store": "key = 'none'", "count": "count = -1"}
    made = {
        "honest": Made("102"),
        "stops its cloud": Made("102").add(VERB + "verb('shutdown')", "count"),
        "resets its cloud": Made("102").add(VERB + "verb('reset')", "count"),
        "plays the cloud itself": Made("102", store=FAKE, count="count = 7"),
        "finds another cloud": Made("102", **wrong).add(
            scan('s3.put_object(Bucket=bucket, Key="none", Body=b"hello")'), "store"
        ),
        "drowns its cloud": Made("102", count="count = -1").add(
            "body = bytes(8 << 20)\n"
            "for number in range(100_000):\n"
            "    s3.put_object(Bucket=bucket, Key=str(number), Body=body)",
            "count",
        ),
        "honest again": Made("102"),
    }
    submissions = [
        Submission(name, f"{number}.ipynb", one.content)
        for number, (name, one) in enumerate(made.items())
    ]
    with grader(course(), course().lab("102"), LIMITS, walls=True) as one:
        return {r.learner: r for r in grade_all(one, submissions, jobs=2)}


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("honest", 3),
        ("honest again", 3),
        ("stops its cloud", 3),  # it may not
        ("resets its cloud", 1),  # its own loss: the bucket is gone
        ("plays the cloud itself", 0),
        ("finds another cloud", 0),
        ("drowns its cloud", 1),
    ],
)
def test_points(name: str, points: int, results: dict[str, Result]) -> None:
    result = results[name]
    told = [(e.exercise, e.status.value, e.message) for e in result.exercises]
    assert result.points == points, (told, result.note)
