"""Frames on a stream socket: what is sent arrives, and all else is `Broken`."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlslab.grading.frames import LARGEST, Broken, Channel, pack, read_frame, unpack

FRAMES: list[Any] = [
    {"ask": "value"},
    [1, None, True],
    "tüt\n\x00",
    0,
    {},
    float("inf"),
]
BAD = {
    "nothing": b"",
    "no JSON": b"{'a': 1}",
    "half": b'{"a": ',
    "no text": b"\xff\xfe\xfa",
    "too deep": b"[" * 200_000,
    "digits": b"9" * 5000,
}


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a stream."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Pair = tuple[socket.socket, socket.socket]


def framed(body: bytes) -> bytes:
    """A body with its length before it."""
    return struct.pack("!I", len(body)) + body


def read(data: bytes, **options: int) -> Any:
    """What `read_frame` makes of a stream with these bytes, and its end."""

    async def reading() -> Any:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return await read_frame(reader, **options)

    return asyncio.run(reading())


def test_frames_arrive_in_order_and_both_ways(pair: Pair) -> None:
    one, other = map(Channel, pair)
    for frame in FRAMES:
        one.send(frame)
    assert [other.receive() for _ in FRAMES] == FRAMES
    other.send("back")
    assert one.receive() == "back"


def test_a_channel_can_be_waited_for(pair: Pair) -> None:
    assert Channel(pair[0]).fileno() == pair[0].fileno()


def test_what_json_has_no_word_for_goes_as_text(pair: Pair) -> None:
    one, other = map(Channel, pair)
    one.send({"path": Path("a/b")})
    assert other.receive() == {"path": str(Path("a/b"))}


def test_a_frame_larger_than_the_buffers_arrives_whole(pair: Pair) -> None:
    one, other = map(Channel, pair)
    text = "x" * 5_000_000
    sender = threading.Thread(target=one.send, args=(text,))
    sender.start()
    assert other.receive() == text
    sender.join()


def test_frames_of_several_threads_do_not_mix(pair: Pair) -> None:
    one, other = map(Channel, pair)
    texts = [letter * 300_000 for letter in "abcd"]
    senders = [threading.Thread(target=one.send, args=(text,)) for text in texts]
    for sender in senders:
        sender.start()
    assert sorted(other.receive() for _ in senders) == texts
    for sender in senders:
        sender.join()


@pytest.mark.parametrize("left", [b"", b"\x00\x00", framed(b'"whole"')[:-1]])
def test_a_side_that_ends_is_broken(pair: Pair, left: bytes) -> None:
    ours, theirs = pair
    theirs.sendall(left)
    theirs.close()
    with pytest.raises(Broken, match="the other side is gone"):
        Channel(ours).receive()
    with pytest.raises(Broken, match="the other side is gone"):
        read(left)


def test_sending_to_a_side_that_is_gone_is_broken(pair: Pair) -> None:
    ours, theirs = pair
    theirs.close()
    with pytest.raises(Broken):
        Channel(ours).send("x")


def test_a_closed_end_is_broken(pair: Pair) -> None:
    ours, _ = pair
    ours.close()
    with pytest.raises(Broken):
        Channel(ours).receive()


def test_a_frame_that_claims_too_much_is_refused_before_it_is_read(pair: Pair) -> None:
    ours, theirs = pair
    head = struct.pack("!I", LARGEST + 1)
    theirs.sendall(head)  # and nothing more: who waits for the rest waits for ever
    with pytest.raises(Broken, match=f"a frame of {LARGEST + 1} bytes"):
        Channel(ours).receive()
    with pytest.raises(Broken, match=f"a frame of {LARGEST + 1} bytes"):
        read(head)


def test_a_reader_may_take_less() -> None:
    body = json.dumps("x" * 8).encode()
    assert read(framed(body), largest=10) == "x" * 8
    with pytest.raises(Broken, match="a frame of 10 bytes"):
        read(framed(body), largest=9)


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_json_is_broken(pair: Pair, body: bytes) -> None:
    ours, theirs = pair
    theirs.sendall(framed(body[:100_000]))
    with pytest.raises(Broken, match="no JSON"):
        Channel(ours).receive()
    with pytest.raises(Broken, match="no JSON"):
        read(framed(body))


@pytest.mark.parametrize("frame", FRAMES, ids=repr)
def test_packing_is_undone_by_reading(frame: Any) -> None:
    assert read(pack(frame)) == frame
    assert unpack(pack(frame)[4:]) == frame


def test_frames_are_read_one_after_the_other() -> None:
    async def reading() -> list[Any]:
        reader = asyncio.StreamReader()
        reader.feed_data(pack(1) + pack(2)[:3])
        first = await read_frame(reader)
        reader.feed_data(pack(2)[3:])
        return [first, await read_frame(reader)]

    assert asyncio.run(reading()) == [1, 2]
