"""python errors.py server | client ADDRESS | compile DIRECTORY FILE SET: errors with details, as grpcio-status has them.

The server prints its port, and serves until its standard input ends. The client prints a line for each scenario. The
compiler takes an exported file that imports google/rpc/*.proto, and compares the descriptor set that goes with it.
"""

import sys
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2 as details, status_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protos"))
pb, rpc = grpc.protos_and_services("interop/errors/v1/errors.proto")

MISSING = pb.LookupError.Missing(name="the keys", place=pb.Place(landmark="the door", distance=3))
CLOSED = pb.LookupError.Closed()
LABELS = {"region": "eu", "zone": "b"}
BAD_REQUEST = details.BadRequest(
    field_violations=[
        details.BadRequest.FieldViolation(
            field="failure",
            description="isn't one",
            reason="NO_FAILURE",
            localized_message=details.LocalizedMessage(locale="de", message="so wörtlich nicht"),
        )
    ]
)
EVERYTHING = [
    details.ErrorInfo(reason="TOO_MUCH", domain="interop.example", metadata=LABELS),
    details.RetryInfo(retry_delay=duration_pb2.Duration(seconds=1, nanos=500_000_000)),
    details.DebugInfo(stack_entries=["inner", "outer"], detail="by design"),
    details.QuotaFailure(
        violations=[
            details.QuotaFailure.Violation(
                subject="project:interop",
                description="too many calls",
                api_service="interop.errors.v1.ErrorService",
                quota_metric="calls",
                quota_id="calls-per-day",
                quota_dimensions=LABELS,
                quota_value=5,
                future_quota_value=0,
            )
        ]
    ),
    details.PreconditionFailure(
        violations=[
            details.PreconditionFailure.Violation(
                type="TOS", subject="interop.example", description="not accepted"
            )
        ]
    ),
    BAD_REQUEST,
    details.RequestInfo(request_id="7", serving_data="none"),
    details.ResourceInfo(
        resource_type="call", resource_name="the sixth", owner="you", description="wait for tomorrow"
    ),
    details.Help(links=[details.Help.Link(description="more calls", url="https://interop.example/more")]),
    details.LocalizedMessage(locale="fr", message="à demain"),
]

#: What each failure is: code, message and details.
FAILURES = {
    pb.FAILURE_MISSING: (
        code_pb2.NOT_FOUND,
        'no the keys at Place { landmark: "the door", distance: 3 }',
        [MISSING],
    ),
    pb.FAILURE_CLOSED: (code_pb2.UNAVAILABLE, "the office is closed", [CLOSED]),
    pb.FAILURE_INVALID: (code_pb2.INVALID_ARGUMENT, "the request makes no sense", [BAD_REQUEST]),
    pb.FAILURE_EVERYTHING: (code_pb2.RESOURCE_EXHAUSTED, "everything", EVERYTHING),
}


def status(failure):
    code, message, messages = FAILURES[failure]
    packed = status_pb2.Status(code=code, message=message)
    for detail in messages:
        packed.details.add().Pack(detail)
    return packed


class Failing(rpc.ErrorServiceServicer):
    def Fail(self, request, context):
        if request.failure == pb.FAILURE_BROKEN:
            context.set_trailing_metadata([("grpc-status-details-bin", b"\xff\xff")])
            context.abort(grpc.StatusCode.NOT_FOUND, "broken")
        context.abort_with_status(rpc_status.to_status(status(request.failure)))

    def FailInStream(self, request, context):
        yield pb.FailInStreamResponse()
        self.Fail(request, context)


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    rpc.add_ErrorServiceServicer_to_server(Failing(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(grace=None)


def errors(stub, failure):
    """How a call with one answer fails, and one with a stream of them."""
    try:
        stub.Fail(pb.FailRequest(failure=failure))
    except grpc.RpcError as error:
        yield error
    try:
        list(stub.FailInStream(pb.FailInStreamRequest(failure=failure)))
    except grpc.RpcError as error:
        yield error


def check(address):
    with grpc.insecure_channel(address) as channel:
        stub = rpc.ErrorServiceStub(channel)
        for failure in FAILURES:
            failed = list(errors(stub, failure))
            assert len(failed) == 2, failed
            for error in failed:
                got, (code, text, messages) = rpc_status.from_call(error), FAILURES[failure]
                assert (got.code, got.message) == (code, text), got
                # Unpacked, as the entries of a map have no order.
                for detail, message in zip(got.details, messages, strict=True):
                    unpacked = type(message)()
                    assert detail.Unpack(unpacked) and unpacked == message, detail
            print("ok", pb.Failure.Name(failure).removeprefix("FAILURE_").lower(), flush=True)
        for error in errors(stub, pb.FAILURE_BROKEN):
            assert error.code() == grpc.StatusCode.NOT_FOUND and error.details() == "broken", error
        print("ok broken", flush=True)


def compile_file(directory, file, set_path):
    # Google's files lie where Python's packages do.
    folders = [directory, Path(details.__file__).parents[2], Path(protoc.__file__).parent / "_proto"]
    arguments = ["protoc", *(f"-I{folder}" for folder in folders), "--descriptor_set_out=/dev/null", file]
    assert protoc.main(arguments) == 0
    print("ok compiled", flush=True)
    described = descriptor_pb2.FileDescriptorSet.FromString(Path(set_path).read_bytes())
    described = {file.name: messages(file) for file in described.file}
    for theirs in (details.DESCRIPTOR, status_pb2.DESCRIPTOR):
        file = descriptor_pb2.FileDescriptorProto()
        theirs.CopyToProto(file)
        assert described[file.name] == messages(file), (described[file.name], messages(file))
    print("ok same", flush=True)


def messages(scope):
    """The messages of a file or a message by name, each with what counts of its fields and the messages in it."""
    inner = scope.message_type if hasattr(scope, "message_type") else scope.nested_type
    kinds = ("name", "number", "label", "type", "type_name", "proto3_optional")
    return {
        message.name: (
            [tuple(getattr(field, kind) for kind in kinds) for field in message.field],
            messages(message),
        )
        for message in inner
    }


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["server"]:
            serve()
        case ["client", address]:
            check(address)
        case ["compile", directory, file, set_path]:
            compile_file(directory, file, set_path)
