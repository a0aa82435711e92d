"""What is called, and how many calls are under way at a time."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Call:
    """A request, the reply it must get, and how many of them are under way at a time."""

    name: str
    path: str
    request: bytes
    reply: bytes
    connections: int
    streams: int
    count: int
    """Calls in one turn of a server."""
    messages: int = 1
    """What a call's cost is divided by."""
    load: str = "h2load"
    """Who makes the calls: h2load, or a kind of load/."""
    unique: str = ""
    """How two fields are written that differ in every call, a deadline and a trace: `plain` or `indexed`."""
    metadata: tuple = ()

    def __str__(self):
        return f"{self.name}, {self.connections} x {self.streams}"

    def by(self, load="blast", unique=""):
        """The same call, made by another load, and with fields that differ in every call if wanted."""
        names = [self.name]
        if self.load == "h2load" != load:
            names.append(load)
        if unique and not self.unique:
            names.append(f"unique {unique}")
        load = load if self.load == "h2load" else self.load
        return dataclasses.replace(self, name=", ".join(names), load=load, unique=unique or self.unique)


def message(*fields):
    """A gRPC frame with one protobuf message: bytes or integers, numbered from 1."""
    encoded = b""
    for number, value in enumerate(fields, 1):
        if isinstance(value, int):
            encoded += varint(number << 3) + varint(value)
        else:
            encoded += varint(number << 3 | 2) + varint(len(value)) + value
    return b"\0" + len(encoded).to_bytes(4, "big") + encoded


def varint(value):
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


METADATA = (
    ("x-user", "7210"),
    ("x-tenant", "lighthouse-keepers"),
    ("x-region", "north-atlantic"),
    ("x-session", "5f2d9c1ab04e4c7f9f0a6be2d7c81e35"),
    ("x-request", "0192f3a4-77d1-7e02-a1b3-5c6d7e8f9a0b"),
)

HELLO = "/helloworld.Greeter/SayHello", message(b"world"), message(b"Hello world!")
LATER = "/helloworld.Greeter/SayHelloLater", message(b"world"), message(b"Hello world!")
WITH_METADATA = (
    "/helloworld.Greeter/SayHelloWithMetadata",
    message(b"world"),
    message(b"Hello world of %d!" % sum(len(value) for _, value in METADATA)),
)
SMALL, LARGE, HUGE = (message(bytes(range(256)) * (kib * 4)) for kib in (1, 64, 1024))
ECHO = "/bench.Echo/Echo"
STREAM = "/bench.Echo/Stream", message(1000, 16), message(b"x" * 16) * 1000
STREAM_KIB = "/bench.Echo/Stream", message(1000, 1024), message(b"x" * 1024) * 1000
SINK = "/bench.Echo/Sink", message(b"y" * 16) * 1000, message(1000, 16_000)
PING = message(b"z" * 16)
PING_PONG = "/bench.Echo/PingPong", PING * 100, PING * 100

HELLO_8X16 = Call("hello", *HELLO, connections=8, streams=16, count=40_000)
HELLO_64X8 = Call("hello", *HELLO, connections=64, streams=8, count=60_000)
HELLO_1X100 = Call("hello", *HELLO, connections=1, streams=100, count=40_000)
HELLO_1X1 = Call("hello", *HELLO, connections=1, streams=1, count=3_000)
SUSPENDED = Call("hello, suspended", *LATER, connections=8, streams=16, count=40_000)
METADATA_READ = Call("hello, metadata read", *WITH_METADATA, 8, 16, count=40_000, metadata=METADATA)
ECHO_1K = Call("echo of 1 KiB", ECHO, SMALL, SMALL, connections=8, streams=16, count=20_000)
ECHO_64K = Call("echo of 64 KiB", ECHO, LARGE, LARGE, connections=8, streams=4, count=1_000)
ECHO_1M = Call("echo of 1 MiB", ECHO, HUGE, HUGE, connections=4, streams=2, count=60)
STREAM_16 = Call("messages out, 16 B", *STREAM, connections=1, streams=4, count=400, messages=1000)
STREAM_1K = Call("messages out, 1 KiB", *STREAM_KIB, connections=1, streams=4, count=100, messages=1000)
SINK_16 = Call("messages in, 16 B", *SINK, connections=1, streams=4, count=400, messages=1000)
PING_PONG_16 = Call("ping-pong, 16 B", *PING_PONG, 8, 16, count=256, messages=100, load="pingpong")

BLAST, BLAST_METADATA = HELLO_8X16.by("blast"), METADATA_READ.by("blast")
BLAST_PLAIN, BLAST_INDEXED = (HELLO_8X16.by("blast", unique) for unique in ("plain", "indexed"))

CALLS = [
    HELLO_8X16,
    HELLO_64X8,
    HELLO_1X100,
    HELLO_1X1,
    SUSPENDED,
    METADATA_READ,
    BLAST,
    BLAST_PLAIN,
    BLAST_INDEXED,
    BLAST_METADATA,
    ECHO_1K,
    ECHO_64K,
    ECHO_1M,
    STREAM_16,
    STREAM_1K,
    SINK_16,
    PING_PONG_16,
]
