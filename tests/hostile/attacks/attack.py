"""What an attack is, and what many of them are made of."""

from __future__ import annotations

from dataclasses import dataclass

WRONG = {"double": "return 7", "total": "total = 1", "largest": "largest = 1"}
ALL = ("double", "total", "largest")
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
