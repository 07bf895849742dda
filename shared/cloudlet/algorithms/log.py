"""The log lines of a built-in algorithm, in the form its container prints them."""

import time


def info(message: str) -> None:
    """Print `[2025-06-17:17:11:08:INFO] message` to stdout, at once."""
    _line("INFO", message)


def warning(message: str) -> None:
    """Print `[2025-06-17:17:11:08:WARNING] message` to stdout, at once."""
    _line("WARNING", message)


def _line(level: str, message: str) -> None:
    moment = time.strftime("%Y-%m-%d:%H:%M:%S", time.gmtime())
    print(f"[{moment}:{level}] {message}", flush=True)
