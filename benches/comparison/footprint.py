"""What the smallest server takes to build, and how large it is."""

import os
import pathlib
import resource
import subprocess
import tempfile

from .servers import HERE

PEERS = ["traitwire", "tonic"]


def crates(peer):
    """How many crates are built for it, itself among them."""
    tree = ["cargo", "tree", "--package", f"hello-{peer}", "--edges=normal,build", "--prefix=none"]
    lines = subprocess.run(tree, cwd=HERE, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return len({tuple(line.split()[:2]) for line in lines})


def first_build(peer):
    """CPU seconds that a debug build takes when nothing has been built yet, with the sources already there."""
    with tempfile.TemporaryDirectory() as target:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        cargo_build(peer, target)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def binary_size(peer, target):
    """MB of the stripped binary, built as `cargo build --release` does for who sets nothing."""
    cargo_build(peer, target, "--profile=plain")
    return (pathlib.Path(target) / "plain" / f"hello-{peer}").stat().st_size / 1e6


def cargo_build(peer, target, *more):
    environment = {name: value for name, value in os.environ.items() if name != "RUSTC_WRAPPER"}
    command = ["cargo", "build", "--quiet", "--package", f"hello-{peer}", f"--target-dir={target}", *more]
    subprocess.run(command, cwd=HERE, env=environment, check=True)
