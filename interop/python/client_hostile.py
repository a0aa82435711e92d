"""python client_hostile.py ADDRESS: floods a server, by frames of hyperframe's and header blocks of hpack's.

Prints a line for each flood that the server has put an end to, with the reason that it should give, and ends with a traceback
at the first that it hasn't.
"""

import socket
import sys
import threading

from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from http2 import PREFACE, SERVICE

CALM = 11
MAX_PIECES = 200_000


def flood(address, piece, first=()):
    """Sends `first`, and then a piece for each number, until the server has enough. Gives the code of its GOAWAY."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        told = bytearray()

        def read():
            try:
                while data := connection.recv(65536):
                    told.extend(data)
            except (ConnectionError, TimeoutError):
                pass

        reading = threading.Thread(target=read)
        reading.start()
        try:
            connection.sendall(PREFACE + b"".join(frame.serialize() for frame in [SettingsFrame(0), *first]))
            for n in range(0, MAX_PIECES, 50):
                # A server may as well let it go on, and not listen.
                if not reading.is_alive():
                    break
                pieces = (frame for m in range(n, n + 50) for frame in piece(m))
                connection.sendall(b"".join(frame.serialize() for frame in pieces))
        except ConnectionError:
            pass
        reading.join()
    reasons = [frame.error_code for frame in read_frames(told) if isinstance(frame, GoAwayFrame)]
    assert len(reasons) == 1, reasons
    return reasons[0]


def read_frames(data):
    view = memoryview(data)
    while len(view) >= 9:
        frame, length = Frame.parse_frame_header(view[:9])
        frame.parse_body(view[9 : 9 + length])
        yield frame
        view = view[9 + length :]


def fields(path="Ping"):
    return [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "localhost"),
        (":path", SERVICE + path),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ]


def head(stream, block=None, **more):
    block = Encoder().encode(fields()) if block is None else block
    return HeadersFrame(stream, block, flags=["END_HEADERS"], **more)


def rapid_reset(address):
    assert flood(address, lambda n: [head(2 * n + 1), RstStreamFrame(2 * n + 1, error_code=8)]) == CALM


def made_you_reset(address):
    """Each of these the server has to reset."""
    breaks = [
        lambda stream: WindowUpdateFrame(stream, window_increment=2**31 - 1),
        lambda stream: head(stream, b""),
        lambda stream: HeadersFrame(stream, Encoder().encode(fields()), flags=["END_HEADERS"]),
    ]
    for broken in breaks:
        assert flood(address, lambda n: [head(2 * n + 1), broken(2 * n + 1)]) == CALM


def continuations(address):
    for length in [0, 1, 16384]:
        first = [HeadersFrame(1, Encoder().encode(fields()))]
        assert flood(address, lambda n: [ContinuationFrame(1, b"a" * length)], first) == CALM


def frames_that_carry_nothing(address):
    for piece in [
        SettingsFrame(0),
        PingFrame(0, opaque_data=b"12345678"),
        PingFrame(0, opaque_data=b"12345678", flags=["ACK"]),
        PriorityFrame(1, depends_on=0, stream_weight=1, exclusive=False),
        WindowUpdateFrame(0, window_increment=1),
        GoAwayFrame(0),
    ]:
        assert flood(address, lambda n: [piece]) == CALM, piece
    assert flood(address, lambda n: [DataFrame(1, b"")], [head(1)]) == CALM
    assert flood(address, lambda n: [DataFrame(1, b"", pad_length=9, flags=["PADDED"])], [head(1)]) == CALM


def header_bomb(address):
    """A field of 4,000 bytes, once, and then a byte for each of a thousand more."""
    encoder = Encoder()
    first = encoder.encode(fields() + [("x-bomb", "x" * 3900)], huffman=False)
    again = encoder.encode([("x-bomb", "x" * 3900)])
    assert len(again) == 1, again
    assert flood(address, lambda n: [head(2 * n + 3, again * 1000)], [head(1, first)]) == CALM


FLOODS = [
    rapid_reset,
    made_you_reset,
    continuations,
    frames_that_carry_nothing,
    header_bomb,
]

if __name__ == "__main__":
    for attack in FLOODS:
        attack(sys.argv[1])
        print("ok", attack.__name__, flush=True)
