"""python conformance_server.py: grpcio's server of Connect's conformance tests.

Reads from its standard input what it is to be like, says on its standard output where it listens, and serves until its
standard input ends: whoever started it is gone then.
"""

import itertools
import sys
import threading
from concurrent import futures

import grpc
from google.rpc import status_pb2
from grpc_status import rpc_status

from conformance import pb, read, rpc, to_headers, to_metadata, write

CODES = {code.value[0]: code for code in grpc.StatusCode}


class Conformance(rpc.ConformanceServiceServicer):
    def Unary(self, request, context):
        return pb.UnaryResponse(payload=answer(request.response_definition, [request], context))

    def IdempotentUnary(self, request, context):
        return pb.IdempotentUnaryResponse(payload=answer(request.response_definition, [request], context))

    def ClientStream(self, requests, context):
        requests = list(requests)
        definition = requests[0].response_definition if requests else pb.UnaryResponseDefinition()
        return pb.ClientStreamResponse(payload=answer(definition, requests, context))

    def ServerStream(self, request, context):
        definition = request.response_definition
        begin(definition, context)
        info = heard([request], context)
        for data in definition.response_data:
            wait(definition, context)
            yield pb.ServerStreamResponse(payload=pb.ConformancePayload(data=data, request_info=info))
            info = None
        end(definition, info, context)

    def BidiStream(self, requests, context):
        first = next(requests, None)
        if first is None:
            return
        definition = first.response_definition
        begin(definition, context)
        left = iter(definition.response_data)
        info = heard([], context)
        unanswered = []
        for request in itertools.chain([first], requests):
            unanswered.append(request)
            if first.full_duplex:
                data = next(left, None)
                if data is None:
                    break
                info = add(info or pb.ConformancePayload.RequestInfo(), unanswered)
                unanswered = []
                wait(definition, context)
                yield pb.BidiStreamResponse(payload=pb.ConformancePayload(data=data, request_info=info))
                info = None
        if info is not None:
            add(info, unanswered)
        for data in left:
            wait(definition, context)
            yield pb.BidiStreamResponse(payload=pb.ConformancePayload(data=data, request_info=info))
            info = None
        end(definition, info, context)


def heard(requests, context):
    info = pb.ConformancePayload.RequestInfo(request_headers=to_headers(context.invocation_metadata()))
    left = context.time_remaining()
    # Without a deadline, it is None or centuries.
    if left is not None and left < 1e8:
        info.timeout_ms = max(int(left * 1000), 0)
    return add(info, requests)


def add(info, requests):
    for request in requests:
        info.requests.add().Pack(request)
    return info


def answer(definition, requests, context):
    begin(definition, context)
    info = heard(requests, context)
    wait(definition, context)
    if definition.WhichOneof("response") == "error":
        fail(definition.error, info, context)
    return pb.ConformancePayload(data=definition.response_data, request_info=info)


def begin(definition, context):
    context.send_initial_metadata(to_metadata(definition.response_headers))
    context.set_trailing_metadata(to_metadata(definition.response_trailers))


def end(definition, info, context):
    if definition.HasField("error"):
        fail(definition.error, info, context)


def fail(error, info, context):
    status = status_pb2.Status(code=error.code, message=error.message, details=error.details)
    if info is not None:
        status.details.add().Pack(info)
    code, message, metadata = rpc_status.to_status(status)
    context.set_trailing_metadata((*context.trailing_metadata(), *(metadata if status.details else ())))
    context.abort(CODES[code.value[0]], message)


def wait(definition, context):
    """As long as the response takes, or until nobody waits for it."""
    if definition.response_delay_ms:
        over = threading.Event()
        if context.add_callback(over.set):
            over.wait(definition.response_delay_ms / 1000)


if __name__ == "__main__":
    asked = read(pb.ServerCompatRequest)
    options = [("grpc.max_receive_message_length", asked.message_receive_limit)]
    compression = getattr(grpc.Compression, sys.argv[1]) if sys.argv[1:] else None
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=100),
        options=options if asked.message_receive_limit else None,
        compression=compression,
    )
    rpc.add_ConformanceServiceServicer_to_server(Conformance(), server)
    said = pb.ServerCompatResponse(host="127.0.0.1")
    if asked.use_tls:
        roots = asked.client_tls_cert or None
        credentials = grpc.ssl_server_credentials(
            [(asked.server_creds.key, asked.server_creds.cert)], roots, require_client_auth=roots is not None
        )
        said.port = server.add_secure_port("127.0.0.1:0", credentials)
        said.pem_cert = asked.server_creds.cert
    else:
        said.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    write(said)
    sys.stdin.buffer.read()
    server.stop(grace=None)
