"""Archives: hostile ones lead nowhere, good ones come out as they went in."""

from __future__ import annotations

import gzip
import io
import os
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudlet.runner import archive
from cloudlet.runner.archive import UnsafeArchiveError, pack, unpack

Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def tar(*members: Member, mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as made:  # type: ignore[call-overload]
        for info, body in members:
            info.size = len(body)
            made.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """The folder to unpack into; what lies beside it must stay as it is."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("untouched")
    return tmp_path / "inside"


def outside(inside: Path) -> dict[str, bytes]:
    folder = inside.parent
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and inside not in path.parents
    }


ESCAPES: dict[str, Callable[[Path], list[Member]]] = {
    "a parent": lambda _: [(member("../outside/secret"), b"x")],
    "a parent deep inside": lambda _: [(member("a/../../outside/secret"), b"x")],
    "an absolute path": lambda where: [
        (member(str(where / "outside" / "secret").lstrip("/")), b"x"),
        (member(f"/{where}/outside/secret"), b"x"),
    ],
    "a file through a symlink": lambda _: [
        (member("door", tarfile.SYMTYPE, "../outside"), b""),
        (member("door/secret"), b"x"),
    ],
    "a symlink to an absolute path": lambda where: [
        (member("door", tarfile.SYMTYPE, str(where / "outside")), b""),
        (member("door/secret"), b"x"),
    ],
    "a symlink through a symlink": lambda _: [
        (member("a", tarfile.SYMTYPE, "."), b""),
        (member("b", tarfile.SYMTYPE, "a/../.."), b""),
        (member("b/outside/secret"), b"x"),
    ],
    "a hardlink": lambda _: [
        (member("mine", tarfile.LNKTYPE, "../outside/secret"), b""),
        (member("mine"), b"x"),
    ],
    "a hardlink through a symlink": lambda _: [
        (member("door", tarfile.SYMTYPE, "../outside"), b""),
        (member("mine", tarfile.LNKTYPE, "door/secret"), b""),
        (member("mine"), b"x"),
    ],
}


@pytest.mark.parametrize("way", ESCAPES)
def test_nothing_leaves_the_folder(inside: Path, way: str) -> None:
    body = tar(*ESCAPES[way](inside.parent))
    before = outside(inside)
    try:
        unpack(body, inside)
    except UnsafeArchiveError:
        pass
    else:  # an absolute path is taken as one below the folder
        assert way == "an absolute path"
    assert outside(inside) == before == {"outside/secret": b"untouched"}
    shown = [path for path in inside.rglob("*") if path.is_file()]
    assert all(path.read_bytes() != b"untouched" for path in shown)


@pytest.mark.parametrize(
    "kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE], ids=str
)
def test_devices_and_pipes_are_refused(inside: Path, kind: bytes) -> None:
    device = member("device", kind)
    device.devmajor, device.devminor = 1, 3
    with pytest.raises(UnsafeArchiveError):
        unpack(tar((device, b"")), inside)
    assert not (inside / "device").exists()


def test_a_bomb_is_not_unpacked(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 100_000)
    bodies = [(member(f"{number}.bin"), bytes(40_000)) for number in range(9)]
    body = tar(*bodies)
    assert len(body) < 3_000
    with pytest.raises(UnsafeArchiveError, match="unpacks to more than"):
        unpack(body, inside)
    assert sum(path.stat().st_size for path in inside.rglob("*")) <= 100_000


def test_a_bomb_of_one_member_is_not_begun(
    inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 100_000)
    with pytest.raises(UnsafeArchiveError):
        unpack(tar((member("big.bin"), bytes(100_001))), inside)
    assert list(inside.iterdir()) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"not a tar at all", bytes(10), gzip.compress(b"not a tar"), b"\x1f\x8b\x08"],
    ids=["empty", "text", "zeros", "gzipped text", "gzip magic"],
)
def test_what_is_no_archive_is_said_to_be_none(inside: Path, body: bytes) -> None:
    with pytest.raises(UnsafeArchiveError):
        unpack(body, inside)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_damage_of_any_kind_is_an_unsafe_archive(tmp_path: Path, mode: str) -> None:
    noise = random.Random(7)
    content = b"1,2,3\n" * 500 + noise.randbytes(60_000)
    whole = tar((member("a/b.bin"), content), (member("c.bin"), b"x"), mode=mode)
    refused = 0
    for number in range(100):
        damaged = bytearray(whole)
        if number % 2:
            del damaged[noise.randrange(1, len(damaged)) :]
        else:
            damaged[noise.randrange(len(damaged))] ^= 1 << noise.randrange(8)
        try:
            unpack(bytes(damaged), tmp_path / str(number))
        except UnsafeArchiveError:
            refused += 1
    assert refused >= 40


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2"])
def test_plain_and_compressed_tars_are_read(inside: Path, mode: str) -> None:
    unpack(tar((member("code/train.py"), b"print(1)"), mode=mode), inside)
    assert (inside / "code" / "train.py").read_bytes() == b"print(1)"


def test_a_folder_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "xgboost-model").write_bytes(bytes(range(256)))
    (folder / "deep" / "er" / "ünïcode").write_text("ä")
    unpack(pack(folder), tmp_path / "back")
    names = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    back = tmp_path / "back"
    assert names == sorted(p.relative_to(back) for p in back.rglob("*") if p.is_file())
    assert all((folder / n).read_bytes() == (back / n).read_bytes() for n in names)


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    for number, names in enumerate([("a", "b"), ("b", "a")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in names:
            (folder / name).write_text(name)
    os.utime(tmp_path / "1" / "a", (1, 1))
    assert pack(tmp_path / "0") == pack(tmp_path / "1")


def test_links_are_not_packed(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(folder)
    (folder / "real").write_text("real")
    with tarfile.open(fileobj=io.BytesIO(pack(folder))) as packed:
        assert packed.getnames() == ["real"]


def test_a_wrong_checksum_is_damage(inside: Path) -> None:
    body = bytearray(tar((member("model"), os.urandom(50_000))))
    body[-8] ^= 1  # gzip's checksum stands behind all that a reader of tars looks at
    with pytest.raises(UnsafeArchiveError, match="CRC"):
        unpack(bytes(body), inside)
