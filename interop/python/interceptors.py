"""python interceptors.py server CERTIFICATE KEY | client ADDRESS ROOTS: bearer tokens and request ids, over TLS.

The server prints its port, and serves until its standard input ends: `Unary` to those whose token is good, with what it
knows of them as the payload. The client prints a line for each scenario.
"""

import sys
from concurrent import futures
from pathlib import Path

import grpc

from contract import TLS_NAME, listen, pb, rpc

CODE = grpc.StatusCode


class Tokens(grpc.ServerInterceptor):
    def intercept_service(self, continuation, details):
        if ("authorization", "Bearer good") in details.invocation_metadata:
            return continuation(details)

        def refuse(request, context):
            context.abort(CODE.UNAUTHENTICATED, "who are you?")

        return grpc.unary_unary_rpc_method_handler(refuse)


class Told(rpc.InteropServiceServicer):
    def Unary(self, request, context):
        metadata = dict(context.invocation_metadata())
        # Without a deadline, it is some centuries.
        in_haste = context.time_remaining() < 60
        told = [metadata["authorization"], metadata.get("x-request-id"), in_haste]
        return pb.UnaryResponse(payload=repr(told).encode())


def serve(*files):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), interceptors=[Tokens()])
    rpc.add_InteropServiceServicer_to_server(Told(), server)
    print(listen(server, *files), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(grace=None)


def no_token(open_stub):
    check_fail(open_stub(), CODE.UNAUTHENTICATED, "the call has no bearer token (`authorization`)")


def wrong_token(open_stub):
    check_fail(open_stub("bad"), CODE.UNAUTHENTICATED, "not one of our tokens")


def token(open_stub):
    stub = open_stub("good")
    assert stub.Unary(pb.UnaryRequest(payload=b"x")).payload == b"x"
    assert len(list(stub.ServerStream(pb.ServerStreamRequest(count=3)))) == 3
    assert stub.ClientStream(iter([pb.ClientStreamRequest()] * 3)).count == 3
    assert len(list(stub.BidiStream(iter([pb.BidiStreamRequest()] * 3)))) == 3


def request_id(open_stub):
    stub = open_stub("good")
    _, call = stub.Unary.with_call(pb.UnaryRequest(), metadata=[("x-request-id", "mine")])
    assert ("x-request-id", "mine") in call.initial_metadata(), call.initial_metadata()
    call = stub.ServerStream(pb.ServerStreamRequest())
    made = dict(call.initial_metadata())["x-request-id"]
    assert len(made) == 32, made
    script = pb.Script(fail=pb.Failure(code=5))
    call = stub.Unary.future(pb.UnaryRequest(script=script), metadata=[("x-request-id", "mine")])
    assert call.code() == CODE.NOT_FOUND
    assert ("x-request-id", "mine") in call.trailing_metadata(), call.trailing_metadata()


def capped(open_stub):
    stub = open_stub("good")
    script = pb.Script(hang=pb.Hang())
    call = stub.Unary.future(pb.UnaryRequest(script=script), metadata=[("x-cap", "1")])
    assert call.code() == CODE.DEADLINE_EXCEEDED, call
    responses = stub.ServerStream(pb.ServerStreamRequest(count=1, script=script), metadata=[("x-cap", "1")])
    assert next(responses).index == 0
    assert responses.code() == CODE.DEADLINE_EXCEEDED, responses


def shed(open_stub):
    stub = open_stub("good")
    script = pb.Script(call_id="shed", hang=pb.Hang())
    observed = stub.ObserveCall(pb.ObserveCallRequest(call_id="shed"), timeout=60)
    running = stub.ClientStream.future(iter([pb.ClientStreamRequest(script=script)]))
    assert next(observed).event == pb.CALL_EVENT_STARTED
    call = stub.ClientStream.future(iter(()))
    assert (call.code(), call.details()) == (CODE.RESOURCE_EXHAUSTED, "there are 1 calls at work already")
    running.cancel()
    assert [response.event for response in observed] == [pb.CALL_EVENT_CANCELLED]
    assert stub.ClientStream(iter(())).count == 0


def check_fail(stub, code, details):
    calls = [
        stub.Unary.future(pb.UnaryRequest()),
        stub.ServerStream(pb.ServerStreamRequest()),
        stub.ClientStream.future(iter([pb.ClientStreamRequest()])),
        stub.BidiStream(iter([pb.BidiStreamRequest()])),
    ]
    for call in calls:
        assert (call.code(), call.details()) == (code, details), (call.code(), call.details())


def run_client(address, roots):
    channels = []

    def open_stub(token=None):
        credentials = grpc.ssl_channel_credentials(Path(roots).read_bytes())
        if token is not None:
            tokens = grpc.access_token_call_credentials(token)
            credentials = grpc.composite_channel_credentials(credentials, tokens)
        channel = grpc.secure_channel(address, credentials, [("grpc.ssl_target_name_override", TLS_NAME)])
        channels.append(channel)
        return rpc.InteropServiceStub(channel)

    for scenario in [no_token, wrong_token, token, request_id, capped, shed]:
        scenario(open_stub)
        print("ok", scenario.__name__, flush=True)
    for channel in channels:
        channel.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["server", *files]:
            serve(*files)
        case ["client", address, roots]:
            run_client(address, roots)
