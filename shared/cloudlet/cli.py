"""The `cloudlet` command."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DEFAULT_PORT = 4566


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exits with its status."""
    options = parser().parse_args(arguments)
    if options.run is _serve:  # needs nothing of the client's side, and starts sooner
        sys.exit(_serve(options))
    from cloudlet.cloud import NotRunning

    try:
        code = options.run(options)
        sys.stdout.flush()
    except NotRunning as error:
        sys.exit(f"cloudlet: {error}")
    except BrokenPipeError:  # `cloudlet logs | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(code)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="cloudlet", description="A local AWS cloud that really trains and serves."
    )
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start the cloud in the background")
    _add_address(up)
    up.set_defaults(run=_up)

    serve = commands.add_parser("serve", help="run the cloud in the foreground")
    _add_address(serve)
    serve.add_argument(
        "--until-eof", action="store_true", help="stop when standard input ends"
    )
    serve.set_defaults(run=_serve)

    down = commands.add_parser("down", help="stop the cloud and remove all its files")
    down.set_defaults(run=_down)

    status = commands.add_parser("status", help="say where the cloud is, and its time")
    status.set_defaults(run=_status)

    run = commands.add_parser(
        "run",
        help="run a program with its AWS calls going to the cloud",
        description="Run a program; every AWS call it makes goes to a cloud of its "
        "own, which ends with it, or to the running one with --attach.",
    )
    run.add_argument(
        "--attach", action="store_true", help="use the running cloud, not a fresh one"
    )
    run.add_argument(
        "--bill", action="store_true", help="print afterwards what AWS would charge"
    )
    run.add_argument("--region", help="the default region (us-east-1)")
    run.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the program"
    )
    run.set_defaults(run=_run)

    logs = commands.add_parser("logs", help="print CloudWatch Logs' lines")
    logs.add_argument("group", nargs="?", help="only log groups that begin so")
    logs.add_argument(
        "--server", action="store_true", help="the cloud's own log instead"
    )
    logs.set_defaults(run=_logs)

    bill = commands.add_parser("bill", help="print what AWS would have charged")
    bill.set_defaults(run=_bill)

    advance = commands.add_parser("advance", help="move cloud time forward")
    for unit in ("days", "hours", "minutes"):
        advance.add_argument(f"--{unit}", type=float, default=0, help=f"so many {unit}")
    advance.set_defaults(run=_advance)

    reset = commands.add_parser("reset", help="forget everything in the cloud")
    reset.set_defaults(run=_reset)
    return top


def _add_address(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help=f"the port to listen on ({DEFAULT_PORT}); 0 takes a free one",
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen on (127.0.0.1); any other lets others in",
    )


def _up(options: argparse.Namespace) -> int:
    from cloudlet import cloud, state_file

    with contextlib.suppress(cloud.NotRunning):
        running = cloud.attach()
        print(f"The cloud is already running at {running.url}")
        return 0
    left = state_file.read_state()
    if left is not None:
        _clear_away(left)
    url = cloud.first_line(cloud.launch(options.host, options.port))
    state_file.write_state(cloud.Cloud(url).status())
    print(f"The cloud is running at {url}")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from cloudlet.serve import serve

    serve(options.host, options.port, until_eof=options.until_eof)
    return 0


def _down(_: argparse.Namespace) -> int:
    from cloudlet import cloud, state_file

    state = state_file.read_state()
    if state is None:
        print("No cloud is running.")
        return 0
    running = cloud.Cloud(str(state["url"]))
    running.stop()
    if not cloud.wait_until_gone(running):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(state["pid"]), signal.SIGKILL)
    _wait_for_exit(int(state["pid"]))
    _clear_away(state)
    print("The cloud is down.")
    return 0


def _clear_away(state: dict[str, Any]) -> None:
    """Forget a cloud, and remove what it could not remove itself when it was killed."""
    from cloudlet import cloud, state_file

    cloud.remove_folder(Path(str(state["folder"])))
    state_file.forget()


def _wait_for_exit(pid: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with contextlib.suppress(ChildProcessError):  # `up` in this very process
                os.waitpid(pid, os.WNOHANG)
            os.kill(pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.02)


def _status(_: argparse.Namespace) -> int:
    from cloudlet.cloud import attach

    status = attach().status()
    ahead = status["ahead_seconds"]
    print(f"The cloud is running at {status['url']} (process {status['pid']}).")
    print(f"Cloud time is {status['now']}, {ahead:.0f} s ahead of this machine.")
    print(f"{status['resources']} resources stand in it.")
    return 0


def _run(options: argparse.Namespace) -> int:
    from cloudlet import redirect
    from cloudlet.cloud import attach, start

    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        print("cloudlet run: name a program: cloudlet run -- python x.py")
        return 2
    cloud = attach() if options.attach else start()
    environment = redirect.without_foreign(os.environ) | cloud.env(options.region)
    try:
        code = _call(command, environment)
        if options.bill:
            print(cloud.bill().table())
        return code
    finally:
        if not options.attach:
            cloud.stop()


def _call(command: list[str], environment: dict[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        print(f"cloudlet run: can't run {command[0]}: {error}", file=sys.stderr)
        return 127
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda number, _: _pass_on(number, process))
    code = process.wait()
    return code if code >= 0 else 128 - code


def _pass_on(number: int, process: subprocess.Popen[bytes]) -> None:
    """Give the program a signal that came to us; its end is then ours."""
    if number == signal.SIGINT and os.isatty(0):
        return  # Ctrl-C: the terminal gave it to both
    process.send_signal(number)


def _logs(options: argparse.Namespace) -> int:
    from cloudlet.cloud import attach
    from cloudlet.serve import LOG

    cloud = attach()
    if options.server:
        print((Path(cloud.status()["folder"]) / LOG).read_text(), end="")
        return 0
    for event in cloud.logs(options.group):
        at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        print(f"{at:%Y-%m-%dT%H:%M:%S} {event['stream']} {event['message']}")
    return 0


def _bill(_: argparse.Namespace) -> int:
    from cloudlet.cloud import attach

    print(attach().bill().table())
    return 0


def _advance(options: argparse.Namespace) -> int:
    from cloudlet.cloud import attach

    try:
        now = attach().advance(
            days=options.days, hours=options.hours, minutes=options.minutes
        )
    except ValueError as error:
        print(f"cloudlet: {error}", file=sys.stderr)
        return 2
    print(f"Cloud time is {now.isoformat()}")
    return 0


def _reset(_: argparse.Namespace) -> int:
    from cloudlet.cloud import attach

    attach().reset()
    print("The cloud is as fresh as on its first day.")
    return 0
