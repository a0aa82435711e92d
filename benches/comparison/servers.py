"""The servers: how they are built, started and checked."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from .calls import CALLS, HELLO

HERE = pathlib.Path(__file__).resolve().parent.parent

OURS = "traitwire"
PACKAGES = {
    "traitwire": "server-traitwire",
    "tower": "server-traitwire",
    "tonic": "server-tonic",
    "h2": "server-raw",
    "hyper": "server-raw",
    "floor": "server-raw",
    "connect": "server-connect",
    "go": "server-go",
}
"""Which package a server is built from; its binary is called `server-` and its name."""


def progress(text):
    print(text, file=sys.stderr, flush=True)


def build(package, binary, *features):
    """The path of a copy of a binary: the next build with other features leaves it alone."""
    # One package at a time, or cargo would give each the features that the other needs.
    command = ["cargo", "build", "--release", "--package", package, "--bin", binary]
    command += ["--message-format=json-render-diagnostics", *(f"--features={feature}" for feature in features)]
    progress(" ".join(command))
    built = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True, check=True).stdout
    executables = [json.loads(line).get("executable") for line in built.splitlines()]
    executable = pathlib.Path(next(filter(None, executables)))
    copy = executable.parent / "compared" / "-".join([executable.name, *features])
    copy.parent.mkdir(exist_ok=True)
    # Beside it first: whoever runs the last one goes on with that.
    fresh = copy.with_suffix(".new")
    shutil.copy2(executable, fresh)
    fresh.replace(copy)
    return copy


def missing(server):
    """What it takes to build a server and isn't here; README.md says where it comes from."""
    tools = {"connect": ["protoc"], "go": ["go", "protoc", "protoc-gen-go"]}.get(server, [])
    return [tool for tool in tools if not shutil.which(tool)]


def build_server(server, *features):
    if server == "go":
        return None if features else build_go()
    return build(PACKAGES[server], f"server-{server}", *features)


def build_go():
    """grpc-go as Debian has it, which is years older than the newest: there is no other registry for it here."""
    progress("go build server-go")
    target = HERE / "target" / "go"
    source = target / "src" / "server-go"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(HERE / "server-go", source)
    for proto in ["helloworld", "bench"]:
        package = source / proto
        package.mkdir()
        # The plugin that goes with Debian's golang-google-grpc-dev is older than what grpc-go's users take by now.
        protoc = ["protoc", f"--proto_path={HERE / 'proto'}", f"{proto}.proto", f"--go_out=plugins=grpc:{package}"]
        subprocess.run(protoc, check=True)
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": f"{target}:/usr/share/gocode"}
    binary = target / "server-go"
    subprocess.run(["go", "build", "-o", binary, "server-go"], env=environment, check=True)
    return binary


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


def answers(server, call):
    """Whether a server knows a call."""
    return server != "floor" or (call.path, call.request) == HELLO[:2]


def able(binaries, call):
    """The servers that know a call."""
    return {server: binary for server, binary in binaries.items() if answers(server, call)}


def verify(server, binary):
    """Every kind of call has its reply, byte for byte, and the status OK."""
    requests = {(call.path, call.request): call for call in CALLS if answers(server, call)}
    with serving(binary) as (_, port), tempfile.NamedTemporaryFile() as body:
        for call in requests.values():
            body.seek(0)
            body.truncate()
            body.write(call.request)
            body.flush()
            command = ["nghttp", f"--data={body.name}", *headers(call), f"http://127.0.0.1:{port}{call.path}"]
            reply = subprocess.run(command, capture_output=True, check=True).stdout
            if reply != call.reply:
                raise RuntimeError(f"{binary.name} answers {call.path} with {reply[:100]!r}…")
            frames = subprocess.run([*command, "--verbose", "--null-out"], capture_output=True, check=True).stdout
            for field in [b":status: 200", b"content-type: application/grpc", b"grpc-status: 0"]:
                if not re.search(rb"recv \(stream_id=\d+\) " + field, frames):
                    raise RuntimeError(f"{binary.name} answers {call.path} without {field.decode()}")


def headers(call):
    metadata = [f"--header={key}: {value}" for key, value in call.metadata]
    return ["--header=content-type: application/grpc", "--header=te: trailers", *metadata]
