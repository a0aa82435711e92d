"""python client_sync.py ADDRESS [ROOTS [CERTIFICATE KEY]]: grpcio's blocking client against a server of the interop service.

Prints a line for each scenario that went well, and ends with a traceback at the first that didn't.
"""

import itertools
import queue
import sys

import grpc

from contract import ECHOED_INITIAL, ECHOED_TRAILING, MIB, UNICODE, is_echo, open_channel, pb, rpc, values


def unary(stub, channel):
    assert stub.Unary(pb.UnaryRequest(payload=b"ping")).payload == b"ping"
    assert stub.Unary(pb.UnaryRequest()) == pb.UnaryResponse()


def server_stream(stub, channel):
    responses = list(stub.ServerStream(pb.ServerStreamRequest(payload=b"x", count=100)))
    assert responses == [pb.ServerStreamResponse(index=index, payload=b"x") for index in range(100)]
    assert not list(stub.ServerStream(pb.ServerStreamRequest()))


def client_stream(stub, channel):
    requests = (pb.ClientStreamRequest(payload=bytes([n])) for n in range(100))
    assert stub.ClientStream(requests) == pb.ClientStreamResponse(count=100, payload=bytes(range(100)))
    assert stub.ClientStream(iter(())) == pb.ClientStreamResponse()


def bidi_stream(stub, channel):
    requests = queue.SimpleQueue()
    responses = stub.BidiStream(iter(requests.get, None))
    for n in range(100):  # each request waits for the answer to the one before
        requests.put(pb.BidiStreamRequest(payload=bytes([n])))
        assert next(responses).payload == bytes([n])
    requests.put(None)
    assert not list(responses)


def server_ends_first(stub, channel):
    """The server has its say while the client's stream is still open."""
    requests = queue.SimpleQueue()
    requests.put(pb.ClientStreamRequest(script=fail(grpc.StatusCode.ABORTED, "enough")))
    check_fails(stub.ClientStream.future(iter(requests.get, None)), grpc.StatusCode.ABORTED, "enough")
    requests.put(None)


def every_kind_of_field(stub, channel):
    sent = values()
    got = stub.Unary(pb.UnaryRequest(values=sent)).values
    assert is_echo(sent, got), got


def empty(stub, channel):
    assert stub.Ping(pb.google_dot_protobuf_dot_empty__pb2.Empty()).ByteSize() == 0


def metadata(stub, channel):
    echoed = ECHOED_INITIAL + ECHOED_TRAILING
    calls = [
        stub.Unary.with_call(pb.UnaryRequest(), metadata=echoed)[1],
        stub.ServerStream(pb.ServerStreamRequest(), metadata=echoed),
        stub.ClientStream.with_call(iter(()), metadata=echoed)[1],
        stub.BidiStream(iter(()), metadata=echoed),
    ]
    for call in calls:
        assert set(ECHOED_INITIAL) <= set(call.initial_metadata()), call.initial_metadata()
        assert call.code() == grpc.StatusCode.OK
        assert set(ECHOED_TRAILING) <= set(call.trailing_metadata()), call.trailing_metadata()


def metadata_with_an_error(stub, channel):
    request = pb.UnaryRequest(script=fail(grpc.StatusCode.NOT_FOUND, "no"))
    call = stub.Unary.future(request, metadata=ECHOED_TRAILING)
    check_fails(call, grpc.StatusCode.NOT_FOUND, "no")
    assert set(ECHOED_TRAILING) <= set(call.trailing_metadata()), call.trailing_metadata()


def status_with_a_unicode_message(stub, channel):
    script = fail(grpc.StatusCode.FAILED_PRECONDITION, UNICODE)
    check_fails(stub.Unary.future(pb.UnaryRequest(script=script)), grpc.StatusCode.FAILED_PRECONDITION, UNICODE)
    responses = stub.ServerStream(pb.ServerStreamRequest(count=2, script=script))
    assert [next(responses).index, next(responses).index] == [0, 1]
    check_fails(responses, grpc.StatusCode.FAILED_PRECONDITION, UNICODE)


def deadline(stub, channel):
    script = pb.Script(call_id=new_id(), hang=pb.Hang())
    check_fails(stub.Unary.future(pb.UnaryRequest(script=script), timeout=1), grpc.StatusCode.DEADLINE_EXCEEDED)
    check_observed(stub, script.call_id, pb.CALL_EVENT_DEADLINE_EXCEEDED)

    script = pb.Script(call_id=new_id(), hang=pb.Hang())
    responses = stub.ServerStream(pb.ServerStreamRequest(count=1, script=script), timeout=1)
    assert next(responses).index == 0
    check_fails(responses, grpc.StatusCode.DEADLINE_EXCEEDED)
    check_observed(stub, script.call_id, pb.CALL_EVENT_DEADLINE_EXCEEDED)


def client_cancels(stub, channel):
    script = pb.Script(call_id=new_id(), hang=pb.Hang())
    observed = stub.ObserveCall(pb.ObserveCallRequest(call_id=script.call_id), timeout=60)
    call = stub.Unary.future(pb.UnaryRequest(script=script))
    assert next(observed).event == pb.CALL_EVENT_STARTED
    call.cancel()
    assert call.cancelled()
    assert [response.event for response in observed] == [pb.CALL_EVENT_CANCELLED]

    script = pb.Script(call_id=new_id(), hang=pb.Hang())
    responses = stub.ServerStream(pb.ServerStreamRequest(count=1, script=script))
    assert next(responses).index == 0
    responses.cancel()
    check_fails(responses, grpc.StatusCode.CANCELLED)
    check_observed(stub, script.call_id, pb.CALL_EVENT_CANCELLED)


def server_cancels(stub, channel):
    script = pb.Script(cancel=pb.Cancel())
    check_fails(stub.Unary.future(pb.UnaryRequest(script=script)), grpc.StatusCode.CANCELLED)
    responses = stub.ServerStream(pb.ServerStreamRequest(count=1, script=script))
    assert next(responses).index == 0
    check_fails(responses, grpc.StatusCode.CANCELLED)


def large_messages(stub, channel):
    assert stub.Unary(pb.UnaryRequest(payload=MIB)).payload == MIB
    for response in stub.ServerStream(pb.ServerStreamRequest(payload=MIB, count=3)):
        assert response.payload == MIB
    assert stub.ClientStream(iter([pb.ClientStreamRequest(payload=MIB)] * 3)).payload == MIB * 3
    for response in stub.BidiStream(iter([pb.BidiStreamRequest(payload=MIB)] * 3)):
        assert response.payload == MIB


def compressed_messages(stub, channel):
    payload = b"abc" * 10_000
    for compression in [grpc.Compression.Gzip, grpc.Compression.Deflate]:
        request = pb.UnaryRequest(payload=payload)
        assert stub.Unary(request, compression=compression).payload == payload
        requests = [pb.BidiStreamRequest(payload=payload)] * 3
        responses = stub.BidiStream(iter(requests), compression=compression)
        assert [response.payload for response in responses] == [payload] * 3


def thousand_concurrent_calls(stub, channel):
    # The server answers none before it has all of them.
    script = pb.Script(call_id=new_id(), gather=1000)
    payloads = [str(n).encode() for n in range(1000)]
    calls = [stub.Unary.future(pb.UnaryRequest(script=script, payload=payload)) for payload in payloads]
    assert [call.result().payload for call in calls] == payloads


def unknown_method_and_service(stub, channel):
    for path in ["/interop.v1.InteropService/Nothing", "/interop.v1.NoService/Unary", "/nothing"]:
        check_fails(channel.unary_unary(path).future(b""), grpc.StatusCode.UNIMPLEMENTED)


def panic_hurts_no_other_call(stub, channel):
    requests = queue.SimpleQueue()
    responses = stub.BidiStream(iter(requests.get, None))
    script = pb.Script(panic=pb.Panic(message="on request"))
    check_fails(stub.Unary.future(pb.UnaryRequest(script=script)), grpc.StatusCode.INTERNAL)
    check_fails(stub.ServerStream(pb.ServerStreamRequest(script=script)), grpc.StatusCode.INTERNAL)
    requests.put(pb.BidiStreamRequest(payload=b"still here"))
    assert next(responses).payload == b"still here"
    requests.put(None)


def fail(code, message):
    return pb.Script(fail=pb.Failure(code=code.value[0], message=message))


def check_fails(call, code, details=None):
    assert call.code() == code, (call.code(), call.details())
    assert details is None or call.details() == details, call.details()


def check_observed(stub, call_id, end):
    observed = stub.ObserveCall(pb.ObserveCallRequest(call_id=call_id), timeout=60)
    assert [response.event for response in observed] == [pb.CALL_EVENT_STARTED, end]


ids = itertools.count()


def new_id():
    return f"client_sync {next(ids)}"


SCENARIOS = [
    unary,
    server_stream,
    client_stream,
    bidi_stream,
    server_ends_first,
    every_kind_of_field,
    empty,
    metadata,
    metadata_with_an_error,
    status_with_a_unicode_message,
    deadline,
    client_cancels,
    server_cancels,
    large_messages,
    compressed_messages,
    thousand_concurrent_calls,
    unknown_method_and_service,
    panic_hurts_no_other_call,
]

if __name__ == "__main__":
    with open_channel(grpc, *sys.argv[1:]) as channel:
        for scenario in SCENARIOS:
            scenario(rpc.InteropServiceStub(channel), channel)
            print("ok", scenario.__name__, flush=True)
