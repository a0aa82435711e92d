"""python test_service_client.py ADDRESS [CERTIFICATE]: grpcio's client of gRPC's interoperability tests.

Prints a line for each case that went well, and ends with a traceback at the first that didn't. It can't see whether a
response is compressed; grpcio doesn't say.
"""

import os
import queue
import sys

import grpc

from contract import open_channel
from test_service import ECHO_INITIAL, ECHO_TRAILING, pb, rpc, zeros

LARGE_REQUEST = 271828
LARGE_RESPONSE = 314159
REQUEST_SIZES = (27182, 8, 1828, 45904)
RESPONSE_SIZES = (31415, 9, 2653, 58979)

ECHOED = ((ECHO_INITIAL, "test_initial_metadata_value"), (ECHO_TRAILING, b"\xab\xab\xab"))


def empty_unary(channel):
    assert tests(channel).EmptyCall(pb.Empty()) == pb.Empty()


def large_unary(channel):
    check_size(tests(channel).UnaryCall(large_request()), LARGE_RESPONSE)


def client_compressed_unary(channel):
    unary = tests(channel).UnaryCall
    expecting = large_request(expect_compressed=pb.BoolValue(value=True))
    check_fails(unary.future(expecting), grpc.StatusCode.INVALID_ARGUMENT)
    check_size(unary(expecting, compression=grpc.Compression.Gzip), LARGE_RESPONSE)
    check_size(unary(large_request(expect_compressed=pb.BoolValue(value=False))), LARGE_RESPONSE)


def server_compressed_unary(channel):
    for value in (True, False):
        request = large_request(response_compressed=pb.BoolValue(value=value))
        check_size(tests(channel).UnaryCall(request), LARGE_RESPONSE)


def client_streaming(channel):
    requests = (pb.StreamingInputCallRequest(payload=zeros(size)) for size in REQUEST_SIZES)
    assert tests(channel).StreamingInputCall(requests).aggregated_payload_size == 74922


def client_compressed_streaming(channel):
    def request(payload, value):
        return pb.StreamingInputCallRequest(payload=payload, expect_compressed=pb.BoolValue(value=value))

    call = tests(channel).StreamingInputCall
    check_fails(call.future(iter([request(zeros(27182), True)])), grpc.StatusCode.INVALID_ARGUMENT)
    # A message that would become longer is not compressed; grpcio has no other way to leave one out.
    noise = pb.Payload(body=os.urandom(45904))
    requests = iter([request(zeros(27182), True), request(noise, False)])
    assert call(requests, compression=grpc.Compression.Gzip).aggregated_payload_size == 73086


def server_streaming(channel):
    parameters = [pb.ResponseParameters(size=size) for size in RESPONSE_SIZES]
    responses = tests(channel).StreamingOutputCall(pb.StreamingOutputCallRequest(response_parameters=parameters))
    check_sizes(responses, RESPONSE_SIZES)


def server_compressed_streaming(channel):
    sizes = {31415: True, 92653: False}
    parameters = [
        pb.ResponseParameters(size=size, compressed=pb.BoolValue(value=value)) for size, value in sizes.items()
    ]
    responses = tests(channel).StreamingOutputCall(pb.StreamingOutputCallRequest(response_parameters=parameters))
    check_sizes(responses, sizes)


def ping_pong(channel):
    requests, stream = pipe()
    responses = tests(channel).FullDuplexCall(stream)
    for request, response in zip(REQUEST_SIZES, RESPONSE_SIZES):
        requests.put(duplex_request(request, response))
        check_size(next(responses), response)
    requests.put(None)
    assert next(responses, None) is None


def empty_stream(channel):
    check_sizes(tests(channel).FullDuplexCall(iter(())), ())


def custom_metadata(channel):
    response, call = tests(channel).UnaryCall.with_call(large_request(), metadata=ECHOED)
    check_size(response, LARGE_RESPONSE)
    check_echoed(call)

    requests = iter([duplex_request(LARGE_REQUEST, LARGE_RESPONSE)])
    call = tests(channel).FullDuplexCall(requests, metadata=ECHOED)
    check_sizes(call, [LARGE_RESPONSE])
    check_echoed(call)


def check_echoed(call):
    for echoed, metadata in zip(ECHOED, (call.initial_metadata(), call.trailing_metadata())):
        assert [pair for pair in metadata if pair[0] == echoed[0]] == [echoed], metadata


def status_code_and_message(channel):
    status = pb.EchoStatus(code=2, message="test status message")
    check_echoed_status(tests(channel).UnaryCall.future(pb.SimpleRequest(response_status=status)), status)
    requests = iter([pb.StreamingOutputCallRequest(response_status=status)])
    check_echoed_status(tests(channel).FullDuplexCall(requests), status)


def special_status_message(channel):
    message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
    status = pb.EchoStatus(code=2, message=message)
    check_echoed_status(tests(channel).UnaryCall.future(pb.SimpleRequest(response_status=status)), status)


def check_echoed_status(call, status):
    check_fails(call, grpc.StatusCode.UNKNOWN)
    assert call.details() == status.message, call.details()


def unimplemented_method(channel):
    check_fails(tests(channel).UnimplementedCall.future(pb.Empty()), grpc.StatusCode.UNIMPLEMENTED)


def unimplemented_service(channel):
    stub = rpc.UnimplementedServiceStub(channel)
    check_fails(stub.UnimplementedCall.future(pb.Empty()), grpc.StatusCode.UNIMPLEMENTED)


def cancel_after_begin(channel):
    requests, stream = pipe()
    call = tests(channel).StreamingInputCall.future(stream)
    call.cancel()
    check_fails(call, grpc.StatusCode.CANCELLED)
    requests.put(None)


def cancel_after_first_response(channel):
    requests, stream = pipe()
    call = tests(channel).FullDuplexCall(stream)
    requests.put(duplex_request(27182, 31415))
    check_size(next(call), 31415)
    call.cancel()
    check_fails(call, grpc.StatusCode.CANCELLED)
    requests.put(None)


def timeout_on_sleeping_server(channel):
    requests, stream = pipe()
    call = tests(channel).FullDuplexCall(stream, timeout=0.001)
    requests.put(pb.StreamingOutputCallRequest(payload=zeros(27182)))
    check_fails(call, grpc.StatusCode.DEADLINE_EXCEEDED)
    requests.put(None)


def rpc_soak(channel):
    for _ in range(SOAK_ITERATIONS):
        large_unary(channel)


def channel_soak(_):
    for _ in range(SOAK_ITERATIONS):
        with open_channel(grpc, *sys.argv[1:]) as channel:
            large_unary(channel)


SOAK_ITERATIONS = 10


def pipe():
    """Requests that are sent one by one, by `put`, and end with `None`."""
    requests = queue.SimpleQueue()
    return requests, iter(requests.get, None)


def tests(channel):
    return rpc.TestServiceStub(channel)


def large_request(**more):
    return pb.SimpleRequest(response_size=LARGE_RESPONSE, payload=zeros(LARGE_REQUEST), **more)


def duplex_request(request, response):
    parameters = [pb.ResponseParameters(size=response)]
    return pb.StreamingOutputCallRequest(response_parameters=parameters, payload=zeros(request))


def check_size(response, size):
    assert response.payload == zeros(size), (len(response.payload.body), size)


def check_sizes(responses, sizes):
    responses = list(responses)
    assert len(responses) == len(sizes), (len(responses), sizes)
    for response, size in zip(responses, sizes):
        check_size(response, size)


def check_fails(call, code):
    """That the call ends so; waits until it has."""
    assert call.code() == code, call


CASES = (
    empty_unary,
    large_unary,
    client_compressed_unary,
    server_compressed_unary,
    client_streaming,
    client_compressed_streaming,
    server_streaming,
    server_compressed_streaming,
    ping_pong,
    empty_stream,
    custom_metadata,
    status_code_and_message,
    special_status_message,
    unimplemented_method,
    unimplemented_service,
    cancel_after_begin,
    cancel_after_first_response,
    timeout_on_sleeping_server,
    rpc_soak,
    channel_soak,
)

if __name__ == "__main__":
    with open_channel(grpc, *sys.argv[1:]) as channel:
        for case in CASES:
            case(channel)
            print("ok", case.__name__, flush=True)
