#!/usr/bin/env python3
"""Builds the servers, checks that they answer rightly, and compares what a call costs each of them.

    benches/compare.py                    all of it
    benches/compare.py --only hello       calls whose name contains this
    benches/compare.py --help

README.md says what is needed, and how to read the table.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
OURS, PEER = SERVERS = "traitwire", "tonic"


@dataclasses.dataclass(frozen=True)
class Call:
    """A request, the reply it must get, and how many of them are under way at a time."""

    name: str
    path: str
    request: bytes
    reply: bytes
    connections: int
    streams: int
    count: int
    """Calls in one turn of a server."""

    def __str__(self):
        return f"{self.name}, {self.connections} x {self.streams}"


def message(*fields):
    """A gRPC frame with one protobuf message: bytes or integers, numbered from 1."""
    encoded = b""
    for number, value in enumerate(fields, 1):
        if isinstance(value, int):
            encoded += varint(number << 3) + varint(value)
        else:
            encoded += varint(number << 3 | 2) + varint(len(value)) + value
    return b"\0" + len(encoded).to_bytes(4, "big") + encoded


def varint(value):
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


HELLO = "/helloworld.Greeter/SayHello", message(b"world"), message(b"Hello world!")
SMALL, LARGE = (message(bytes(range(256)) * (kib * 4)) for kib in (1, 64))
ECHO = "/bench.Echo/Echo"
STREAM = "/bench.Echo/Stream", message(1000, 16), message(b"x" * 16) * 1000
SINK = "/bench.Echo/Sink", message(b"y" * 16) * 1000, message(1000, 16_000)

CALLS = [
    Call("hello", *HELLO, connections=8, streams=16, count=10_000),
    Call("hello", *HELLO, connections=1, streams=100, count=10_000),
    Call("hello", *HELLO, connections=1, streams=1, count=3_000),
    Call("echo of 1 KiB", ECHO, SMALL, SMALL, connections=8, streams=16, count=8_000),
    Call("echo of 64 KiB", ECHO, LARGE, LARGE, connections=8, streams=4, count=1_000),
    Call("1000 messages out", *STREAM, connections=1, streams=4, count=60),
    Call("1000 messages in", *SINK, connections=1, streams=4, count=60),
]


def main():
    options = arguments()
    calls = [call for call in CALLS if options.only in str(call)]
    for tool in ["cargo", "h2load", "nghttp"]:
        if not shutil.which(tool):
            sys.exit(f"{tool} is needed; README.md says where it comes from")

    binaries = {server: build(server) for server in SERVERS}
    counting = {server: build(server, "count-allocations") for server in SERVERS}
    for binary in [*binaries.values(), *counting.values()]:
        verify(binary)

    results = Results()
    for call in calls:
        progress(f"CPU time: {call}")
        for times in cpu_times(binaries, call, options):
            for server, time in times.items():
                results.add(call, "CPU, us", server, time)
    for call in calls:
        progress(f"allocations: {call}")
        for server in SERVERS:
            count, size = allocations(counting[server], call)
            results.add(call, "allocations", server, count)
            results.add(call, "bytes allocated", server, size)
    if not shutil.which("valgrind"):
        progress("no instructions: valgrind is not installed")
    else:
        for call in calls:
            progress(f"instructions: {call}")
            for server in SERVERS:
                results.add(call, "instructions", server, instructions(server, binaries[server], call, options))
    results.print()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="TEXT", help="calls whose name contains this")
    parser.add_argument("--rounds", type=int, default=21, help="turns of each server; 21 unless said otherwise")
    parser.add_argument("--real-time", action="store_true", help="keeps other programs off both cores; for root")
    parser.add_argument("--profiles", metavar="FOLDER", help="keeps what callgrind found")
    return parser.parse_args()


def progress(text):
    print(text, file=sys.stderr, flush=True)


def build(server, *features):
    """The path of a copy of the server: the next build with other features leaves it alone."""
    # One package at a time, or cargo would give each the features that the other needs.
    command = ["cargo", "build", "--release", "--package", f"server-{server}"]
    command += ["--message-format=json-render-diagnostics", *(f"--features={feature}" for feature in features)]
    progress(" ".join(command))
    built = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True, check=True).stdout
    executables = [json.loads(line).get("executable") for line in built.splitlines()]
    executable = pathlib.Path(next(filter(None, executables)))
    copy = executable.parent / "compared" / "-".join([executable.name, *features])
    copy.parent.mkdir(exist_ok=True)
    shutil.copy2(executable, copy)
    return copy


@contextlib.contextmanager
def serving(*command, prepare=None, threads=1):
    """Runs a server; gives its process and its port."""
    process = subprocess.Popen(
        command,
        env={**os.environ, "PORT": "0", "THREADS": str(threads)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
    )
    try:
        line = process.stdout.readline()
        if not line.startswith("port "):
            raise RuntimeError(f"{command} doesn't tell its port, but {line!r}")
        yield process, int(line.split()[1])
    finally:
        process.terminate()
        process.wait()


def verify(binary):
    """Every kind of call has its reply, byte for byte, and the status OK."""
    with serving(binary) as (_, port), tempfile.NamedTemporaryFile() as body:
        for call in CALLS:
            body.seek(0)
            body.truncate()
            body.write(call.request)
            body.flush()
            command = ["nghttp", f"--data={body.name}", *headers(), f"http://127.0.0.1:{port}{call.path}"]
            reply = subprocess.run(command, capture_output=True, check=True).stdout
            if reply != call.reply:
                raise RuntimeError(f"{binary.name} answers {call.path} with {reply[:100]!r}…")
            frames = subprocess.run([*command, "--verbose", "--null-out"], capture_output=True, check=True).stdout
            for field in [b":status: 200", b"content-type: application/grpc", b"grpc-status: 0"]:
                if not re.search(rb"recv \(stream_id=\d+\) " + field, frames):
                    raise RuntimeError(f"{binary.name} answers {call.path} without {field.decode()}")


def headers():
    return ["--header=content-type: application/grpc", "--header=te: trailers"]


def load(port, call, count, prepare=None):
    """Makes calls, and checks that each has a reply of the right length."""
    with tempfile.NamedTemporaryFile() as body:
        body.write(call.request)
        body.flush()
        shape = [f"--clients={call.connections}", f"--max-concurrent-streams={call.streams}", f"--requests={count}"]
        command = ["h2load", "--threads=1", *shape, f"--data={body.name}", *headers()]
        command.append(f"http://127.0.0.1:{port}{call.path}")
        report = subprocess.run(command, capture_output=True, check=True, text=True, preexec_fn=prepare).stdout
    succeeded = re.search(r"(\d+) 2xx", report)
    received = re.search(r"\((\d+)\) data", report)
    if not succeeded or int(succeeded[1]) != count or int(received[1]) != count * len(call.reply):
        raise RuntimeError(f"{call}: not every call was answered:\n{report}")


def cpu_times(binaries, call, options):
    """Microseconds that all threads of a server spend on a call, in its own code and in the kernel.

    The servers take turns, so that whatever else the machine does meets them alike; one dictionary is one turn of each.
    """

    def on_core(core):
        def prepare():
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {cores[core % len(cores)]})
            if options.real_time:
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))

        return prepare

    with contextlib.ExitStack() as stack:
        running = {
            server: stack.enter_context(serving(binary, prepare=on_core(0))) for server, binary in binaries.items()
        }
        for _, port in running.values():
            load(port, call, call.count, on_core(1))
        for _ in range(options.rounds):
            times = {}
            for server in random.sample(sorted(running), len(running)):
                process, port = running[server]
                before = nanoseconds(process.pid)
                load(port, call, call.count, on_core(1))
                times[server] = (nanoseconds(process.pid) - before) / call.count / 1000
            yield times


def nanoseconds(pid):
    # Time on a core comes first in schedstat, time spent waiting for one second.
    threads = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)


def allocations(binary, call):
    """Allocations of a call, and their bytes."""

    def ask(process):
        process.stdin.write("\n")
        process.stdin.flush()
        _, count, _, size = process.stdout.readline().split()
        return int(count), int(size)

    with serving(binary) as (process, port):
        load(port, call, call.count)
        before = ask(process)
        load(port, call, call.count)
        after = ask(process)
    return tuple((a - b) / call.count for a, b in zip(after, before))


def instructions(server, binary, call, options):
    """Instructions of a call, without those of the kernel."""
    count = call.count // 4
    folder = pathlib.Path(options.profiles or tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{server}-{re.sub('[^a-z0-9]+', '-', str(call).lower())}.callgrind"
    valgrind = ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={file}"]
    with serving(*valgrind, binary) as (process, port):
        load(port, call, count)
        instrument(process, "on")
        load(port, call, count)
        instrument(process, "off")
    total = re.search(r"^totals: (\d+)", file.read_text(), re.MULTILINE)
    if not options.profiles:
        shutil.rmtree(folder)
    return int(total[1]) / count


def instrument(process, state):
    subprocess.run(["callgrind_control", "-i", state, str(process.pid)], capture_output=True, check=True)


class Results:
    """What was measured of each call on each server."""

    def __init__(self):
        self.values = {}

    def add(self, call, quantity, server, value):
        servers = self.values.setdefault((call, quantity), {server: [] for server in SERVERS})
        servers[server].append(value)

    def print(self):
        print(f"\n| call, connections x streams | per call | {OURS} | {PEER} | ratio |")
        print("|---|---|--:|--:|--:|")
        for call in dict.fromkeys(call for call, _ in self.values):
            for (_, quantity), servers in [item for item in self.values.items() if item[0][0] is call]:
                print(f"| {call} | {quantity} | {row(servers[OURS], servers[PEER])} |")


def row(ours, peer):
    # Neighbours in time are compared: the machine was about as busy, and as fast, for both.
    ratios = [one / other for one, other in zip(ours, peer)]
    ratio = f"**{statistics.median(ratios):.2f}**"
    if len(ratios) > 1:
        low, _, high = statistics.quantiles(ratios, n=4)
        ratio += f" ({low:.2f} to {high:.2f})"
    return f"{number(statistics.median(ours))} | {number(statistics.median(peer))} | {ratio}"


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


if __name__ == "__main__":
    main()
