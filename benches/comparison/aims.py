"""How far there is to go: what traitwire is to reach, what it has to reach at least, and where it is."""

import dataclasses
import typing

from . import calls
from .report import number
from .servers import OURS

PEER = "tonic"


@dataclasses.dataclass(frozen=True)
class Aim:
    what: str
    aim: float
    least: float
    measured: typing.Callable
    """Takes the results; `None` where they don't say."""
    more_is_better: bool = False

    def verdict(self, value):
        def reaches(bar):
            return value >= bar if self.more_is_better else value <= bar

        return "the aim" if reaches(self.aim) else "the least" if reaches(self.least) else "missed"


def ratio(call, quantity):
    return lambda results: results.ratio(call, quantity, OURS, PEER)


def times(call, quantity):
    """How many times as much one core does, where `quantity` is what it takes."""
    return lambda results: 1 / cost if (cost := results.ratio(call, quantity, OURS, PEER)) else None


def value(call, quantity):
    return lambda results: results.median(call, quantity, OURS)


def between(call, other, quantity):
    def measured(results):
        one, base = (results.median(which, quantity, OURS) for which in (call, other))
        return one / base if one and base else None

    return measured


CPU, INSTRUCTIONS, SYSCALLS = "CPU, us", "instructions", "system calls"

AIMS = [
    Aim("CPU: hello, 8 x 16", 0.13, 0.20, ratio(calls.HELLO_8X16, CPU)),
    Aim("CPU: hello, 64 x 8", 0.20, 0.28, ratio(calls.HELLO_64X8, CPU)),
    Aim("CPU: hello, 1 x 100", 0.06, 0.12, ratio(calls.HELLO_1X100, CPU)),
    Aim("calls of a core: hello, blast, 8 x 16", 15, 8, times(calls.BLAST, CPU), True),
    Aim("calls of a core: the same, unique plain", 12, 7, times(calls.BLAST_PLAIN, CPU), True),
    Aim("instructions: hello, 8 x 16", 3000, 5000, value(calls.HELLO_8X16, INSTRUCTIONS)),
    Aim("instructions: the same, suspended", 6000, 8000, value(calls.SUSPENDED, INSTRUCTIONS)),
    Aim("instructions: metadata read : not", 1.5, 1.5, between(calls.METADATA_READ, calls.HELLO_8X16, INSTRUCTIONS)),
    Aim("CPU: metadata read : not, blast", 1.5, 1.5, between(calls.BLAST_METADATA, calls.BLAST, CPU)),
    Aim("system calls: hello, 8 x 16", 0.15, 0.20, value(calls.HELLO_8X16, SYSCALLS)),
    Aim("p50: hello, 1 x 1, one core for both", 0.50, 0.60, ratio("hello, one at a time", "p50, us")),
    Aim("CPU: echo of 1 KiB, 8 x 16", 0.13, 0.25, ratio(calls.ECHO_1K, CPU)),
    Aim("CPU: echo of 64 KiB, 8 x 4", 0.60, 0.70, ratio(calls.ECHO_64K, CPU)),
    Aim("CPU: echo of 1 MiB, 4 x 2", 0.70, 0.80, ratio(calls.ECHO_1M, CPU)),
    Aim("CPU: a message out, 16 B", 0.06, 0.25, ratio(calls.STREAM_16, CPU)),
    Aim("CPU: a message out, 1 KiB", 0.50, 0.70, ratio(calls.STREAM_1K, CPU)),
    Aim("CPU: a message in, 16 B", 0.45, 0.75, ratio(calls.SINK_16, CPU)),
    Aim("client's CPU: hello, 8 x 16", 0.15, 0.30, ratio("client: hello, 8 x 16", CPU)),
    Aim("client's CPU: hello, 1 x 100", 0.15, 0.30, ratio("client: hello, 1 x 100", CPU)),
    Aim("KiB of an idle connection, of 1000", 2, 4, value("1000 idle connections", "KiB")),
    Aim("KiB of an idle connection, of 5000", 2, 4, value("5000 idle connections", "KiB")),
    Aim("hello world: crates", 45, 60, value("hello world", "crates")),
    Aim("hello world: CPU s of a first build", 55, 77, value("hello world", "first build, CPU s")),
    Aim("hello world: stripped binary, MB", 1.2, 1.8, value("hello world", "stripped binary, MB")),
]


def report(results):
    """The table of those aims that the results say something about."""
    rows = [(aim, aim.measured(results)) for aim in AIMS]
    rows = [(aim, measured) for aim, measured in rows if measured is not None]
    if rows:
        print(f"\n| traitwire, ratios to {PEER} | aim | least | measured | reaches |\n|---|--:|--:|--:|---|")
    for aim, measured in rows:
        bars = f"{aim.aim:g} | {aim.least:g}"
        print(f"| {aim.what} | {bars} | {number(measured)} | {aim.verdict(measured)} |")
