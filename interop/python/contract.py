"""What all Python peers share: the generated code, and the odds and ends of a test.

The code is generated from `protos/interop/v1/interop.proto` whenever a peer starts, so it is never stale.
"""

import sys
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protos"))
pb, rpc = grpc.protos_and_services("interop/v1/interop.proto")

#: Characters of one to four bytes, and those that the status message's percent-encoding has to care for.
UNICODE = "Wörter, 言葉 & 🦀: 100 %\n\ttwo lines"

MIB = bytes(range(256)) * 4096

#: Request metadata that every method sends back under the same names.
ECHOED_INITIAL = (("x-initial", "at once"), ("x-initial-bin", bytes(range(256))))
ECHOED_TRAILING = (("x-trailing", "in the end"), ("x-trailing-bin", b"\0\xff"))

#: Whom certificates are made for.
TLS_NAME = "interop.example"


def open_channel(kind, address, *files):
    """A channel of `grpc` or `grpc.aio`; over TLS if there are files: roots to trust, a certificate to
    show and its key, if one is asked for."""
    if not files:
        return kind.insecure_channel(address)
    roots, *identity = (Path(file).read_bytes() for file in files)
    credentials = grpc.ssl_channel_credentials(roots, *reversed(identity))
    return kind.secure_channel(address, credentials, [("grpc.ssl_target_name_override", TLS_NAME)])


def listen(server, *files):
    """Has a server listen, over TLS if there are files: a certificate to show, its key, and the roots that clients'
    certificates lead to, if they need one; returns the port."""
    if not files:
        return server.add_insecure_port("127.0.0.1:0")
    certificate, key, *roots = (Path(file).read_bytes() for file in files)
    credentials = grpc.ssl_server_credentials([(key, certificate)], *roots, require_client_auth=bool(roots))
    return server.add_secure_port("127.0.0.1:0", credentials)


def values():
    """A message with a field of every kind."""
    message = pb.Values(
        truth=True,
        int32=-(2**31),
        int64=-(2**63),
        uint32=2**32 - 1,
        uint64=2**64 - 1,
        sint32=-(2**31),
        sint64=2**63 - 1,
        fixed32=2**32 - 1,
        fixed64=2**64 - 1,
        sfixed32=-1,
        sfixed64=-(2**63),
        float=1.5,
        double=-0.0,
        text=UNICODE,
        bytes=bytes(range(256)),
        optional_zero=0,
        colour=7,  # of a later version
        packed=[0, -1, 2**62],
        texts=["", "a"],
        colours=[pb.COLOUR_INFRARED, pb.COLOUR_UNSPECIFIED, 99],
        by_name={"": 0, "ü": -1},
        by_number={0: pb.Leaf(), 7: pb.Leaf(text="seven")},
        inner=pb.Values(inner=pb.Values(text="two levels down")),
        leaves=[pb.Leaf(text="x"), pb.Leaf()],
        number=0,
    )
    message.time.FromMilliseconds(-1)
    message.span.FromNanoseconds(1_500_000_001)
    return message


def is_echo(sent, got):
    """Whether `got` is `sent`, down to what was left out: no zero added, no field lost."""
    return sent == got and sent.SerializeToString(deterministic=True) == got.SerializeToString(deterministic=True)


def ending_event(context):
    """What to tell of a call that was taken from its handler.

    The client's clock started before ours: when it gives up, a little time may be left here.
    """
    left = context.time_remaining()
    passed = left is not None and left < 0.5
    return pb.CALL_EVENT_DEADLINE_EXCEEDED if passed else pb.CALL_EVENT_CANCELLED
