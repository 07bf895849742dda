"""Submissions that take all that there is."""

from __future__ import annotations

from making import Made

from attacks.attack import ALL, HEADER, Attack

_BOMB = HEADER + "while True:\n    os.fork()"
_ORPHANS = (
    HEADER
    + 'subprocess.Popen(["sleep", "1000"], start_new_session=True)\n'
    + "forever = lambda: [time.sleep(1) for _ in range(1000)]\n"
    + "threading.Thread(target=forever).start()"
)
_FLOOD = HEADER + (
    "for fd in range(3, 30):\n"
    "    try:\n"
    "        while True: os.write(fd, b'x' * 10_000_000)\n"
    "    except OSError: pass"
)
_DISK = HEADER + (
    "try:\n"
    "    with open('/tmp/big', 'wb') as big:\n"
    "        while True: big.write(bytes(1 << 20))\n"
    "except OSError: pass\n"
    "os.remove('/tmp/big')"
)
_MANY = HEADER + (
    "for _ in range(8):\n"
    "    if os.fork() == 0:\n"
    "        mine = bytearray(os.urandom(1 << 20)) * 300\n"
    "        time.sleep(30)\n"
    "        os._exit(0)\n"
    "for _ in range(8): os.wait()"
)
ATTACKS = [
    Attack("a fork bomb", Made(total=_BOMB).content, ("double", "largest"), "any"),
    Attack(
        "500 MB of output",
        Made().add("for _ in range(500): print('x' * 1_000_000)").content,
        ALL,
    ),
    Attack(
        "a flood past Python",
        Made(total=_FLOOD).content,
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
        Made(total=_MANY).content,
        ("double", "largest"),
        "crashed",
        "memory",
    ),
    Attack("fills the disk", Made().add(_DISK).content, ALL),
    Attack(
        "deletes upwards",
        Made().add("!rm -rf {root!r} {root!r}/../.. /tmp /etc 2>/dev/null").content,
        ALL,
    ),
    Attack("leaves threads and children", Made().add(_ORPHANS).content, ALL),
]
