"""System calls of Linux that Python 3.11 has no functions for.

Numbers and structures are those of the kernel's headers; each function raises `OSError`
where the call fails.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2

PDEATHSIG, DUMPABLE, CHILD_SUBREAPER, NO_NEW_PRIVS = 1, 4, 36, 38

_SYS_PIVOT_ROOT, _SYS_MOUNT_SETATTR = 155, 442
_SYS_PIVOT_ROOT_ARM = 41
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_CAPABILITY_VERSION_3 = 0x20080522
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


def unshare(flags: int) -> None:
    """Leave the namespaces that the flags name for new ones."""
    _check(_libc().unshare(flags))


def map_own_user() -> None:
    """In a new user namespace: keep the user's and the group's number."""
    user, group = os.geteuid(), os.getegid()
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def mount(
    source: str | None, target: str, kind: str | None, flags: int, data: str = ""
) -> None:
    """mount(2)."""
    encoded = [text.encode() if text else None for text in (source, kind, data)]
    _check(
        _libc().mount(
            encoded[0], target.encode(), encoded[1], ctypes.c_ulong(flags), encoded[2]
        )
    )


def unmount(target: str) -> None:
    """Take a mount away as soon as nobody uses it."""
    _check(_libc().umount2(target.encode(), MNT_DETACH))


def restrict_mount(target: str, attributes: int, *, recursive: bool) -> None:
    """Add attributes (`MS_RDONLY`, …) to a mount and, if asked, all below (5.12)."""
    fields = struct.pack("QQQQ", attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    _check(
        _libc().syscall(
            ctypes.c_long(_SYS_MOUNT_SETATTR),
            ctypes.c_int(_AT_FDCWD),
            ctypes.c_char_p(target.encode()),
            ctypes.c_uint(flags),
            ctypes.c_char_p(fields),
            ctypes.c_size_t(len(fields)),
        )
    )


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root; the old one is then at `old`, which is below `new`."""
    number = _SYS_PIVOT_ROOT if os.uname().machine == "x86_64" else _SYS_PIVOT_ROOT_ARM
    _check(
        _libc().syscall(
            ctypes.c_long(number),
            ctypes.c_char_p(new.encode()),
            ctypes.c_char_p(old.encode()),
        )
    )


def prctl(option: int, value: int) -> None:
    """prctl(2) with one argument."""
    zero = ctypes.c_ulong(0)
    _check(_libc().prctl(option, ctypes.c_ulong(value), zero, zero, zero))


def drop_capabilities() -> None:
    """Give up all capabilities, and all ways to gain some by a program's file."""
    prctl(NO_NEW_PRIVS, 1)
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc().capset(header, bytes(24)))


def loopback_up() -> None:
    """Switch on `lo` in a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
        (flags,) = struct.unpack("16xH14x", answer)
        request = struct.pack("16sH14x", b"lo", flags | _IFF_UP)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
