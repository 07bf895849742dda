"""Submissions that forge checks, verdicts and results."""

from __future__ import annotations

import nbformat
from making import Made

from attacks.attack import ALL, HEADER, WRONG, Attack


def _untouched() -> bytes:
    made = Made()
    for name in ALL:
        made.unanswered(name)
    return made.content


_PATCHES = HEADER + (
    "import builtins, numpy.testing, mlslab.checks, mlslab.show\n"
    "class lab:\n"
    "    check = staticmethod(lambda name: print('✓ passed'))\n"
    "mlslab.checks.require = lambda condition, message: None\n"
    "mlslab.checks.judge = lambda *a: None\n"
    "numpy.testing.assert_allclose = lambda *a, **k: None\n"
    "builtins.AssertionError = type('Nothing', (Exception,), {})\n"
    "builtins.sum = lambda *a: 40\n"
    "builtins.abs = builtins.max = lambda *a: 0\n"
)
_HOOK = (
    "ip = get_ipython()\n"
    "def rewrite(result): print('✓ passed, 7 of 7 points')\n"
    "ip.events.register('post_run_cell', rewrite)\n"
    "ip.display_pub.publish = lambda *a, **k: None\n"
)
_FRAMES = HEADER + (
    "for fd in range(3, 30):\n"
    "    for frame in ({'verdict': {'status': 'passed', 'message': '',"
    " 'hidden': []}},\n"
    "                  {'result': '{}'}, {'channel': 'desk', 'id': '', 'value': 8},"
    "\n                  {'ended': {}}):\n"
    "        body = json.dumps(frame).encode()\n"
    "        try: os.write(fd, len(body).to_bytes(4, 'big') + body)\n"
    "        except OSError: pass\n"
)
_FILES = HEADER + (
    "for name in ('results.json', 'grades.sqlite', 'gradebook.csv',"
    " '.result', 'score'):\n"
    "    pathlib.Path(name).write_text('{\"points\": 7}')\n"
)


def _changed(edit: str) -> bytes:
    made = Made(**WRONG)
    for name in ALL:
        place = made.check(name)
        cell = made.notebook.cells[place]
        if edit == "edited":
            cell.source = "print('✓ passed')"
        elif edit == "emptied":
            cell.source = ""
        elif edit == "deleted":
            del made.notebook.cells[place]
        elif edit == "duplicated":
            twin = nbformat.from_dict({**cell, "source": "print('✓')"})
            made.notebook.cells.insert(place, twin)
        elif edit == "moved":
            made.notebook.cells.insert(1, made.notebook.cells.pop(place))
    return made.content


_KINDS = ("edited", "emptied", "deleted", "duplicated", "moved")
ATTACKS = [
    *(
        Attack(f"check cells {kind}", _changed(kind), (), "tampered", "cells that")
        for kind in _KINDS
    ),
    Attack("patches everything", Made(**WRONG).first(_PATCHES).content, (), "any"),
    Attack("an IPython hook", Made(**WRONG).first(_HOOK).content),
    Attack(
        "prints a passed check",
        Made(**WRONG).add("print('✓ double: passed, 1 of 1 points')").content,
    ),
    Attack(
        "writes frames of the protocol",
        Made(**WRONG).first(_FRAMES).content,
        (),
        "any",
    ),
    Attack("writes result files", Made(**WRONG).first(_FILES).content),
    Attack(
        "fitted to the visible check",
        Made(double="return {3: 6, -1: -2, 0: 0}.get(number, 7)").content,
        ("total", "largest"),
    ),
    Attack(
        "one mistake is punished once",
        Made(double="return number + 1").content,
        ("total", "largest"),
    ),
    Attack("nothing written", _untouched(), (), "nothing attempted"),
]
