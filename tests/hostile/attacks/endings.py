"""Submissions that do not come to their end, and honest ones."""

from __future__ import annotations

from making import Made

from attacks.attack import ALL, WRONG, Attack

_OTHERS = ("total", "largest")
_STUBBORN = """
while True:
    try:
        while True: pass
    except BaseException: pass"""
ATTACKS = [
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
        Made(largest=_STUBBORN).content,
        ("double", "total"),
        "timeout",
    ),
    Attack(
        "an endless loop in a function",
        Made(double="while True: pass").content,
        _OTHERS,
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
        _OTHERS,
        "crashed",
    ),
    Attack(
        "os._exit in an added cell",
        Made().add("import os; os._exit(0)").content,
        ALL,
        "crashed",
    ),
    Attack("sys.exit", Made(double="import sys; sys.exit()").content, _OTHERS),
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
