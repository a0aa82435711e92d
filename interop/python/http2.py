"""What the peers on Python's h2 share: gRPC's few bytes, and frames as h2 alone would not send them."""

import struct

from contract import pb
from hyperframe.frame import ContinuationFrame, Frame, HeadersFrame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SERVICE = "/interop.v1.InteropService/"


def framed(*messages):
    """gRPC's framing: a flag, the length, the message."""
    return b"".join(b"\0" + struct.pack(">I", len(data)) + data for data in map(serialized, messages))


def serialized(message):
    return message if isinstance(message, bytes) else message.SerializeToString()


def messages(body, kind):
    """The messages of a body, and what is left of it."""
    found = []
    while len(body) >= 5:
        flag, length = struct.unpack(">BI", body[:5])
        assert flag == 0, flag
        if len(body) < 5 + length:
            break
        found.append(kind.FromString(bytes(body[5 : 5 + length])))
        body = body[5 + length :]
    return found, bytes(body)


def request_kind(path):
    return {
        "Unary": pb.UnaryRequest,
        "ServerStream": pb.ServerStreamRequest,
        "ClientStream": pb.ClientStreamRequest,
        "BidiStream": pb.BidiStreamRequest,
        "Ping": pb.google_dot_protobuf_dot_empty__pb2.Empty,
    }[path.removeprefix(SERVICE)]


def frames(data):
    """The frames in what h2 wants to send, without a client's preface."""
    view = memoryview(data.removeprefix(PREFACE))
    while view:
        frame, length = Frame.parse_frame_header(view[:9])
        frame.parse_body(view[9 : 9 + length])
        yield frame
        view = view[9 + length :]


def frame(kind, flags, stream, payload):
    """A frame of any kind, in bytes."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def split(frame, size):
    """A block of header fields in many frames: an empty HEADERS, CONTINUATION of `size` bytes, and an empty one."""
    if not isinstance(frame, HeadersFrame):
        return [frame]
    block, frame.data = frame.data, b""
    frame.flags.discard("END_HEADERS")
    rest = [ContinuationFrame(frame.stream_id, block[at : at + size]) for at in range(0, len(block), size)]
    return [frame, *rest, ContinuationFrame(frame.stream_id, b"", flags=["END_HEADERS"])]


def padded(frame, length):
    """HEADERS with padding; h2 itself knows how to pad DATA."""
    if isinstance(frame, HeadersFrame):
        frame.flags.add("PADDED")
        frame.pad_length = length
    return [frame]
