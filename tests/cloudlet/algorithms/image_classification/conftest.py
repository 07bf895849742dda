"""Without PyTorch, an extra, there is nothing to test here."""

from importlib.util import find_spec

from cloudlet.algorithms import deep

deep.calm_threads()  # before any test loads PyTorch
collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]
