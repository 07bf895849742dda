"""What happens in another thread or process is waited for."""

import time
from collections.abc import Callable


def soon(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it comes to hold within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()
