"""The load: h2load, and our own where that would be the limit or can't make the call."""

import contextlib
import functools
import json
import re
import subprocess
import tempfile

from .servers import build, headers


@contextlib.contextmanager
def file_of(content):
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.name


def make(port, call, count=None, seconds=None, prepare=None, under=()):
    """Makes calls, checks that each has a reply of the right length, and says how many they were, in how many seconds.

    So many of them, or, with our own load, as many as there is time for. `under` is a command that runs the load.
    """
    if call.load == "h2load":
        return h2load(port, call, count or call.count, prepare, under)
    report = own(port, call, count, seconds, prepare, under)
    return report["calls"], report["seconds"]


def h2load(port, call, count, prepare, under):
    with file_of(call.request) as body:
        shape = [f"--clients={call.connections}", f"--max-concurrent-streams={call.streams}", f"--requests={count}"]
        command = [*under, "h2load", "--threads=1", *shape, f"--data={body}", *headers(call)]
        command.append(f"http://127.0.0.1:{port}{call.path}")
        report = subprocess.run(command, capture_output=True, check=True, text=True, preexec_fn=prepare).stdout
    succeeded = re.search(r"(\d+) 2xx", report)
    received = re.search(r"\((\d+)\) data", report)
    if not succeeded or int(succeeded[1]) != count or int(received[1]) != count * len(call.reply):
        raise RuntimeError(f"{call}: not every call was answered:\n{report}")
    time, unit = re.search(r"finished in ([\d.]+)(us|ms|s)\b", report).groups()
    return count, float(time) * {"us": 1e-6, "ms": 1e-3, "s": 1}[unit]


def own(port, call, count=None, seconds=None, prepare=None, under=(), kind=None, **options):
    """The report of our own load."""
    kind = kind or ("blast" if call.load == "h2load" else call.load)
    with file_of(call.request[: len(call.request) // call.messages] if kind == "pingpong" else call.request) as body:
        command = [
            *under,
            binary(),
            kind,
            str(port),
            f"--path={call.path}",
            f"--data={body}",
            f"--reply={len(call.reply)}",
        ]
        command += [f"--connections={call.connections}", f"--streams={call.streams}", f"--messages={call.messages}"]
        command += [f"--metadata={key}: {value}" for key, value in call.metadata]
        command += [f"--unique={call.unique}"] if call.unique else []
        command += [f"--calls={count}"] if count else []
        command += [f"--seconds={seconds}"] if seconds else []
        command += [f"--{name}" if value is True else f"--{name}={value}" for name, value in options.items()]
        made = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, preexec_fn=prepare)
    report = json.loads(made.stdout)
    if report["failed"]:
        raise RuntimeError(f"{call}: not every call was answered: {report}")
    return report


@contextlib.contextmanager
def idle(port, call, connections, prepare):
    """Makes a call on each of these connections, then leaves them alone."""
    command = [binary(), "idle", str(port), f"--path={call.path}", f"--connections={connections}"]
    command.append(f"--reply={len(call.reply)}")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=prepare)
    try:
        report = json.loads(process.stdout.readline())
        if report["failed"] or report["calls"] != connections:
            raise RuntimeError(f"not every connection got its answer: {report}")
        yield
    finally:
        process.stdin.close()
        process.wait()


@functools.cache
def binary():
    return build("load", "load")
