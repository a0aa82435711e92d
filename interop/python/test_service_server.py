"""python test_service_server.py [CERTIFICATE KEY]: grpcio's server of gRPC's interoperability tests.

Prints its port, and serves until its standard input ends: whoever started it is gone then. It can't tell whether a request
is compressed, so it doesn't mind `expect_compressed`; grpcio doesn't say.
"""

import sys
import time
from concurrent import futures

import grpc

from contract import listen
from test_service import ECHO_INITIAL, ECHO_TRAILING, pb, rpc, zeros

CODES = {code.value[0]: code for code in grpc.StatusCode}


class Tests(rpc.TestServiceServicer):
    def EmptyCall(self, request, context):
        return pb.Empty()

    def UnaryCall(self, request, context):
        echo_metadata(context)
        echo_status(request, context)
        compress = request.response_compressed.value
        context.set_compression(grpc.Compression.Gzip if compress else grpc.Compression.NoCompression)
        check_type(request, context)
        return pb.SimpleResponse(payload=zeros(request.response_size))

    def StreamingOutputCall(self, request, context):
        yield from self.FullDuplexCall(iter([request]), context)

    def StreamingInputCall(self, requests, context):
        size = sum(len(request.payload.body) for request in requests)
        return pb.StreamingInputCallResponse(aggregated_payload_size=size)

    def FullDuplexCall(self, requests, context):
        context.set_compression(grpc.Compression.Gzip)
        echo_metadata(context)
        for request in requests:
            echo_status(request, context)
            check_type(request, context)
            for parameters in request.response_parameters:
                time.sleep(parameters.interval_us / 1e6)
                if not parameters.compressed.value:
                    context.disable_next_message_compression()
                yield pb.StreamingOutputCallResponse(payload=zeros(parameters.size))

    def HalfDuplexCall(self, requests, context):
        yield from self.FullDuplexCall(iter(list(requests)), context)


def echo_metadata(context):
    metadata = context.invocation_metadata()
    initial = [(key, value) for key, value in metadata if key == ECHO_INITIAL]
    if initial:
        context.send_initial_metadata(initial)
    context.set_trailing_metadata([(key, value) for key, value in metadata if key == ECHO_TRAILING])


def echo_status(request, context):
    if request.response_status.code:
        context.abort(CODES[request.response_status.code], request.response_status.message)


def check_type(request, context):
    if request.response_type != pb.COMPRESSABLE:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such type of payload")


if __name__ == "__main__":
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=100))
    rpc.add_TestServiceServicer_to_server(Tests(), server)
    print(listen(server, *sys.argv[1:]), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(grace=None)
