"""python server_h2.py: servers on Python's h2 that do what is unusual and legal, each on a port of its own.

Prints one line of `name=port`, and serves until its standard input ends: whoever started it is gone then. The servers echo:
`Unary` its payload, `ServerStream` as often as it is asked to, `ClientStream` all payloads in one, and the metadata that
every method of the interop service sends back. The response metadata `x-connection` says which connection it came on,
from 1.
"""

import itertools
import random
import socket
import sys
import threading
import traceback

import h2.config
import h2.connection
import h2.events as events
import h2.settings
from h2.errors import ErrorCodes
from h2.settings import SettingCodes as Setting
from hpack import NeverIndexedHeaderTuple
from hyperframe.frame import PriorityFrame

from contract import pb
from http2 import PREFACE, SERVICE, frame, framed, frames, messages, padded, request_kind, split

MAX_WINDOW = 2**31 - 1
HEAD = [(":status", "200"), ("content-type", "application/grpc")]


class Call:
    """A request, as far as it has come."""

    def __init__(self, headers):
        self.headers = headers
        self.path = dict(headers)[":path"]
        self.body = bytearray()
        self.over = False

    def requests(self):
        found, rest = messages(self.body, request_kind(self.path))
        assert not rest, rest
        return found

    def echoed(self, prefix):
        return [(name, value) for name, value in self.headers if name in (prefix, prefix + "-bin")]

    def responses(self):
        requests = self.requests()
        match self.path.removeprefix(SERVICE):
            case "Unary":
                return [pb.UnaryResponse(payload=requests[0].payload)]
            case "ServerStream":
                (request,) = requests
                return [pb.ServerStreamResponse(index=n, payload=request.payload) for n in range(request.count)]
            case "ClientStream":
                payload = b"".join(request.payload for request in requests)
                return [pb.ClientStreamResponse(count=len(requests), payload=payload)]
            case "BidiStream":
                return [pb.BidiStreamResponse(payload=request.payload) for request in requests]
            case "Ping":
                return requests


class Connection:
    """A well-behaved server, until somebody inherits from it."""

    settings = {}
    restrictions = {}  # settings, too: those that h2 mustn't hold against a client which doesn't know them yet
    window = None  # what is added to the connection's
    cut = None  # how many bytes to write at a time

    def __init__(self, stream, number):
        self.socket = stream
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = number
        config = h2.config.H2Configuration(client_side=False, header_encoding="ascii")
        self.h2 = h2.connection.H2Connection(config)
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values=dict(self.settings))
        self.calls = {}
        self.waiting = {}  # what the client's windows don't let through yet: data, and the trailers after it

    def run(self):
        try:
            self.start()
            while data := self.socket.recv(65536):
                self.read(data)
                self.flush()
        except OSError:
            pass  # the client has gone, as it may
        except Exception:
            # The test sees a broken connection, and its reader why.
            traceback.print_exc()
        finally:
            self.socket.close()

    def read(self, data):
        for event in self.h2.receive_data(data):
            self.handle(event)

    def start(self):
        self.h2.initiate_connection()
        if self.restrictions:
            self.h2.update_settings(self.restrictions)
        if self.window is not None:
            self.h2.increment_flow_control_window(self.window)
        self.flush()

    def flush(self):
        out = b"".join(
            changed.serialize() for sent in frames(self.h2.data_to_send()) for changed in self.rewrite(sent)
        )
        self.write(out)

    def write(self, out):
        step = self.cut or len(out) or 1
        for at in range(0, len(out), step):
            self.socket.sendall(out[at : at + step])

    def rewrite(self, sent):
        return [sent]

    def handle(self, event):
        match event:
            case events.RequestReceived():
                self.calls[event.stream_id] = Call(event.headers)
                self.began(event.stream_id)
            case events.DataReceived():
                self.calls[event.stream_id].body += event.data
                self.received(event.stream_id, event.flow_controlled_length)
            case events.StreamEnded():
                self.calls[event.stream_id].over = True
                self.ended(event.stream_id, self.calls[event.stream_id])
            case events.WindowUpdated() | events.RemoteSettingsChanged():
                self.pump()
            case events.StreamReset():
                self.waiting.pop(event.stream_id, None)
            case events.SettingsAcknowledged():
                self.acknowledged()
            case events.PingAckReceived():
                self.pong(event.ping_data)

    def began(self, stream):
        pass

    def received(self, stream, length):
        if length:
            self.h2.acknowledge_received_data(length, stream)

    def acknowledged(self):
        pass

    def pong(self, payload):
        pass

    def ended(self, stream, call):
        self.answer(stream, call)

    def answer(self, stream, call):
        self.h2.send_headers(stream, [*HEAD, ("x-connection", str(self.number)), *call.echoed("x-initial")])
        trailers = [("grpc-status", "0"), *call.echoed("x-trailing")]
        self.waiting[stream] = framed(*call.responses()), trailers
        self.pump()

    def pump(self):
        for stream, (data, trailers) in list(self.waiting.items()):
            while data and (room := self.room(stream)) > 0:
                data = self.send_data(stream, data[:room]) + data[room:]
            self.waiting[stream] = data, trailers
            if not data:
                del self.waiting[stream]
                self.h2.send_headers(stream, trailers, end_stream=True)

    def room(self, stream):
        return min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)

    def send_data(self, stream, data):
        """Sends what there is room for, and returns what it doesn't."""
        self.h2.send_data(stream, data)
        return b""


class SmallWindows(Connection):
    """Streams may send one byte more each time."""

    restrictions = {Setting.INITIAL_WINDOW_SIZE: 0}

    def began(self, stream):
        self.increments = itertools.count(1)
        self.open = {**getattr(self, "open", {}), stream: 0}
        self.grant(stream)

    def grant(self, stream):
        self.open[stream] = next(self.increments)
        self.h2.increment_flow_control_window(self.open[stream], stream)

    def received(self, stream, length):
        # The connection's is opened as always: h2 doesn't have one without the other.
        self.open[stream] -= length
        if length:
            self.h2.increment_flow_control_window(length)
        if self.open[stream] <= 0 and not self.calls[stream].over:
            self.grant(stream)


class SmallWindowOfTheConnection(Connection):
    """Streams may send what they like, the connection only when it has sent everything before."""

    settings = {Setting.INITIAL_WINDOW_SIZE: MAX_WINDOW}

    def start(self):
        self.left = 65_535
        super().start()

    def received(self, stream, length):
        self.left -= length
        if self.left == 0:
            self.left = 9_999
            self.h2.increment_flow_control_window(9_999)


class WindowTakenBack(Connection):
    """When the client has sent all that it may, the settings take most of that back."""

    def start(self):
        self.got = 0
        super().start()

    def received(self, stream, length):
        self.got += length
        if self.got == 65_535:
            self.h2.update_settings({Setting.INITIAL_WINDOW_SIZE: 10})
            self.h2.increment_flow_control_window(MAX_WINDOW - 65_535)
        elif self.got > 65_535:
            assert length == 1, length  # see below
            self.h2.increment_flow_control_window(MAX_WINDOW - 10, stream)
            self.received = lambda stream, length: None

    def acknowledged(self):
        if self.h2.local_settings.initial_window_size == 10:
            (stream,) = self.calls
            # From ten minus all that has come to one.
            self.h2.increment_flow_control_window(65_535 - 10 + 1, stream)
            self.acknowledged = lambda: None


class OneStreamAtATime(Connection):
    """h2 itself ends the connection if there are more."""

    restrictions = {Setting.MAX_CONCURRENT_STREAMS: 1}


class NoStreamsAtFirst(Connection):
    """None is taken before the client has acknowledged that; then two are."""

    restrictions = {Setting.MAX_CONCURRENT_STREAMS: 0}
    limit = 0

    def began(self, stream):
        if self.limit == 0:  # it didn't know
            self.h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)

    def acknowledged(self):
        if self.h2.local_settings.max_concurrent_streams == 0:
            self.limit = 2
            self.h2.update_settings({Setting.MAX_CONCURRENT_STREAMS: 2})

    def received(self, stream, length):
        if self.limit:
            super().received(stream, length)

    def ended(self, stream, call):
        if self.limit:
            super().ended(stream, call)


class GoAway(Connection):
    """The first connection takes the first of three calls, and answers it after it has said so."""

    def ended(self, stream, call):
        if self.number > 1:
            return self.answer(stream, call)
        if sum(call.over for call in self.calls.values()) == 3:
            first = min(self.calls)
            self.flush()
            # h2 would send nothing after its own.
            self.write(frame(0x7, 0, 0, first.to_bytes(4, "big") + bytes(4) + b"maintenance"))
            self.answer(first, self.calls[first])


class GoAwayInTwoSteps(Connection):
    """Each connection is left after its first call: at first all calls count, then those that have come."""

    def ended(self, stream, call):
        if len(self.calls) == 1:
            self.flush()
            self.write(frame(0x7, 0, 0, MAX_WINDOW.to_bytes(4, "big") + bytes(4)))
            self.h2.ping(b"going...")
        else:
            self.answer(stream, call)

    def pong(self, payload):
        self.flush()
        self.write(frame(0x7, 0, 0, max(self.calls).to_bytes(4, "big") + bytes(4)))
        first = min(self.calls)
        self.answer(first, self.calls[first])


class Refused(Connection):
    """Every other call isn't taken, once its request is there."""

    def ended(self, stream, call):
        if len(self.calls) % 2:
            self.h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
        else:
            self.answer(stream, call)


class InterimHeads(Connection):
    def answer(self, stream, call):
        for status in ("100", "103", "103", "199"):
            self.h2.send_headers(stream, [(":status", status), ("x-initial", "too early")])
        super().answer(stream, call)


class Padding(Connection):
    """255 bytes with every byte of DATA, and with every head."""

    def rewrite(self, sent):
        return padded(sent, 255)

    def room(self, stream):
        return min(super().room(stream) - 256, 100)

    def send_data(self, stream, data):
        self.h2.send_data(stream, data, pad_length=255)
        return b""


class HeadsInManyFrames(Connection):
    def rewrite(self, sent):
        return split(sent, 500)


class BytesOneByOne(Connection):
    cut = 1


class TrailersOnly(Connection):
    def answer(self, stream, call):
        trailers = [("grpc-status", "5"), ("grpc-message", "nothing here"), *call.echoed("x-trailing")]
        self.h2.send_headers(stream, [*HEAD, *trailers], end_stream=True)


class SettingsChange(Connection):
    """All of them, at each end of a call."""

    changes = itertools.cycle(
        [
            {Setting.HEADER_TABLE_SIZE: 0, Setting.INITIAL_WINDOW_SIZE: 100, Setting.MAX_FRAME_SIZE: 2**24 - 1},
            {Setting.HEADER_TABLE_SIZE: 100_000, Setting.INITIAL_WINDOW_SIZE: 2**30},
            {Setting.HEADER_TABLE_SIZE: 64, Setting.INITIAL_WINDOW_SIZE: 1, Setting.MAX_FRAME_SIZE: 16_384},
            {Setting.HEADER_TABLE_SIZE: 4_096, Setting.MAX_HEADER_LIST_SIZE: 4_000, 0xF0F0: 7},
            {Setting.MAX_CONCURRENT_STREAMS: 1},
        ]
    )

    def received(self, stream, length):
        if length:
            self.h2.increment_flow_control_window(length)
            self.h2.increment_flow_control_window(length, stream)

    def answer(self, stream, call):
        super().answer(stream, call)
        self.h2.update_settings(next(self.changes))
        self.h2.encoder.header_table_size = next(self.sizes)

    sizes = itertools.cycle([0, 4_096, 100, 0, 1_000])


class Pings(Connection):
    """Calls are answered when all pings are, with frames in between that this version of HTTP/2 doesn't have."""

    def ended(self, stream, call):
        self.pongs = []
        for n in range(100):
            self.h2.ping(b"ping%4d" % n)
            self.flush()
            for kind in (0x0A, 0x0C, 0x10, 0xFA):  # ALTSVC, ORIGIN, PRIORITY_UPDATE, nobody's
                self.write(frame(kind, 0xFF, stream if n % 2 else 0, b"x" * n))
            self.write(PriorityFrame(2 * n + 1, depends_on=2 * n + 3).serialize())

    def pong(self, payload):
        self.pongs.append(payload)
        if self.pongs == [b"ping%4d" % n for n in range(100)]:
            (stream,) = [stream for stream, call in self.calls.items() if call.over]
            self.answer(stream, self.calls.pop(stream))


class StreamsInTurns(Connection):
    """Ten calls are answered byte by byte, with empty frames between."""

    def ended(self, stream, call):
        calls = {stream: call for stream, call in self.calls.items() if call.over}
        if len(calls) < 10:
            return
        bodies = {stream: framed(*call.responses()) for stream, call in calls.items()}
        for stream in bodies:
            self.h2.send_headers(stream, HEAD)
        for at in range(max(map(len, bodies.values()))):
            for stream, body in bodies.items():
                self.h2.send_data(stream, body[at : at + 1])
        for stream in bodies:
            self.h2.send_headers(stream, [("grpc-status", "0")], end_stream=True)
            del self.calls[stream]


class EndsEarly(Connection):
    """The answer is whole before the request is, which nobody wants any more (RFC 9113, 8.1)."""

    def received(self, stream, length):
        trailers = [("grpc-status", "10"), ("grpc-message", "enough")]
        self.h2.send_headers(stream, [*HEAD, *trailers], end_stream=True)
        self.h2.reset_stream(stream, ErrorCodes.NO_ERROR)
        self.received = lambda stream, length: None


class Resets(Connection):
    """With the error that the request names."""

    def answer(self, stream, call):
        self.h2.reset_stream(stream, call.requests()[0].payload[0])


class ResetsOnTheWay(Connection):
    """The same, after the head and half a message."""

    def answer(self, stream, call):
        self.h2.send_headers(stream, HEAD)
        self.h2.send_data(stream, b"\0\0\0\0\7half")
        self.h2.reset_stream(stream, call.requests()[0].payload[0])


class OddFields(Connection):
    """Fields that must not be indexed, that fill the table, and that throw each other out of it."""

    def answer(self, stream, call):
        secret = [NeverIndexedHeaderTuple("x-secret", "s" * 100)]
        filling = [(f"x-filling-{n}", f"{self.number} {stream} {n}" * 20) for n in range(40)]
        self.h2.send_headers(stream, [*HEAD, *secret, *filling, *call.echoed("x-initial")])
        self.waiting[stream] = framed(*call.responses()), [("grpc-status", "0"), *secret, *call.echoed("x-trailing")]
        self.pump()


class NotGrpc(Connection):
    def answer(self, stream, call):
        self.h2.send_headers(stream, [(":status", "503"), ("content-type", "text/html")])
        self.h2.send_data(stream, b"<h1>Service Unavailable</h1>", end_stream=True)


class AtRandom(Connection):
    """All of the above at once, by dice; the connection's number says which."""

    def __init__(self, stream, number):
        super().__init__(stream, number)
        self.dice = random.Random(number)
        self.cut = self.dice.choice([None, None, 99])
        self.unread = bytearray()
        self.whole = []  # requests that have no answer yet
        self.knows = False  # whether the client has the first settings

    def read(self, data):
        self.unread += data.removeprefix(PREFACE)
        if data.startswith(PREFACE):
            super().read(PREFACE)
        # Frame by frame: h2 doesn't see a larger SETTINGS_MAX_FRAME_SIZE in force before all of its input is read.
        while len(self.unread) >= 9 + (length := int.from_bytes(self.unread[:3], "big")):
            first, self.unread = self.unread[: 9 + length], self.unread[9 + length :]
            super().read(bytes(first))

    def rewrite(self, sent):
        return self.dice.choice([lambda: [sent], lambda: split(sent, 2_000), lambda: padded(sent, 77)])()

    def acknowledged(self):
        # Not before: h2 takes the first acknowledgement for that of the first change.
        self.knows = True

    def received(self, stream, length):
        if length:
            self.h2.increment_flow_control_window(length)
            self.h2.increment_flow_control_window(length, stream)

    def ended(self, stream, call):
        if self.knows and self.dice.random() < 0.5:
            self.h2.update_settings(
                {
                    Setting.INITIAL_WINDOW_SIZE: self.dice.choice([1_000, 65_535, 2**20]),
                    Setting.HEADER_TABLE_SIZE: self.dice.choice([0, 50, 4_096, 2**16]),
                    Setting.MAX_FRAME_SIZE: self.dice.choice([2**14, 2**14 + 1, 2**24 - 1]),
                }
            )
        size = self.dice.choice([0, 100, 4_096])
        if self.h2.encoder.header_table_size != size:  # or hpack forgets to tell of earlier changes
            self.h2.encoder.header_table_size = size
        self.whole.append(stream)
        self.h2.ping(b"whatever")

    def pong(self, payload):
        stream = self.whole.pop(self.dice.randrange(len(self.whole)))
        self.answer(stream, self.calls[stream])

    def send_data(self, stream, data):
        while data:
            padding = self.dice.choice([None, None, 0, 255])
            size = self.dice.choice([1, 1_000, 16_000])
            room = self.room(stream) - (0 if padding is None else padding + 1)
            if room <= 0:
                padding, room = None, self.room(stream)
            if room <= 0:
                break
            self.h2.send_data(stream, data[: min(size, room)], pad_length=padding)
            data = data[min(size, room) :]
        return data


SERVERS = {
    "well_behaved": Connection,
    "small_windows": SmallWindows,
    "a_small_window_of_the_connection": SmallWindowOfTheConnection,
    "window_taken_back": WindowTakenBack,
    "one_stream_at_a_time": OneStreamAtATime,
    "no_streams_at_first": NoStreamsAtFirst,
    "goaway": GoAway,
    "goaway_in_two_steps": GoAwayInTwoSteps,
    "refused": Refused,
    "interim_heads": InterimHeads,
    "padding": Padding,
    "heads_in_many_frames": HeadsInManyFrames,
    "bytes_one_by_one": BytesOneByOne,
    "trailers_only": TrailersOnly,
    "settings_change": SettingsChange,
    "pings": Pings,
    "streams_in_turns": StreamsInTurns,
    "ends_early": EndsEarly,
    "resets": Resets,
    "resets_on_the_way": ResetsOnTheWay,
    "odd_fields": OddFields,
    "not_grpc": NotGrpc,
    "at_random": AtRandom,
}


def serve(listener, kind):
    for number in itertools.count(1):
        stream, _ = listener.accept()
        threading.Thread(target=kind(stream, number).run, daemon=True).start()


if __name__ == "__main__":
    ports = {}
    for name, kind in SERVERS.items():
        listener = socket.create_server(("127.0.0.1", 0))
        ports[name] = listener.getsockname()[1]
        threading.Thread(target=serve, args=(listener, kind), daemon=True).start()
    print(*(f"{name}={port}" for name, port in ports.items()), flush=True)
    sys.stdin.read()
