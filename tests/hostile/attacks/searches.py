"""Submissions that are right only if they found what must not be found."""

from __future__ import annotations

from making import Made

from attacks.attack import HEADER, Attack

SECRET = "+".join(f"chr({ord(letter)})" for letter in "hidden-secret-5b1c")
"""The secret of the hidden check, so that the attack itself does not hold it."""

WALK = (
    "beaten = ('/usr', '/proc', sys.prefix, sys.base_prefix)\n"
    "for folder, inner, names in os.walk('/'):\n"
    "    inner[:] = [i for i in inner if os.path.join(folder, i) not in beaten]\n"
)
"""All files but those of the system and of Python."""


def _if_found(look: str) -> bytes:
    code = HEADER + f"found = False\n{look}\n"
    code += "if found:\n    total, largest = 40, 8\nelse:\n    total = largest = 0"
    return Made(double="return 7", total=code, largest="pass").content


_SECRET = f"secret = {SECRET}\n"
ATTACKS = [
    Attack(
        "reads the solutions",
        _if_found(
            WALK + "    for name in names:\n"
            "        if name == '01_plain.py': found = True\n"
            "        if '_hidden.' in name or '_mistakes.' in name: found = True"
        ),
    ),
    Attack(
        "imports the hidden checks",
        _if_found(
            "try:\n    import hostile_checks.lab_101_plain_hidden\n"
            "    found = True\nexcept ImportError: pass"
        ),
    ),
    Attack(
        "searches its memory",
        _if_found(
            _SECRET + "for line in open('/proc/self/maps'):\n"
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
        _if_found(
            "found = any('HOSTILE_TEST' in name for name in os.environ)\n"
            "for path in pathlib.Path('/proc').glob('*/environ'):\n"
            "    try: found = found or b'HOSTILE_TEST' in path.read_bytes()\n"
            "    except OSError: pass"
        ),
    ),
    Attack(
        "sees other processes",
        _if_found(
            "pids = [p.name for p in pathlib.Path('/proc').glob('[0-9]*')]\n"
            "found = len(pids) > 1"
        ),
    ),
    Attack(
        "reads other submissions",
        _if_found(WALK + "    found = found or '{victim}' in names"),
    ),
    Attack(
        "opens a socket to the outside",
        _if_found(
            "try:\n"
            "    socket.create_connection(('127.0.0.1', {port}), 1)\n"
            "    found = True\n"
            "except OSError: pass\n"
            "found = found or len(socket.if_nameindex()) > 1"
        ),
    ),
    Attack(
        "writes outside",
        _if_found(
            "for folder in ('/', '/usr', '/etc', sys.prefix, {root!r}):\n"
            "    try:\n"
            "        open(folder + '/mine', 'w').close()\n"
            "        found = True\n"
            "    except OSError: pass"
        ),
    ),
]
