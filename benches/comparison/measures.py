"""What a call costs a server."""

import contextlib
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import tempfile
import time

from . import load
from .calls import BLAST, HELLO_1X1
from .servers import serving


def many_files():
    """What a child process does first that has thousands of connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def on_core(core, options):
    """What a child process does first: it stays on one core, with nobody else there if that is wanted."""

    def prepare():
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})
        if options.real_time:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))

    return prepare


def turns(binaries, call, options, measure, rounds=None):
    """Lets the servers take turns, so that whatever else the machine does meets them alike.

    `measure` is given a server's process, its port and how much to call; one dictionary is one turn of each.
    """
    amount = {"count": call.count} if call.load != "blast" else {"seconds": options.seconds}
    with contextlib.ExitStack() as stack:
        running = {
            server: stack.enter_context(serving(binary, prepare=on_core(0, options)))
            for server, binary in binaries.items()
        }
        for _, port in running.values():
            load.make(port, call, **amount, prepare=on_core(1, options))
        for _ in range(rounds or options.rounds):
            yield {
                server: measure(*running[server], {**amount, "prepare": on_core(1, options)})
                for server in random.sample(sorted(running), len(running))
            }


def cpu_times(binaries, call, options):
    """Microseconds that all threads of a server spend on a call, in its own code and in the kernel.

    And for how much of the time, in percent, the server had something to do.
    """

    def measure(process, port, amount):
        before = scheduled(process.pid)
        calls, seconds = load.make(port, call, **amount)
        ran, waited = (after - before for after, before in zip(scheduled(process.pid), before))
        return ran / calls / call.messages / 1000, min(100, (ran + waited) / seconds / 1e7)

    return turns(binaries, call, options, measure)


def scheduled(pid):
    """Nanoseconds that a process's threads were on a core, and that they waited for one."""
    threads = pathlib.Path(f"/proc/{pid}/task").iterdir()
    times = [(thread / "schedstat").read_text().split() for thread in threads]
    return tuple(sum(int(time[n]) for time in times) for n in range(2))


def syscalls(binaries, call, options):
    """System calls that a server makes for a call."""

    def measure(process, port, amount):
        with tempfile.NamedTemporaryFile("r") as report:
            # Counted in the kernel, which doesn't slow the server down as strace does.
            perf = ["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-p", str(process.pid)]
            calls, _ = load.make(port, call, **amount, under=[*perf, "-o", report.name, "--"])
            return int(re.search(r"^(\d+),", report.read(), re.MULTILINE)[1]) / calls

    return turns(binaries, call, options, measure, min(options.rounds, 5))


def can_count_syscalls():
    probe = ["perf", "stat", "-e", "raw_syscalls:sys_enter", "true"]
    return shutil.which("perf") and subprocess.run(probe, capture_output=True).returncode == 0


def allocations(binary, call):
    """Allocations of a call, and their bytes."""

    def ask(process):
        process.stdin.write("\n")
        process.stdin.flush()
        _, count, _, size = process.stdout.readline().split()
        return int(count), int(size)

    count = min(call.count, 10_000)
    with serving(binary) as (process, port):
        load.make(port, call, count)
        before = ask(process)
        load.make(port, call, count)
        after = ask(process)
    return tuple((a - b) / count / call.messages for a, b in zip(after, before))


def instructions(server, binary, call, options):
    """Instructions of a call, without those of the kernel."""
    # Not so few that setting up the connections shows.
    count = min(call.count // 4, max(2_500, 10 * call.connections * call.streams))
    folder = pathlib.Path(options.profiles or tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{server}-{re.sub('[^a-z0-9]+', '-', str(call).lower())}.callgrind"
    valgrind = [
        "env",
        "SLOWED_DOWN=1",
        "valgrind",
        "--quiet",
        "--tool=callgrind",
        "--instr-atstart=no",
        f"--callgrind-out-file={file}",
    ]
    with serving(*valgrind, binary) as (process, port):
        load.make(port, call, count)
        instrument(process, "on")
        load.make(port, call, count)
        instrument(process, "off")
    total = re.search(r"^totals: (\d+)", file.read_text(), re.MULTILINE)
    if not options.profiles:
        shutil.rmtree(folder)
    return int(total[1]) / count / call.messages


def instrument(process, state):
    subprocess.run(["callgrind_control", "-i", state, str(process.pid)], capture_output=True, check=True)


def idle_memory(binary, connections):
    """KiB of memory that a connection takes which made one call and is still there."""
    with serving(binary, prepare=many_files) as (process, port):
        load.make(port, HELLO_1X1, 100)
        before = resident(process.pid)
        with load.idle(port, HELLO_1X1, connections, many_files):
            # A moment for what a server does after it has answered.
            time.sleep(1)
            return (resident(process.pid) - before) / connections


def resident(pid):
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Rss: +(\d+) kB", rollup, re.MULTILINE)[1])


def one_at_a_time(binaries, options):
    """How long calls take, in us, one after the other: the median, and what one in a hundred exceeds.

    Server and load share a core, as waking the other one up would take longer than the call.
    """

    def measure(process, port, amount):
        return load.own(port, HELLO_1X1, seconds=options.seconds, prepare=on_core(0, options), latencies=True)

    return turns(binaries, HELLO_1X1, options, measure)


def at_half_load(binaries, base, options):
    """The same at half as many calls a second as `base` can answer, whatever the server."""
    with serving(binaries[base], prepare=on_core(0, options)) as (_, port):
        busy = load.own(port, BLAST, seconds=options.seconds, prepare=on_core(1, options))
    rate = busy["calls"] / busy["seconds"] / 2

    def measure(process, port, amount):
        return load.own(port, BLAST, seconds=options.seconds, prepare=on_core(1, options), rate=rate)

    return turns(binaries, BLAST, options, measure)
