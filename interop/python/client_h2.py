"""python client_h2.py ADDRESS: a client on Python's h2 that does what is unusual and legal.

Prints a line for each scenario that went well, and ends with a traceback at the first that didn't.
"""

import itertools
import random
import socket
import sys

import h2.config
import h2.connection
import h2.events as events
import h2.settings
from h2.errors import ErrorCodes
from h2.settings import SettingCodes as Setting
from hyperframe.frame import GoAwayFrame, PingFrame, PriorityFrame

from contract import MIB, pb
from http2 import PREFACE, SERVICE, frame, framed, frames, messages, padded, split

MAX_WINDOW = 2**31 - 1


class Answer:
    """What has come on a stream."""

    def __init__(self):
        self.headers = self.trailers = self.reset = None
        self.body = bytearray()
        self.ended = False

    def over(self):
        return self.ended or self.reset is not None

    def status(self):
        fields = self.headers if self.trailers is None else self.trailers
        return fields["grpc-status"][0]

    def check_ok(self, *expected):
        assert self.headers[":status"] == ["200"] and self.status() == "0", vars(self)
        got, rest = messages(self.body, type(expected[0])) if expected else ([], self.body)
        assert (got, rest) == (list(expected), b""), (len(got), len(rest))


class Client:
    """A connection. It reads when it is told to wait for something."""

    def __init__(self, address, settings=(), rewrite=None, window=None):
        host, port = address.rsplit(":", 1)
        self.authority = address
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = h2.config.H2Configuration(client_side=True, header_encoding="ascii")
        self.h2 = h2.connection.H2Connection(config)
        self.h2.local_settings = h2.settings.Settings(
            client=True, initial_values={Setting.ENABLE_PUSH: 0, **dict(settings)}
        )
        self.rewrite = rewrite or (lambda frame: [frame])
        self.cut = None  # how many bytes to write at a time
        self.reads_on = True  # whether received data is acknowledged
        self.received = bytearray()
        self.answers = {}
        self.pongs = []
        self.changes, self.acked = 1, 0  # how often settings were sent, and taken
        self.windows_opened = 0
        self.h2.initiate_connection()
        if window is not None:
            self.h2.increment_flow_control_window(window)
        self.socket.sendall(PREFACE)
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        out = b"".join(
            changed.serialize() for sent in frames(self.h2.data_to_send()) for changed in self.rewrite(sent)
        )
        self.write(out)

    def write(self, out):
        step = self.cut or len(out) or 1
        for at in range(0, len(out), step):
            self.socket.sendall(out[at : at + step])

    def write_frame(self, frame):
        """Sends what h2 doesn't know of, after everything that it wants to send."""
        self.flush()
        self.write(frame.serialize())

    def start(self, method, *requests, end=True, metadata=(), authority=True):
        """Starts a call, and sends what there is of its requests."""
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", "POST"), (":scheme", "http"), (":path", SERVICE + method)]
        head += [(":authority", self.authority)] if authority else [("host", self.authority)]
        head += [("content-type", "application/grpc"), ("te", "trailers"), *metadata]
        self.answers[stream] = Answer()
        self.h2.send_headers(stream, head)
        if requests or end:
            self.send(stream, framed(*requests), end)
        self.flush()
        return stream

    def send(self, stream, data, end=False, pad_length=None):
        """Sends data as the windows let it through."""
        padding = 0 if pad_length is None else pad_length + 1
        while data or end:
            self.until(lambda: self.h2.local_flow_control_window(stream) > (padding if data else -1))
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size) - padding
            piece, data = data[: max(room, 0)], data[max(room, 0) :]
            self.h2.send_data(stream, piece, end_stream=end and not data, pad_length=pad_length)
            self.flush()
            if not data:
                break

    def until(self, done):
        while not done():
            data = self.socket.recv(65536)
            assert data, "the server closed the connection"
            self.received += data
            # Frame by frame: h2 doesn't see a larger SETTINGS_MAX_FRAME_SIZE in force before all of its input is read.
            while len(self.received) >= 9 + (length := int.from_bytes(self.received[:3], "big")):
                first, self.received = self.received[: 9 + length], self.received[9 + length :]
                for event in self.h2.receive_data(bytes(first)):
                    self.handle(event)
            self.flush()

    def handle(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        match event:
            case events.ResponseReceived():
                answer.headers = fields(event.headers)
            case events.DataReceived():
                answer.body += event.data
                if self.reads_on and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case events.TrailersReceived():
                answer.trailers = fields(event.headers)
            case events.StreamEnded():
                answer.ended = True
            case events.StreamReset():
                answer.reset = event.error_code
            case events.PingAckReceived():
                self.pongs.append(event.ping_data)
            case events.SettingsAcknowledged():
                self.acked += 1
            case events.WindowUpdated():
                self.windows_opened += 1
            case events.ConnectionTerminated():
                raise AssertionError(f"GOAWAY: {event.error_code} {event.additional_data}")

    def answer(self, stream):
        answer = self.answers[stream]
        self.until(answer.over)
        return answer

    def call(self, method, *requests, **options):
        return self.answer(self.start(method, *requests, **options))

    def change(self, settings):
        """Changes settings, and waits until the server says that it has."""
        self.h2.update_settings(settings)
        self.flush()
        self.changes += 1
        self.until(lambda: self.acked == self.changes)

    def barrier(self):
        """Waits until the server has answered everything that was sent."""
        ping = next(pings).to_bytes(8, "big")
        self.h2.ping(ping)
        self.flush()
        self.until(lambda: ping in self.pongs)

    def open(self, increment, stream=None):
        self.h2.increment_flow_control_window(increment, stream)
        self.flush()

    def check_serves(self):
        self.call("Unary", unary(b"ping")).check_ok(echo(b"ping"))


def small_windows_of_a_stream(address):
    """The server sends what the window allows, to the byte, and no more."""
    with Client(address, {Setting.INITIAL_WINDOW_SIZE: 0}) as client:
        client.reads_on = False
        stream = client.start("ServerStream", pb.ServerStreamRequest(payload=b"x" * 100, count=10))
        whole = framed(*(pb.ServerStreamResponse(index=n, payload=b"x" * 100) for n in range(10)))
        answer = client.answers[stream]
        opened = 0
        for increment in itertools.count(1):
            client.barrier()
            assert len(answer.body) == min(opened, len(whole)), (len(answer.body), opened)
            if opened >= len(whole):
                break
            opened += increment
            client.open(increment, stream)
            client.until(lambda: len(answer.body) >= min(opened, len(whole)))
        assert bytes(client.answer(stream).body) == whole and answer.status() == "0"


def the_window_of_the_connection(address):
    """Streams with all the room in the world share what the connection has."""
    with Client(address, {Setting.INITIAL_WINDOW_SIZE: MAX_WINDOW}) as client:
        client.reads_on = False
        payload = bytes(100_000)
        streams = [client.start("Unary", unary(payload)) for _ in range(3)]
        total = 3 * len(framed(echo(payload)))
        received = lambda: sum(len(client.answers[stream].body) for stream in streams)
        opened = 65_535
        while opened < total:
            client.until(lambda: received() >= opened)
            client.barrier()
            assert received() == opened, (received(), opened)
            client.open(9_999)
            opened += 9_999
        for stream in streams:
            client.answer(stream).check_ok(echo(payload))


def a_window_that_falls_below_zero(address):
    """Settings take back what was given before (RFC 9113, 6.9.2)."""
    with Client(address) as client:
        client.reads_on = False
        stream = client.start("Unary", unary(bytes(100_000)))
        body = client.answers[stream].body
        client.until(lambda: len(body) == 65_535)
        client.open(MAX_WINDOW - 65_535)  # the connection's: from now on only the stream's counts
        client.change({Setting.INITIAL_WINDOW_SIZE: 1_000})
        client.open(64_535, stream)
        client.barrier()
        assert len(body) == 65_535, len(body)
        client.open(1, stream)
        client.until(lambda: len(body) > 65_535)
        client.barrier()
        assert len(body) == 65_536, len(body)
        client.change({Setting.INITIAL_WINDOW_SIZE: 200_000})
        client.answer(stream).check_ok(echo(bytes(100_000)))


def settings_change_on_the_way(address):
    """Frames, tables and windows of all sizes, while a call is open."""
    with Client(address, window=MAX_WINDOW - 65_535) as client:
        stream = client.start("BidiStream", end=False)
        for number, settings in enumerate(
            [
                {Setting.MAX_FRAME_SIZE: 2**24 - 1, Setting.INITIAL_WINDOW_SIZE: 2**24},
                {Setting.HEADER_TABLE_SIZE: 0},
                {Setting.MAX_FRAME_SIZE: 16_384, Setting.INITIAL_WINDOW_SIZE: 10},
                {Setting.HEADER_TABLE_SIZE: 100_000, Setting.INITIAL_WINDOW_SIZE: 2**30},
                {Setting.MAX_CONCURRENT_STREAMS: 0, Setting.MAX_HEADER_LIST_SIZE: 2**20},
            ]
        ):
            client.change(settings)
            client.send(stream, framed(pb.BidiStreamRequest(payload=bytes(100_000))))
            if settings.get(Setting.INITIAL_WINDOW_SIZE) == 10:
                # The stream's is below zero; h2 opens windows by halves, which is too late for it.
                client.open(200_000 - client.h2.remote_flow_control_window(stream), stream)
            else:
                client.call("Unary", unary(MIB)).check_ok(echo(MIB))
            whole = (number + 1) * len(framed(pb.BidiStreamResponse(payload=bytes(100_000))))
            client.until(lambda: len(client.answers[stream].body) == whole)
        client.send(stream, b"", end=True)
        client.answer(stream).check_ok(*[pb.BidiStreamResponse(payload=bytes(100_000))] * 5)


def header_tables_of_all_sizes(address):
    """Both compression contexts, each resized between the same calls."""
    with Client(address) as client:
        for theirs, ours in [(4096, 4096), (0, 4096), (0, 0), (65_536, 64), (33, 4096), (100, 0), (4096, 4096)]:
            client.change({Setting.HEADER_TABLE_SIZE: theirs})
            client.h2.encoder.header_table_size = ours
            for n in range(20):
                check_echoed(client, f"{n % 3}", "the same")


def a_head_in_many_frames(address):
    """CONTINUATION, with empty frames in front and behind; request trailers too. More than 16 short ones are too many."""
    with Client(address, rewrite=lambda frame: split(frame, 600)) as client:
        check_echoed(client, "".join(map(chr, range(33, 127))) * 60, "y" * 3_000)
        stream = client.start("Unary", unary(b"ping"), end=False)
        client.h2.send_headers(stream, [("x-checksum", "z" * 500)], end_stream=True)
        client.flush()
        client.answer(stream).check_ok(echo(b"ping"))


def padding(address):
    """All that a frame can hold; it counts for the windows, so a long request needs them opened."""
    with Client(address, rewrite=lambda frame: padded(frame, 255)) as client:
        stream = client.start("ClientStream", end=False)
        for n in range(10_000):  # 2.5 MiB of padding around 70 kB
            client.send(stream, framed(pb.ClientStreamRequest(payload=b"x")), pad_length=255)
        client.send(stream, b"", end=True, pad_length=0)
        client.answer(stream).check_ok(pb.ClientStreamResponse(count=10_000, payload=b"x" * 10_000))
        assert client.windows_opened > 0


def priorities(address):
    """PRIORITY on streams that are idle, open, closed, and in HEADERS."""
    with Client(address) as client:
        for stream in (3, 5, 7, 2**31 - 1):
            client.write_frame(PriorityFrame(stream, depends_on=11, stream_weight=255, exclusive=True))
        first = client.start("BidiStream", end=False)
        client.write_frame(PriorityFrame(first, depends_on=0, stream_weight=0))
        second = client.h2.get_next_available_stream_id()
        client.answers[second] = Answer()
        head = [(":method", "POST"), (":scheme", "http"), (":path", SERVICE + "Unary"), (":authority", "localhost")]
        head += [("content-type", "application/grpc"), ("te", "trailers")]
        client.h2.send_headers(
            second, head, priority_weight=256, priority_depends_on=first, priority_exclusive=True
        )
        client.send(second, framed(unary(b"ping")), end=True)
        client.answer(second).check_ok(echo(b"ping"))
        client.write_frame(PriorityFrame(second, depends_on=first, stream_weight=7))
        client.send(first, framed(pb.BidiStreamRequest(payload=b"1")), end=True)
        client.answer(first).check_ok(pb.BidiStreamResponse(payload=b"1"))


def streams_in_turns(address):
    """A hundred streams, one byte of each at a time, with empty frames in between."""
    with Client(address) as client:
        bodies = {client.start("Unary", end=False): framed(unary(bytes([n]) * n)) for n in range(100)}
        longest = max(map(len, bodies.values()))
        for at in range(longest + 1):
            for stream, body in bodies.items():
                if at <= len(body):
                    client.h2.send_data(stream, body[at : at + 1], end_stream=at == len(body))
            client.flush()
        for n, stream in enumerate(bodies):
            client.answer(stream).check_ok(echo(bytes([n]) * n))


def bytes_one_by_one(address):
    """Each byte a write of its own."""
    with Client(address) as client:
        client.cut = 1
        check_echoed(client, "a", "b")
        requests = [pb.ClientStreamRequest(payload=bytes([n])) for n in range(100)]
        answer = client.call("ClientStream", *requests)
        answer.check_ok(pb.ClientStreamResponse(count=100, payload=bytes(range(100))))


def resets(address):
    """A call is cancelled in every state that it can be in; the connection goes on."""
    with Client(address) as client:
        # Before, within and after the request, and after the response has begun.
        for requests, end in [((), False), ((unary(b"x" * 100),), False), ((unary(b""),), True)]:
            stream = client.start("Unary", end=False)
            client.send(stream, framed(*requests)[:50], end=end)
            client.h2.reset_stream(stream, ErrorCodes.CANCEL)
            client.flush()
        script = pb.Script(call_id=new_id(), hang=pb.Hang())
        stream = client.start("ServerStream", pb.ServerStreamRequest(script=script, count=1))
        observed = client.start("ObserveCall", pb.ObserveCallRequest(call_id=script.call_id))
        answer = client.answers[stream]
        client.until(lambda: messages(answer.body, pb.ServerStreamResponse)[0])
        client.h2.reset_stream(stream, ErrorCodes.CANCEL)
        client.flush()
        client.answer(observed).check_ok(
            pb.ObserveCallResponse(event=pb.CALL_EVENT_STARTED),
            pb.ObserveCallResponse(event=pb.CALL_EVENT_CANCELLED),
        )
        client.check_serves()


def pings_are_answered(address):
    """In order, whatever else happens; what looks like an answer is none of the server's business."""
    with Client(address) as client:
        stream = client.start("Unary", unary(bytes(50_000)), end=False)
        for n in range(500):
            client.h2.ping(b"ping%4d" % n)
            if n == 250:
                client.h2.end_stream(stream)
        client.flush()
        client.write_frame(PingFrame(0, b"nobodys.", flags=["ACK"]))
        client.until(lambda: len(client.pongs) == 500)
        assert client.pongs == [b"ping%4d" % n for n in range(500)]
        client.answer(stream).check_ok(echo(bytes(50_000)))


def a_slow_reader(address):
    """One stream isn't read for as long as its connection lives; others are."""
    with Client(address, window=MAX_WINDOW - 65_535) as client:
        client.reads_on = False
        slow = client.start("ServerStream", pb.ServerStreamRequest(payload=bytes(1_000), count=2_000))
        client.until(lambda: len(client.answers[slow].body) == 65_535)
        for _ in range(50):
            client.call("Unary", unary(bytes(10_000))).check_ok(echo(bytes(10_000)))
        assert len(client.answers[slow].body) == 65_535
        client.open(MAX_WINDOW - 65_535, slow)
        client.answer(slow).check_ok(
            *(pb.ServerStreamResponse(index=n, payload=bytes(1_000)) for n in range(2_000))
        )


def a_socket_that_is_not_read(address):
    """Answers pile up in the system's buffers and beyond, and hold up nobody; all are there when they are asked for."""
    with Client(address, {Setting.INITIAL_WINDOW_SIZE: MAX_WINDOW}, window=MAX_WINDOW - 65_535) as client:
        streams = [
            client.start("ServerStream", pb.ServerStreamRequest(payload=MIB, count=4)) for _ in range(5)
        ]
        with Client(address) as other:
            for _ in range(100):
                other.check_serves()
        for stream in streams:
            client.answer(stream).check_ok(
                *(pb.ServerStreamResponse(index=n, payload=MIB) for n in range(4))
            )


def unknown_frames_and_settings(address):
    """What later versions may bring is ignored (RFC 9113, 4.1 and 6.5.2)."""
    with Client(address) as client:
        stream = client.start("Unary", unary(b"ping"), end=False)
        for kind in (0x0A, 0x0C, 0x10, 0xFA):  # ALTSVC, ORIGIN, PRIORITY_UPDATE, nobody's
            for number in (0, stream, 2**31 - 1):
                client.flush()
                client.write(frame(kind, 0xFF, number, b"x" * 1_000))
        client.change({0x9: 1, 0xF0F0: 2**32 - 1})
        client.h2.end_stream(stream)
        client.flush()
        client.answer(stream).check_ok(echo(b"ping"))


def requests_cut_in_odd_places(address):
    """Messages don't end where frames do."""
    requests = [pb.ClientStreamRequest(payload=bytes([n]) * n) for n in range(64)]
    body = framed(*requests)
    expected = pb.ClientStreamResponse(count=64, payload=b"".join(request.payload for request in requests))
    with Client(address) as client:
        for size in (1, 2, 4, 5, 6, 7, 64, 1_000, len(body)):
            stream = client.start("ClientStream", end=False)
            for at in range(0, len(body), size):
                client.h2.send_data(stream, body[at : at + size])
                if at % 3 == 0:
                    client.h2.send_data(stream, b"", pad_length=at % 5)
            client.h2.end_stream(stream)
            client.flush()
            client.answer(stream).check_ok(expected)


def a_client_that_leaves_politely(address):
    """After a client's GOAWAY its calls are still answered."""
    with Client(address) as client:
        stream = client.start("ClientStream", pb.ClientStreamRequest(payload=b"1"), end=False)
        client.write_frame(GoAwayFrame(0, last_stream_id=0))  # h2 would send nothing after its own
        client.send(stream, framed(pb.ClientStreamRequest(payload=b"2")), end=True)
        client.answer(stream).check_ok(pb.ClientStreamResponse(count=2, payload=b"12"))


def a_host_instead_of_an_authority(address):
    with Client(address) as client:
        client.call("Unary", unary(b"ping"), authority=False).check_ok(echo(b"ping"))


def fields_of_one_name(address):
    """Once in one field, once in several: their order stays. Cookies may be in crumbs (RFC 9113, 8.2.3)."""
    with Client(address) as client:
        metadata = [("x-initial", "1"), ("cookie", "a=b"), ("x-initial", "2"), ("cookie", "c=d"), ("x-initial", "3, 4")]
        answer = client.call("Unary", unary(b"ping"), metadata=metadata)
        answer.check_ok(echo(b"ping"))
        assert answer.headers["x-initial"] == ["1", "2", "3, 4"], answer.headers


def deadline(address):
    with Client(address) as client:
        script = pb.Script(hang=pb.Hang())
        answer = client.call("Unary", pb.UnaryRequest(script=script), metadata=[("grpc-timeout", "50m")])
        assert answer.status() == "4", vars(answer)
        client.check_serves()


def at_random(address):
    """All of the above at once, by dice: the answers are as always."""
    for seed in range(60):
        try:
            play_dice(address, random.Random(seed))
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise


def play_dice(address, dice):
    with Client(address, {Setting.INITIAL_WINDOW_SIZE: dice.choice([0, 1, 65_535])}) as client:
        client.reads_on = False
        client.cut = dice.choice([None, None, 999])
        client.until(lambda: client.acked)  # h2 takes the first acknowledgement for that of the first change
        bodies, expected = {}, {}  # what is to be sent yet, and what is to come back

        def start():
            payload = dice.randbytes(dice.choice([0, 1, 100, 20_000, 70_000]))
            metadata = [("x-initial", dice.choice("abc") * dice.randrange(1, 300)) for _ in range(dice.randrange(3))]
            stream = client.start(kind := dice.choice(["Unary", "ClientStream", "BidiStream"]), end=False, metadata=metadata)
            match kind:
                case "Unary":
                    bodies[stream], answers = framed(unary(payload)), [echo(payload)]
                case "ClientStream":
                    bodies[stream] = framed(*[pb.ClientStreamRequest(payload=payload)] * 2)
                    answers = [pb.ClientStreamResponse(count=2, payload=payload * 2)]
                case "BidiStream":
                    bodies[stream] = framed(*[pb.BidiStreamRequest(payload=payload)] * 2)
                    answers = [pb.BidiStreamResponse(payload=payload)] * 2
            expected[stream] = answers, [value for _, value in metadata]

        def send(most=20_000):
            stream = dice.choice(list(bodies))
            padding = dice.choice([None, None, 0, 255])
            room = min(client.h2.local_flow_control_window(stream), client.h2.max_outbound_frame_size)
            room -= 0 if padding is None else padding + 1
            if room >= 0:
                size = min(room, most, dice.randrange(1, 30_000))
                piece, bodies[stream] = bodies[stream][:size], bodies[stream][size:]
                end = not bodies[stream] and dice.random() < 0.7
                client.h2.send_data(stream, piece, end_stream=end, pad_length=padding)
                if end:
                    del bodies[stream]

        def change():
            client.h2.update_settings(
                {
                    Setting.INITIAL_WINDOW_SIZE: dice.choice([0, 1, 1_000, 65_535, 2**20]),
                    Setting.HEADER_TABLE_SIZE: dice.choice([0, 50, 4_096, 2**16]),
                    Setting.MAX_FRAME_SIZE: dice.choice([2**14, 2**14 + 1, 2**24 - 1]),
                }
            )
            size = dice.choice([0, 100, 4_096])
            if client.h2.encoder.header_table_size != size:  # or hpack forgets to tell of earlier changes
                client.h2.encoder.header_table_size = size

        def open_windows():
            client.h2.increment_flow_control_window(dice.choice([1, 1_000, 100_000]))
            for stream in dice.choices(list(expected), k=3):
                if not client.answers[stream].over():
                    client.h2.increment_flow_control_window(dice.choice([1, 10, 50_000]), stream)

        def reset():
            stream = dice.choice(list(expected))
            del expected[stream]
            bodies.pop(stream, None)
            if not client.answers[stream].over():
                client.h2.reset_stream(stream, ErrorCodes.CANCEL)

        def ping():
            client.h2.ping(dice.randbytes(8))

        for _ in range(150):
            actions = [start] if len(expected) < 15 else []
            actions += [send] * 5 if bodies else []
            actions += [change, open_windows, open_windows, reset, ping] if expected else []
            dice.choice(actions)()
            client.flush()
            if dice.random() < 0.3:
                client.barrier()
        client.h2.update_settings({Setting.INITIAL_WINDOW_SIZE: 2**24})
        client.open(2**24)
        while bodies:
            client.barrier()  # the server opens its windows as it reads
            send()
            client.flush()
        for stream, (answers, metadata) in expected.items():
            answer = client.answer(stream)
            answer.check_ok(*answers)
            assert answer.headers.get("x-initial", []) == metadata, answer.headers


def fields(headers):
    found = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found


def unary(payload):
    return pb.UnaryRequest(payload=payload)


def echo(payload):
    return pb.UnaryResponse(payload=payload)


def fail(code, message):
    return pb.Script(fail=pb.Failure(code=code, message=message))


def check_echoed(client, initial, trailing):
    metadata = [("x-initial", initial), ("x-trailing", trailing)]
    answer = client.call("Unary", unary(b"ping"), metadata=metadata)
    answer.check_ok(echo(b"ping"))
    assert answer.headers["x-initial"] == [initial], answer.headers
    assert answer.trailers["x-trailing"] == [trailing], answer.trailers


ids = itertools.count()
pings = itertools.count()


def new_id():
    return f"client_h2 {next(ids)}"


SCENARIOS = [
    small_windows_of_a_stream,
    the_window_of_the_connection,
    a_window_that_falls_below_zero,
    settings_change_on_the_way,
    header_tables_of_all_sizes,
    a_head_in_many_frames,
    padding,
    priorities,
    streams_in_turns,
    bytes_one_by_one,
    resets,
    pings_are_answered,
    a_slow_reader,
    a_socket_that_is_not_read,
    unknown_frames_and_settings,
    requests_cut_in_odd_places,
    a_client_that_leaves_politely,
    a_host_instead_of_an_authority,
    fields_of_one_name,
    deadline,
    at_random,
]

if __name__ == "__main__":
    for scenario in SCENARIOS:
        scenario(sys.argv[1])
        print("ok", scenario.__name__, flush=True)
