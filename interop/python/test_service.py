"""What both peers of gRPC's interoperability tests share: the generated code, and the numbers of the document.

The code is generated from `protos/grpc/testing/test.proto` whenever a peer starts, so it is never stale.
"""

import sys
from pathlib import Path

import grpc

# Its folder, since `grpc` is a package of Python's own.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protos/grpc/testing"))
pb, rpc = grpc.protos_and_services("test.proto")

ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"


def zeros(size):
    return pb.Payload(body=bytes(size))
