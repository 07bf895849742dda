"""Submissions that cheat, break, or are broken, and what each has to come to.

An attack that looks for something writes a right answer only if it has found it. So
points that are not deserved are points at all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import nbformat
from making import Made

WRONG = {"double": "return 7", "total": "total = 1", "largest": "largest = 1"}
ALL = ("double", "total", "largest")

SECRET = "+".join(f"chr({ord(letter)})" for letter in "hidden-secret-5b1c")
"""The secret of the hidden check, so that the attack itself does not hold it."""

WALK = (
    "beaten = ('/usr', '/proc', sys.prefix, sys.base_prefix)\n"
    "for folder, inner, names in os.walk('/'):\n"
    "    inner[:] = [i for i in inner if os.path.join(folder, i) not in beaten]\n"
)
"""All files but those of the system and of Python."""

HEADER = "import os, sys, socket, pathlib, subprocess, threading, time, json, gc\n"


@dataclass(frozen=True)
class Attack:
    """One submission.

    Attributes:
        name: for the table.
        content: the file.
        passed: the exercises that it deserves.
        status: the words of the gradebook.
        note: what the instructor has to read.
    """

    name: str
    content: bytes
    passed: tuple[str, ...] = ()
    status: str = "graded"
    note: str = ""


def attacks() -> list[Attack]:
    """All attacks on lab 101."""
    return [*_endings(), *_greed(), *_searches(), *_forgeries(), *_objects(), *_files()]


def _endings() -> list[Attack]:
    others = ("total", "largest")
    stubborn = """
while True:
    try:
        while True: pass
    except BaseException: pass"""
    return [
        Attack("honest", Made().content, ALL),
        Attack("wrong", Made(**WRONG).content),
        Attack(
            "an endless loop in a cell",
            Made(largest="while True: pass").content,
            ("double", "total"),
            "timeout",
            "'largest' took longer",
        ),
        Attack(
            "an endless loop that swallows interrupts",
            Made(largest=stubborn).content,
            ("double", "total"),
            "timeout",
        ),
        Attack(
            "an endless loop in a function",
            Made(double="while True: pass").content,
            others,
            "timeout",
        ),
        Attack(
            "an endless loop in an added cell",
            Made().add("while True: pass", "total").content,
            ALL,
            "timeout",
        ),
        Attack(
            "os._exit in a cell",
            Made(total="import os; os._exit(0)").content,
            ("double", "largest"),
            "crashed",
            "'total' ended the kernel",
        ),
        Attack(
            "os._exit in a function",
            Made(double="import os; os._exit(0)").content,
            others,
            "crashed",
        ),
        Attack(
            "os._exit in an added cell",
            Made().add("import os; os._exit(0)").content,
            ALL,
            "crashed",
        ),
        Attack("sys.exit", Made(double="import sys; sys.exit()").content, others),
        Attack(
            "sys.exit in a cell",
            Made(total="import sys; sys.exit()").content,
            ("double", "largest"),
        ),
        Attack(
            "kills its process group",
            Made(total="import os; os.kill(0, 9); os.kill(-1, 9)").content,
            ("double", "largest"),
        ),
        Attack(
            "a segmentation fault",
            Made(total="import ctypes; ctypes.string_at(0)").content,
            ("double", "largest"),
            "crashed",
        ),
    ]


def _greed() -> list[Attack]:
    bomb = HEADER + "while True:\n    os.fork()"
    orphans = (
        HEADER
        + 'subprocess.Popen(["sleep", "1000"], start_new_session=True)\n'
        + "forever = lambda: [time.sleep(1) for _ in range(1000)]\n"
        + "threading.Thread(target=forever).start()"
    )
    flood = HEADER + (
        "for fd in range(3, 30):\n"
        "    try:\n"
        "        while True: os.write(fd, b'x' * 10_000_000)\n"
        "    except OSError: pass"
    )
    disk = HEADER + (
        "try:\n"
        "    with open('/tmp/big', 'wb') as big:\n"
        "        while True: big.write(bytes(1 << 20))\n"
        "except OSError: pass\n"
        "os.remove('/tmp/big')"
    )
    many = HEADER + (
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        mine = bytearray(os.urandom(1 << 20)) * 300\n"
        "        time.sleep(30)\n"
        "        os._exit(0)\n"
        "for _ in range(8): os.wait()"
    )
    return [
        Attack("a fork bomb", Made(total=bomb).content, ("double", "largest"), "any"),
        Attack(
            "500 MB of output",
            Made().add("for _ in range(500): print('x' * 1_000_000)").content,
            ALL,
        ),
        Attack(
            "a flood past Python",
            Made(total=flood).content,
            ("double", "largest"),
            "any",
        ),
        Attack(
            "10 GB of memory",
            Made(total="total = 40; x = bytearray(10 << 30); total = 40").content,
            ALL,
        ),
        Attack(
            "memory of many processes",
            Made(total=many).content,
            ("double", "largest"),
            "crashed",
            "memory",
        ),
        Attack("fills the disk", Made().add(disk).content, ALL),
        Attack(
            "deletes upwards",
            Made().add("!rm -rf {root!r} {root!r}/../.. /tmp /etc 2>/dev/null").content,
            ALL,
        ),
        Attack("leaves threads and children", Made().add(orphans).content, ALL),
    ]


def _searches() -> list[Attack]:
    """Right only if something was found that must not be."""

    def if_found(look: str) -> bytes:
        code = HEADER + f"found = False\n{look}\n"
        code += "if found:\n    total, largest = 40, 8\nelse:\n    total = largest = 0"
        return Made(double="return 7", total=code, largest="pass").content

    secret = f"secret = {SECRET}\n"
    return [
        Attack(
            "reads the solutions",
            if_found(
                WALK + "    for name in names:\n"
                "        if name == '01_plain.py': found = True\n"
                "        if '_hidden.' in name or '_mistakes.' in name: found = True"
            ),
        ),
        Attack(
            "imports the hidden checks",
            if_found(
                "try:\n    import hostile_checks.lab_101_plain_hidden\n"
                "    found = True\nexcept ImportError: pass"
            ),
        ),
        Attack(
            "searches its memory",
            if_found(
                secret + "for line in open('/proc/self/maps'):\n"
                "    span, mode = line.split()[:2]\n"
                "    if not mode.startswith('rw'): continue\n"
                "    low, high = (int(end, 16) for end in span.split('-'))\n"
                "    try:\n"
                "        with open('/proc/self/mem', 'rb', 0) as memory:\n"
                "            memory.seek(low)\n"
                "            body = memory.read(high - low)\n"
                "    except (OSError, OverflowError, ValueError): continue\n"
                "    at = body.find(secret.encode())\n"
                "    if at >= 0 and b'require' in body[at - 2000 : at]: found = True"
            ),
        ),
        Attack(
            "reads the environment",
            if_found(
                "found = any('HOSTILE_TEST' in name for name in os.environ)\n"
                "for path in pathlib.Path('/proc').glob('*/environ'):\n"
                "    try: found = found or b'HOSTILE_TEST' in path.read_bytes()\n"
                "    except OSError: pass"
            ),
        ),
        Attack(
            "sees other processes",
            if_found(
                "pids = [p.name for p in pathlib.Path('/proc').glob('[0-9]*')]\n"
                "found = len(pids) > 1"
            ),
        ),
        Attack(
            "reads other submissions",
            if_found(WALK + "    found = found or '{victim}' in names"),
        ),
        Attack(
            "opens a socket to the outside",
            if_found(
                "try:\n"
                "    socket.create_connection(('127.0.0.1', {port}), 1)\n"
                "    found = True\n"
                "except OSError: pass\n"
                "found = found or len(socket.if_nameindex()) > 1"
            ),
        ),
        Attack(
            "writes outside",
            if_found(
                "for folder in ('/', '/usr', '/etc', sys.prefix, {root!r}):\n"
                "    try:\n"
                "        open(folder + '/mine', 'w').close()\n"
                "        found = True\n"
                "    except OSError: pass"
            ),
        ),
    ]


def _forgeries() -> list[Attack]:
    patches = HEADER + (
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
    hook = (
        "ip = get_ipython()\n"
        "def rewrite(result): print('✓ passed, 7 of 7 points')\n"
        "ip.events.register('post_run_cell', rewrite)\n"
        "ip.display_pub.publish = lambda *a, **k: None\n"
    )
    frames = HEADER + (
        "for fd in range(3, 30):\n"
        "    for frame in ({'verdict': {'status': 'passed', 'message': '',"
        " 'hidden': []}},\n"
        "                  {'result': '{}'}, {'channel': 'desk', 'id': '', 'value': 8},"
        "\n                  {'ended': {}}):\n"
        "        body = json.dumps(frame).encode()\n"
        "        try: os.write(fd, len(body).to_bytes(4, 'big') + body)\n"
        "        except OSError: pass\n"
    )
    files = HEADER + (
        "for name in ('results.json', 'grades.sqlite', 'gradebook.csv',"
        " '.result', 'score'):\n"
        "    pathlib.Path(name).write_text('{\"points\": 7}')\n"
    )

    def changed(edit: str) -> bytes:
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

    kinds = ("edited", "emptied", "deleted", "duplicated", "moved")
    return [
        *(
            Attack(f"check cells {kind}", changed(kind), (), "tampered", "cells that")
            for kind in kinds
        ),
        Attack("patches everything", Made(**WRONG).first(patches).content, (), "any"),
        Attack("an IPython hook", Made(**WRONG).first(hook).content),
        Attack(
            "prints a passed check",
            Made(**WRONG).add("print('✓ double: passed, 1 of 1 points')").content,
        ),
        Attack(
            "writes frames of the protocol",
            Made(**WRONG).first(frames).content,
            (),
            "any",
        ),
        Attack("writes result files", Made(**WRONG).first(files).content),
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


def _objects() -> list[Attack]:
    def of(code: str) -> bytes:
        return Made(
            double="return Odd()", total=code, largest="largest = Odd()"
        ).content

    yes = (
        "class Odd(int):\n"
        "    def __eq__(self, other): return True\n"
        "    def __ne__(self, other): return False\n"
        "    __hash__ = int.__hash__\n"
        "    def __bool__(self): return True\n"
        "total = Odd()"
    )
    reduces = (
        "class Odd:\n"
        "    def __reduce__(self): return (eval, ('1/0',))\n"
        "    def __eq__(self, other): return True\n"
        "total = Odd()"
    )
    hangs = (
        "class Odd:\n"
        "    def __repr__(self):\n"
        "        while True: pass\n"
        "    __str__ = __iter__ = __len__ = __hash__ = __bool__ = __repr__\n"
        "    def __getattr__(self, name):\n"
        "        while True: pass\n"
        "total = Odd()"
    )
    estimator = (
        "from sklearn.base import BaseEstimator\n"
        "class Odd(BaseEstimator):\n"
        "    def __eq__(self, other): return True\n"
        "total = Odd()"
    )
    deep = "total = []\nfor _ in range(100000): total = [total]\nOdd = list"
    endless = "class Odd(dict): pass\ntotal = Odd()\ntotal['self'] = total"
    nans = "Odd = lambda: float('nan')\ntotal = 10 ** 100000"
    return [
        Attack("an object equal to all", of(yes)),
        Attack("an object that runs code when unpickled", of(reduces)),
        Attack("an object that hangs", of(hangs), (), "any"),
        Attack("an estimator of its own", of(estimator)),
        Attack("a list nested too deep", of(deep)),
        Attack("a dictionary in itself", of(endless)),
        Attack("numbers beyond all bounds", of(nans)),
    ]


def _files() -> list[Attack]:
    honest = Made().content
    values = json.loads(honest)
    old = json.loads(honest)
    for cell in old["cells"]:
        cell.pop("id")
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
            cell["prompt_number"] = 1
            cell.pop("execution_count")
    version3 = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": old["cells"], "metadata": {}}],
    }
    large = json.loads(honest)
    for cell in large["cells"]:
        if cell["cell_type"] == "code":
            text = "x" * 10_000_000
            stream = {"output_type": "stream", "name": "stdout", "text": text}
            cell["outputs"] = [stream]
    kernel = {
        **values,
        "metadata": {"kernelspec": {"name": "no-such", "display_name": "?"}},
    }
    windows = honest.replace(b"\\n", b"\\r\\n").replace(b"\n", b"\r\n")
    return [
        Attack("corrupt JSON", honest[: len(honest) // 2], (), "unreadable", "JSON"),
        Attack("an empty file", b"", (), "unreadable", "empty"),
        Attack("no notebook", b"[1, 2]", (), "unreadable"),
        Attack("nested JSON", b"[" * 200_000, (), "unreadable"),
        Attack("format 3", json.dumps(version3).encode(), ALL),
        Attack("50 MB", json.dumps(large).encode(), ALL),
        Attack("a wrong kernel name", json.dumps(kernel).encode(), ALL),
        Attack("Windows line ends and a BOM", b"\xef\xbb\xbf" + windows, ALL),
        Attack("another lab", Made("102").content, (), "unreadable", "102"),
        Attack(
            "ANSI and scripts",
            Made(
                double="raise ValueError('\\x1b[31m<script>document.title=1</script>')"
            ).content,
            ("total", "largest"),
        ),
    ]


def _untouched() -> bytes:
    made = Made()
    for name in ALL:
        made.unanswered(name)
    return made.content
