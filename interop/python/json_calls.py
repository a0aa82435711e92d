"""python json_calls.py server | client ADDRESS: the interop service with messages in JSON, `application/grpc+json`.

What the JSON is, is said by Python's protobuf. The server is grpcio's, which prints its port and serves until its standard
input ends. grpcio's client can't be told of another content type, so the client is one on h2; it prints a line for each
scenario.
"""

import struct
import sys
from concurrent import futures

import grpc
from google.protobuf import json_format

from client_h2 import Answer, Client
from contract import UNICODE, is_echo, listen, pb, rpc, values
from http2 import SERVICE, request_kind
from server_sync import Interop


def printed(message):
    return json_format.MessageToJson(message, indent=None).encode()


def reader(kind):
    return lambda text: json_format.Parse(text.decode(), kind())


class Recorder:
    """Takes the handlers that generated code adds to a server."""

    def add_generic_rpc_handlers(self, handlers):
        pass

    def add_registered_method_handlers(self, service, handlers):
        self.service, self.handlers = service, handlers


def in_json(service, handlers):
    descriptor = pb.DESCRIPTOR.services_by_name["InteropService"]
    kinds = {method.name: method.input_type._concrete_class for method in descriptor.methods}

    def handler(name, binary):
        # What it was made of, with other words for the messages.
        kind = "stream" if binary.request_streaming else "unary"
        kind += "_stream" if binary.response_streaming else "_unary"
        make = getattr(grpc, f"{kind}_rpc_method_handler")
        return make(getattr(binary, kind), reader(kinds[name]), printed)

    rewritten = {name: handler(name, binary) for name, binary in handlers.items()}
    return grpc.method_handlers_generic_handler(service, rewritten)


def serve():
    recorder = Recorder()
    rpc.add_InteropServiceServicer_to_server(Interop(), recorder)
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=1100),
        # Base64 is longer than bytes.
        options=[("grpc.max_receive_message_length", 2 * 4194304)],
        compression=grpc.Compression.Gzip,
    )
    server.add_generic_rpc_handlers([in_json(recorder.service, recorder.handlers)])
    print(listen(server), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(grace=None)


class JsonClient(Client):
    def call(self, method, kind, *requests):
        """Makes a call to its end, and returns its messages and its status."""
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", "POST"), (":scheme", "http"), (":path", SERVICE + method)]
        head += [(":authority", self.authority), ("content-type", "application/grpc+json"), ("te", "trailers")]
        self.answers[stream] = answer = Answer()
        self.h2.send_headers(stream, head)
        texts = [text if isinstance(text, bytes) else printed(text) for text in requests]
        self.send(stream, b"".join(struct.pack(">BI", 0, len(text)) + text for text in texts), end=True)
        self.until(answer.over)
        found, body = [], answer.body
        while body:
            flag, length = struct.unpack(">BI", body[:5])
            assert flag == 0, flag
            found.append(reader(kind)(bytes(body[5 : 5 + length])))
            body = body[5 + length :]
        if answer.status() == "0":
            assert answer.headers["content-type"] == ["application/grpc+json"], answer.headers
        fields = answer.headers if answer.trailers is None else answer.trailers
        return found, answer.status(), fields.get("grpc-message", [""])[0]


def every_kind_of_field(client):
    sent = pb.UnaryRequest(payload=bytes(range(256)), values=values())
    (got,), status, _ = client.call("Unary", pb.UnaryResponse, sent)
    assert status == "0" and got.payload == sent.payload
    assert is_echo(sent.values, got.values), got


def values_that_are_no_numbers(client):
    for number in ["NaN", "Infinity", "-Infinity", "-0.0", "1e-45", "3.4028235e38", "-3.4028235e38"]:
        sent = pb.UnaryRequest(values=pb.Values(float=float(number), double=float(number)))
        (got,), status, _ = client.call("Unary", pb.UnaryResponse, sent)
        assert (status, repr(got.values.double)) == ("0", repr(float(number)))
        assert repr(got.values.float) == repr(sent.values.float)


def streams(client):
    responses, status, _ = client.call(
        "ServerStream", pb.ServerStreamResponse, pb.ServerStreamRequest(count=100, payload=b"x")
    )
    assert status == "0" and [response.index for response in responses] == list(range(100))
    requests = [pb.ClientStreamRequest(payload=bytes([n])) for n in range(100)]
    (response,), status, _ = client.call("ClientStream", pb.ClientStreamResponse, *requests)
    assert (status, response.count, response.payload) == ("0", 100, bytes(range(100)))
    requests = [pb.BidiStreamRequest(payload=bytes([n])) for n in range(100)]
    responses, status, _ = client.call("BidiStream", pb.BidiStreamResponse, *requests)
    assert status == "0" and [response.payload for response in responses] == [bytes([n]) for n in range(100)]


def empty(client):
    assert client.call("Ping", request_kind(SERVICE + "Ping"), b"{}")[1] == "0"


def status_with_a_unicode_message(client):
    script = pb.Script(fail=pb.Failure(code=9, message=UNICODE))
    found, status, message = client.call("Unary", pb.UnaryResponse, pb.UnaryRequest(script=script))
    assert (found, status) == ([], "9") and message.startswith("W%C3%B6rter"), message


def what_is_not_known_is_skipped(client):
    text = b'{"newer": [{"a": null}], "values": {"colour": "COLOUR_OF_TOMORROW", "text": "a"}}'
    (got,), status, _ = client.call("Unary", pb.UnaryResponse, text)
    assert (status, got.values) == ("0", pb.Values(text="a"))


def what_is_no_message(client):
    for text, where in [(b"", "EOF"), (b"[]", "sequence"), (b'{"values": {"int32": "x"}}', "values.int32: ")]:
        found, status, message = client.call("Unary", pb.UnaryResponse, text)
        assert (found, status) == ([], "13") and where in message, message


def binary_beside_json(client):
    sent = pb.UnaryRequest(payload=b"x").SerializeToString()
    stream = client.start("Unary", sent)
    client.until(client.answers[stream].over)
    client.answers[stream].check_ok(pb.UnaryResponse(payload=b"x"))
    empty(client)


SCENARIOS = [
    every_kind_of_field,
    values_that_are_no_numbers,
    streams,
    empty,
    status_with_a_unicode_message,
    what_is_not_known_is_skipped,
    what_is_no_message,
    binary_beside_json,
]

if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve()
    else:
        with JsonClient(sys.argv[2]) as client:
            for scenario in SCENARIOS:
                scenario(client)
                print("ok", scenario.__name__, flush=True)
