#!/usr/bin/env python3
"""Builds the servers, checks that they answer rightly, and compares what a call costs each of them.

    benches/compare.py                                all of it
    benches/compare.py --only hello                   calls whose name contains this
    benches/compare.py --only hello --load blast      made so fast that the server is the limit
    benches/compare.py --help

README.md says what is needed, and how to read the tables.
"""

import argparse
import random
import shutil
import sys
import tempfile

from comparison import aims, measures
from comparison import footprint as footprints
from comparison.calls import CALLS, HELLO_1X1, HELLO_1X100, HELLO_8X16
from comparison.clients import CLIENTS, build_client
from comparison.clients import cpu_times as client_cpu_times
from comparison.report import Results
from comparison.servers import OURS, PACKAGES, able, answers, build_server, missing, progress, verify


def main():
    options = arguments()
    for tool in ["cargo", "h2load", "nghttp"]:
        if not shutil.which(tool):
            sys.exit(f"{tool} is needed; README.md says where it comes from")
    servers = [OURS]
    for peer in options.servers:
        if tools := missing(peer):
            progress(f"no {peer}: it takes {' and '.join(tools)}")
        elif peer not in servers:
            servers.append(peer)
    binaries = {server: build_server(server) for server in servers}
    for server, binary in binaries.items():
        verify(server, binary)

    results = Results(servers, base="tonic" if "tonic" in servers else servers[-1])
    calls = chosen(options)
    for measure in options.measure:
        MEASURES[measure](binaries, calls, results, options)
    results.print()
    aims.report(results)


def chosen(options):
    """The calls that the options ask for, each once."""
    calls = [call for call in CALLS if options.only in str(call)]
    return list(dict.fromkeys(call.by(options.load, options.unique) for call in calls))


def cpu(binaries, calls, results, options):
    for call in calls:
        progress(f"CPU time: {call}")
        for times in measures.cpu_times(able(binaries, call), call, options):
            for server, (time, busy) in times.items():
                results.add(call, "CPU, us", server, time)
                if call.load == "blast":
                    results.add(call, "busy, %", server, busy)


def allocations(binaries, calls, results, options):
    for server in binaries:
        counting = build_server(server, "count-allocations")
        if not counting:
            continue
        for call in calls:
            if not answers(server, call):
                continue
            progress(f"allocations of {server}: {call}")
            count, size = measures.allocations(counting, call)
            results.add(call, "allocations", server, count)
            results.add(call, "bytes allocated", server, size)


def instructions(binaries, calls, results, options):
    if not shutil.which("valgrind"):
        progress("no instructions: valgrind is not installed")
        return
    for call in calls:
        progress(f"instructions: {call}")
        for server, binary in able(binaries, call).items():
            # Go's runtime moves stacks, which valgrind doesn't take.
            if server == "go":
                continue
            results.add(call, "instructions", server, measures.instructions(server, binary, call, options))


def syscalls(binaries, calls, results, options):
    if not measures.can_count_syscalls():
        progress("no system calls: it takes perf, and root")
        return
    for call in calls:
        if call.messages == 1:
            progress(f"system calls: {call}")
            for counts in measures.syscalls(able(binaries, call), call, options):
                for server, count in counts.items():
                    results.add(call, "system calls", server, count)


def clients_cpu(binaries, calls, results, options):
    clients = {client: build_client(client) for client in CLIENTS if client in binaries}
    for call in calls:
        # A client checks the greeting itself, and knows no other call.
        if call in [HELLO_8X16, HELLO_1X100, HELLO_1X1]:
            progress(f"CPU time of the clients: {call}")
            for times in client_cpu_times(clients, binaries[OURS], call, options):
                for client, time in times.items():
                    results.add(f"client: {call}", "CPU, us", client, time)


def memory(binaries, calls, results, options):
    for connections in [1000, 5000]:
        progress(f"memory of {connections} idle connections")
        for server, binary in binaries.items():
            kib = measures.idle_memory(binary, connections)
            results.add(f"{connections} idle connections", "KiB", server, kib)


def latency(binaries, calls, results, options):
    progress("latency")
    kinds = {
        "hello, one at a time": measures.one_at_a_time(binaries, options),
        f"hello, half of {results.base}'s load": measures.at_half_load(binaries, results.base, options),
    }
    for kind, turns in kinds.items():
        for reports in turns:
            for server, report in reports.items():
                results.add(kind, "p50, us", server, report["p50_us"])
                results.add(kind, "p99, us", server, report["p99_us"])


def footprint(binaries, calls, results, options):
    if not shutil.which("protoc"):
        progress("no footprint: tonic's users need protoc")
        return
    peers = [peer for peer in footprints.PEERS if peer in binaries]
    with tempfile.TemporaryDirectory() as target:
        for peer in peers:
            progress(f"hello world: {peer}")
            results.add("hello world", "crates", peer, footprints.crates(peer))
            results.add("hello world", "stripped binary, MB", peer, footprints.binary_size(peer, target))
    for _ in range(max(1, options.rounds // 7)):
        for peer in random.sample(peers, len(peers)):
            progress(f"hello world, first build: {peer}")
            results.add("hello world", "first build, CPU s", peer, footprints.first_build(peer))


MEASURES = {
    "cpu": cpu,
    "clients": clients_cpu,
    "syscalls": syscalls,
    "allocations": allocations,
    "instructions": instructions,
    "memory": memory,
    "latency": latency,
    "footprint": footprint,
}
OF_CALLS = ["cpu", "clients", "syscalls", "allocations", "instructions"]
"""Those that are about the calls that `--only` names."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="TEXT", help="calls whose name contains this")
    parser.add_argument(
        "--servers",
        type=listed(PACKAGES),
        default=["tonic", "tower", "h2"],
        help="peers to compare with: " + ",".join(PACKAGES),
    )
    parser.add_argument("--measure", type=listed(MEASURES), help="of " + ",".join(MEASURES))
    parser.add_argument(
        "--load", choices=["h2load", "blast"], default="h2load", help="who makes the calls that any load can make"
    )
    parser.add_argument(
        "--unique",
        choices=["plain", "indexed"],
        default="",
        help="blast: a deadline and a trace that differ in every call, and how they are written",
    )
    parser.add_argument("--rounds", type=int, default=21, help="turns of each server; 21 unless said otherwise")
    parser.add_argument("--seconds", type=float, default=0.5, help="how long a turn under blast takes")
    parser.add_argument("--real-time", action="store_true", help="keeps other programs off both cores; for root")
    parser.add_argument("--profiles", metavar="FOLDER", help="keeps what callgrind found")
    options = parser.parse_args()
    if options.unique and options.load == "h2load":
        parser.error("h2load makes all calls alike: --unique takes --load blast")
    if not options.measure:
        options.measure = [measure for measure in MEASURES if not options.only or measure in OF_CALLS]
    return options


def listed(known):
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name} is not one of {','.join(known)}")
        return names

    return parse


if __name__ == "__main__":
    main()
