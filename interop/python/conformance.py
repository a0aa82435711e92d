"""What both peers of Connect's conformance tests share: the generated code, and what the runner reads and writes.

The code is generated from `protos/connectrpc/conformance/v1/service.proto` whenever a peer starts, so it is never stale.
"""

import base64
import struct
import sys
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protos"))
pb, rpc = grpc.protos_and_services("connectrpc/conformance/v1/service.proto")

COMPRESSIONS = {
    pb.COMPRESSION_IDENTITY: grpc.Compression.NoCompression,
    pb.COMPRESSION_GZIP: grpc.Compression.Gzip,
    pb.COMPRESSION_DEFLATE: grpc.Compression.Deflate,
}


def read(kind):
    """The next message of the standard input, or None at its end."""
    prefix = sys.stdin.buffer.read(4)
    if not prefix:
        return None
    (length,) = struct.unpack(">I", prefix)
    return kind.FromString(sys.stdin.buffer.read(length))


def write(message):
    encoded = message.SerializeToString()
    sys.stdout.buffer.write(struct.pack(">I", len(encoded)) + encoded)
    sys.stdout.buffer.flush()


def to_headers(metadata):
    """Each key with its values, those of `-bin` in base64."""
    values = {}
    for key, value in metadata or ():
        text = value if isinstance(value, str) else base64.b64encode(value).decode().rstrip("=")
        values.setdefault(key, []).append(text)
    return [pb.Header(name=key, value=value) for key, value in values.items()]


def to_metadata(headers):
    return [
        (header.name.lower(), unpadded(value) if header.name.lower().endswith("-bin") else value)
        for header in headers
        for value in header.value
    ]


def unpadded(value):
    return base64.b64decode(value + "=" * (-len(value) % 4))
