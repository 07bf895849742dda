"""One run of a notebook's cells behind walls, with its exercises judged on the way."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import v4

from mlslab.grading.assemble import Step
from mlslab.grading.client import CellRunner, KernelLink
from mlslab.grading.frames import Broken, pack, read_frame
from mlslab.grading.judge import Verdict
from mlslab.grading.nursery import THREADS, Nursery
from mlslab.grading.rules import Limits
from mlslab.grading.sandbox import HOME, Allowance

START_SECONDS = 60.0
"""What a kernel, a cloud or a judge gets to start."""

CLOUD_MB = 4096


@dataclass(frozen=True)
class Place:
    """Where and how runs are made; plain data, which goes to the grader as JSON.

    Attributes:
        root, lab: the course's root and the id of the lab.
        path: `sys.path` of all processes.
        view: what is seen behind the walls, `(source, target)`; None without walls.
        cloud: whether the lab works on a cloud.
    """

    root: str
    lab: str
    path: tuple[str, ...]
    view: tuple[tuple[str, str], ...] | None
    cloud: bool


@dataclass
class Ending:
    """What a cell or an exercise came to, if it did not come to its end.

    Attributes:
        why: `timeout`, `memory`, `output` or `dead`.
        cell: the id of the cell at which it ended.
        alive: whether the kernel goes on.
    """

    why: str
    cell: str
    alive: bool


@dataclass
class Played:
    """What a run came to.

    Attributes:
        verdicts: of the exercises that were judged.
        raised: error messages of cells, by cell.
        endings: cells that were cut short, in their order.
        seconds: time of cells and judging, by exercise.
    """

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    raised: dict[str, str] = field(default_factory=dict)
    endings: list[Ending] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


class Run:
    """A kernel, its cloud and its judge; see `opened`."""

    def __init__(self, nursery: Nursery, place: Place, limits: Limits) -> None:
        self._nursery, self._place, self._limits = nursery, place, limits
        self._link = KernelLink(limits.output_mb)
        self._cloud: _Sandbox | None = None
        self.played = Played()

    async def ready(self) -> None:
        """Wait until all of it has started; raises `Broken` if it does not."""
        await self._opening

    async def play(
        self, steps: Sequence[tuple[Step, str]], wanted: set[str], deadline: float
    ) -> Played:
        """Run the cells in order, judge the wanted exercises, stop after the last.

        Args:
            steps: the steps, each with the code that is to be run for it.
            wanted: names of exercises.
            deadline: the end of the submission's time, by `time.monotonic`.
        """
        await self.ready()
        self._deadline = deadline
        cells = [v4.new_code_cell(code, id=step.cell) for step, code in steps]
        self._cells = CellRunner(v4.new_notebook(cells=cells), self._link)
        self._cells.timeout_func = lambda cell: self._left(self._limits.cell_seconds)
        left = set(wanted)
        exercise = ""
        for index, (step, code) in enumerate(steps):
            if not left or not self._link.alive or self._out_of_time():
                break
            exercise = step.exercise or exercise
            began = time.monotonic()
            if step.kind != "check" or not _only_checks(code):
                await self._run(index, step)
            for name in step.checks:
                if name in left and self._link.alive:
                    await self._judge(name, step)
                    left.discard(name)
            spent = time.monotonic() - began
            seconds = self.played.seconds
            seconds[exercise] = seconds.get(exercise, 0.0) + spent
        return self.played

    async def _run(self, index: int, step: Step) -> None:
        cell = self._cells.nb.cells[index]
        self._link.interrupted = False
        with contextlib.suppress(DeadKernelError, CellExecutionError, CellTimeoutError):
            await self._cells.async_execute_cell(cell, index)
        if not self._link.alive:
            self._note(step, self._link.why or "dead")
        elif self._link.interrupted:
            self._note(step, "timeout")
        for output in cell.get("outputs", ()):
            if output.get("output_type") == "error":
                name, text = output.get("ename", ""), output.get("evalue", "")
                self.played.raised[step.cell] = f"{name}: {text}"[:2000]

    async def _judge(self, name: str, step: Step) -> None:
        seconds = self._left(self._limits.exercise_seconds)
        try:
            verdict = await asyncio.wait_for(self._judged(name), seconds)
        except TimeoutError:  # the judge itself, over what the learner has handed it
            verdict = Verdict("timeout")
            await self._new_judge()
        except Broken:
            verdict = Verdict("dead")
            await self._new_judge()
        if not self._link.alive or self._link.why:
            self._note(step, self._link.why or "dead")
        if self._cloud is not None and not self._cloud.alive:
            verdict = Verdict("dead", "the cloud of this submission has ended")
        self.played.verdicts[name] = verdict

    async def _judged(self, name: str) -> Verdict:
        """Let the judge judge; carry its questions to the kernel."""
        reader, writer = self._judge_streams
        writer.write(pack({"judge": name}))
        deadline = time.monotonic() + self._left(self._limits.exercise_seconds) * 0.9
        while True:
            frame = await read_frame(reader)
            if "verdict" in frame:
                told = frame["verdict"]
                return Verdict(told["status"], told["message"], tuple(told["hidden"]))
            seconds = max(deadline - time.monotonic(), 0.01)
            writer.write(pack(await self._link.ask(frame["question"], seconds)))

    def _note(self, step: Step, why: str) -> None:
        self.played.endings.append(Ending(why, step.cell, self._link.alive))

    def _out_of_time(self) -> bool:
        return time.monotonic() > self._deadline

    def _left(self, seconds: float) -> Any:
        return max(1.0, min(seconds, self._deadline - time.monotonic()))

    def open(self) -> None:
        """Begin to start the cloud, then the kernel and the judge beside it."""
        self._opening = asyncio.ensure_future(self._open())

    async def _open(self) -> None:
        url = await self._open_cloud() if self._place.cloud else ""
        self._url = url
        ours, theirs = socket.socketpair()
        line, keeper = socket.socketpair()
        self._nursery.fork("kernel", keeper, theirs)
        _close(theirs, keeper)
        await self._link.open(ours, line)
        self._link.tell_keeper(self._keeping(self._limits.memory_mb, 0))
        self._link.tell(self._kernel_setup(url))
        await asyncio.gather(self._new_judge(), self._link.ready(START_SECONDS))

    async def _open_cloud(self) -> str:
        self._cloud = _Sandbox()
        ours, theirs = socket.socketpair()
        line, keeper = socket.socketpair()
        self._nursery.fork("cloud", keeper, theirs)
        _close(theirs, keeper)
        await self._cloud.open(ours, line, self._keeping(CLOUD_MB, 1))
        return await self._cloud.url()

    def _keeping(self, memory_mb: int, user: int) -> dict[str, Any]:
        allowance = Allowance(memory_mb, self._limits.disk_mb, self._limits.processes)
        return {
            "view": self._place.view,
            "user": user,
            "allowance": asdict(allowance),
        }

    def _kernel_setup(self, url: str) -> dict[str, Any]:
        environment = inner_environment()
        if url:
            environment |= {"CLOUDLET_URL": url, "MLSLAB_STRICT": "0"}
        return {
            "environment": {**environment, "MLSLAB_ROOT": self._place.root},
            "path": list(self._place.path),
            "folder": HOME,
        }

    _judge_pid = 0

    async def _new_judge(self) -> None:
        """Start a judge, in place of one that is stuck."""
        self._end_judge()
        ours, theirs = socket.socketpair()
        self._judge_pid = self._nursery.fork("judge", theirs)
        _close(theirs)
        self._judge_streams = await asyncio.open_connection(sock=ours, limit=2**28)
        reader, writer = self._judge_streams
        allowance = Allowance(self._limits.memory_mb, 1024, 1024)
        told = {
            "root": self._place.root,
            "lab": self._place.lab,
            "path": list(self._place.path),
            "cloud": self._url,
            "walls": self._place.view is not None,
            "allowance": asdict(allowance),
        }
        writer.write(pack(told))
        try:
            await asyncio.wait_for(read_frame(reader), START_SECONDS)
        except TimeoutError:
            raise Broken("the judge did not start") from None

    def _end_judge(self) -> None:
        if self._judge_pid:
            self._judge_streams[1].transport.abort()
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._judge_pid, signal.SIGKILL)
            self._judge_pid = 0

    async def close(self) -> None:
        """End all of it, and wait until it is gone."""
        with contextlib.suppress(Broken):
            await self._opening
        self._end_judge()
        await self._link.close()
        if self._cloud is not None:
            await self._cloud.close()


@asynccontextmanager
async def opened(nursery: Nursery, place: Place, limits: Limits) -> AsyncIterator[Run]:
    """A run whose processes end with the block; it starts meanwhile, for `play`.

    Args:
        nursery: a stage, from which they are forked.
        place: the lab, and what is seen behind the walls.
        limits: seconds, megabytes, processes.
    """
    run = Run(nursery, place, limits)
    try:
        run.open()
        yield run
    finally:
        await run.close()


class _Sandbox:
    """The cloud's sandbox, as the run sees it."""

    alive = True

    async def open(
        self, channel: socket.socket, line: socket.socket, keeping: dict[str, Any]
    ) -> None:
        self._reader, self._writer = await asyncio.open_connection(sock=channel)
        self._line, self._to_keeper = await asyncio.open_connection(sock=line)
        self._to_keeper.write(pack(keeping))
        self._writer.write(pack({"environment": inner_environment()}))
        self._watching = asyncio.ensure_future(self._watch())

    async def url(self) -> str:
        """Its address; raises `Broken` if it does not start."""
        try:
            told = await asyncio.wait_for(read_frame(self._reader), START_SECONDS)
        except TimeoutError:
            raise Broken("the cloud did not start") from None
        if "url" not in told:
            raise Broken(f"the cloud did not start: {told.get('failed')}")
        return str(told["url"])

    async def _watch(self) -> None:
        with contextlib.suppress(Broken):
            await read_frame(self._line)
        self.alive = False

    async def close(self) -> None:
        self._to_keeper.write_eof()
        await self._watching
        self._writer.transport.abort()


def inner_environment() -> dict[str, str]:
    """The environment of what runs behind the walls: made anew, nothing inherited."""
    return {
        "PATH": os.pathsep.join(("/usr/local/bin", "/usr/bin", "/bin")),
        "HOME": HOME,
        "TMPDIR": HOME,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MLSLAB_HOME": f"{HOME}/.mlslab",
        "AWS_EC2_METADATA_DISABLED": "true",
        **THREADS,
    }


def _only_checks(code: str) -> bool:
    """Whether a cell does nothing but call `lab.check`."""
    body: Iterable[ast.stmt] = ast.parse(code).body
    return all(
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and ast.unparse(statement.value.func) == "lab.check"
        for statement in body
    )


def _close(*sockets: socket.socket) -> None:
    for each in sockets:
        each.close()
