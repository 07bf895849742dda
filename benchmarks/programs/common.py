"""What both SDKs' programs share."""

import json
import time


def timed(work, *arguments):
    """Seconds that `work(*arguments)` takes."""
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


def report(**found):
    """The line that the benchmark reads."""
    print("RESULT " + json.dumps(found))
