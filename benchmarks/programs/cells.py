"""The other side of what grading costs: the cells alone, in a process that is warm.

The arguments are a file with the cells and how often they are run. Everything is
imported, and was used once, before the first time that counts.
"""

import contextlib
import io
import json
import statistics
import sys
import time
from pathlib import Path


def run(cells):
    names = {"__name__": "__main__"}
    for code in cells:
        exec(code, names)


cells = json.loads(Path(sys.argv[1]).read_text())
seconds = []
with contextlib.redirect_stdout(io.StringIO()):
    run(cells)
    for _ in range(int(sys.argv[2])):
        began = time.perf_counter()
        run(cells)
        seconds.append(time.perf_counter() - began)
print(statistics.median(seconds))
