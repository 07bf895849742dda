"""What all sides' programs share: doing what they are told, and telling the time."""

import sys
import time


def obey(**verbs):
    """Do each `VERB ARGUMENT…` of the input.

    It is answered with the number that the verb gives, or else the seconds it took.
    """
    for line in sys.stdin:
        verb, *arguments = line.split()
        began = time.perf_counter()
        told = verbs[verb](*arguments)
        seconds = time.perf_counter() - began
        # On a line of its own: SDK v2 shows progress as dashes without an end of line.
        print(f"\nRESULT {seconds if told is None else told}", flush=True)
