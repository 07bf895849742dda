"""What all sides' programs share: doing what they are told, and telling the time."""

import sys
import time


def obey(**verbs):
    """Do each `VERB ARGUMENT…` of the input; answer it with the seconds it took."""
    for line in sys.stdin:
        verb, *arguments = line.split()
        began = time.perf_counter()
        verbs[verb](*arguments)
        # On a line of its own: SDK v2 shows progress as dashes without an end of line.
        print(f"\nRESULT {time.perf_counter() - began}", flush=True)
