"""What happens inside a program whose AWS is the local cloud.

Standard library only, and any Python from 3.8: it is loaded into environments that
know nothing of cloudlet.

- botocore's requests go to the cloud whatever endpoint the client was given;
- the names of AWS resolve to nothing, so that whatever else speaks to AWS (the SDKs'
  telemetry) fails at once and with a reason;
- the SDKs' polling waits for the cloud's next change instead of sleeping. The
  program's own `time.sleep` sleeps.
"""

import importlib.abc
import importlib.machinery
import json
import re
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request

_AWS_HOST = re.compile(
    r"(^|\.)(amazonaws\.com(\.cn)?|api\.aws|aws\.dev|on\.aws|aws\.amazon\.com)\.?$",
    re.I,
)
#: Modules that poll; their sleep is the cloud's to end.
_POLLERS = ("sagemaker", "sagemaker_core", "botocore", "awscli")

#: A variable of polling functions that look at the time to decide whether to ask for
#: a job's status: their clock has the sleep in it that they were spared. Others use
#: time for their callers' timeouts, which must not come early.
_LOOKS_AT_TIME = "last_describe_job_call"

_state = {"url": None}


class _Polls(threading.local):
    """What one thread knows of the cloud's changes."""

    def __init__(self):
        self.seen = 0  # the number of changes when it last looked
        self.vain = 0  # how often in a row it waited, and nothing was under way
        self.spared = {}  # a polling function's code -> the seconds it was spared


_polls = _Polls()
_sleep = time.sleep
_time = time.time
#: Functions of `socket` that look up the name in their first argument.
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def install(url):
    """Send this process's AWS calls to the cloud at `url`; again, to another one."""
    first = _state["url"] is None
    _state.update(url=url.rstrip("/"))
    if not first:
        return
    time.sleep = _patient_sleep
    time.time = _pollers_time
    for name in _LOOKUPS:
        setattr(socket, name, _local_lookup(getattr(socket, name)))
    module = sys.modules.get("botocore.httpsession")
    if module is not None:
        _redirect_botocore(module)
    else:
        sys.meta_path.insert(0, _BotocoreFinder())


def _is_poller(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0] in _POLLERS


def _patient_sleep(seconds):
    """Sleep, unless a poller of AWS sleeps: then wait for the cloud's next change."""
    caller = sys._getframe(1)
    if seconds <= 0 or not _is_poller(caller):
        _sleep(seconds)
        return
    began = time.monotonic()
    try:
        _wait_for_change(seconds)
        while _looks_in_vain(caller) and time.monotonic() - began < seconds:
            _wait_for_change(seconds - (time.monotonic() - began))
    except OSError:
        _sleep(min(seconds, 1.0))  # the cloud is gone: the next call will say so
    if _LOOKS_AT_TIME in caller.f_code.co_varnames:
        spared = max(0.0, seconds - (time.monotonic() - began))
        code = caller.f_code
        _polls.spared[code] = _polls.spared.get(code, 0.0) + spared


def _pollers_time():
    """The time of day; for a polling function, with the sleep that it was spared."""
    return _time() + _polls.spared.get(sys._getframe(1).f_code, 0.0)


def _wait_for_change(seconds):
    """Return when something changed in the cloud, after `seconds` at the latest.

    While nothing is under way the cloud answers at once: then what is waited for comes
    from another program, or at the next look; the looks become rarer, and do not spin.
    """
    version = _ask_for_change(max(0.0, min(seconds, 20.0)))
    if version != _polls.seen:
        _polls.vain = 0
    else:
        _sleep(max(0.0, min(seconds, 0.005 * 2**_polls.vain)))
        _polls.vain = min(_polls.vain + 1, 5)
    _polls.seen = version


def _ask_for_change(seconds):
    request = urllib.request.Request(
        _state["url"] + "/_cloudlet/wait",
        data=json.dumps({"seen": _polls.seen, "seconds": seconds}).encode(),
        headers={"X-Cloudlet": "1", "Content-Type": "application/json"},
    )
    with _opener.open(request, timeout=seconds + 10) as response:
        return json.load(response)["version"]


def _looks_in_vain(frame):
    """Whether this is a waiter of botocore's that would look and go on waiting.

    It counts its looks, and gives up after so many: it is woken when there is
    something to see, not by each change of whatever else is in the cloud.
    """
    if frame.f_globals.get("__name__") != "botocore.waiter":
        return False
    waiter = frame.f_locals["self"]
    answer = waiter._operation_method(**frame.f_locals["kwargs"])
    for acceptor in waiter.config.acceptors:
        if acceptor.matcher_func(answer):
            return acceptor.state == "retry"
    return "Error" not in answer


def _local_lookup(lookup):
    def local_lookup(host, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        if isinstance(name, str) and _AWS_HOST.search(name):
            raise socket.gaierror(
                socket.EAI_NONAME,
                "%s is AWS, and this program runs in the local cloud at %s: only calls "
                "through boto3, the SageMaker SDK or the aws command are served there"
                % (name, _state["url"]),
            )
        return lookup(host, *args, **kwargs)

    return local_lookup


class _BotocoreFinder(importlib.abc.MetaPathFinder):
    """Patches botocore when the program imports it, and not before."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname != "botocore.httpsession":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _redirect_botocore(module)

        spec.loader.exec_module = exec_module
        return spec


def _redirect_botocore(module):
    send = module.URLLib3Session.send

    def local_send(self, request):
        parts = urllib.parse.urlsplit(request.url)
        if _AWS_HOST.search(parts.hostname or ""):
            request.headers["Host"] = parts.netloc
            cloud = urllib.parse.urlsplit(_state["url"])
            request.url = urllib.parse.urlunsplit(
                (cloud.scheme, cloud.netloc, parts.path, parts.query, parts.fragment)
            )
        return send(self, request)

    module.URLLib3Session.send = local_send
