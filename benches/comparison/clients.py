"""The clients, and what a call costs them."""

import contextlib
import os
import random
import subprocess

from .measures import on_core, scheduled
from .servers import build, serving

CLIENTS = ["traitwire", "tonic", "h2"]


def build_client(client):
    return build(f"client-{client}", f"client-{client}")


@contextlib.contextmanager
def connected(binary, port, call, prepare):
    """Runs a client; gives a way to let it make calls, and its process."""
    shape = {"PORT": port, "CONNECTIONS": call.connections, "STREAMS": call.streams}
    process = subprocess.Popen(
        [binary],
        env={**os.environ, **{name: str(value) for name, value in shape.items()}},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
    )

    def expect(line):
        said = process.stdout.readline().strip()
        if said != line:
            raise RuntimeError(f"{binary.name} says {said!r}, not {line!r}")

    def make(count):
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        expect(f"done {count}")

    try:
        expect("ready")
        yield process, make
    finally:
        process.stdin.close()
        process.wait()


def cpu_times(binaries, server, call, options):
    """Microseconds that all threads of a client spend on a call. They take turns with the same server."""
    with contextlib.ExitStack() as stack:
        _, port = stack.enter_context(serving(server, prepare=on_core(0, options)))
        running = {
            client: stack.enter_context(connected(binary, port, call, on_core(1, options)))
            for client, binary in binaries.items()
        }
        for _, make in running.values():
            make(call.count)
        for _ in range(options.rounds):
            times = {}
            for client in random.sample(sorted(running), len(running)):
                process, make = running[client]
                before, _ = scheduled(process.pid)
                make(call.count)
                after, _ = scheduled(process.pid)
                times[client] = (after - before) / call.count / 1000
            yield times
