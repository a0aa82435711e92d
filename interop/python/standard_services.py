"""python standard_services.py server | health ADDRESS | reflection ADDRESS | compare SET: what servers of every language have.

The server prints its port, and serves until its standard input ends. The clients print a line for each scenario. The
comparison takes a descriptor set, and holds the files in it that Google's packages have, too, against these.
"""

import sys
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, empty_pb2, message_factory
from grpc_channelz.v1 import channelz
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protos"))
pb, rpc = grpc.protos_and_services("interop/v1/interop.proto")

SERVICE = "interop.v1.InteropService"
STATUS = health_pb2.HealthCheckResponse
#: What there is of the services.
MODULES = (health_pb2, reflection_pb2)


class Interop(rpc.InteropServiceServicer):
    def __init__(self, health):
        self.health = health
        self.serving = True

    def Unary(self, request, context):
        return pb.UnaryResponse(payload=request.payload)

    def Ping(self, request, context):
        """Changes how the service is."""
        self.serving = not self.serving
        self.health.set(SERVICE, STATUS.SERVING if self.serving else STATUS.NOT_SERVING)
        return empty_pb2.Empty()


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    servicer = health.HealthServicer()
    servicer.set(SERVICE, STATUS.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    rpc.add_InteropServiceServicer_to_server(Interop(servicer), server)
    reflection.enable_server_reflection([SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    channelz.add_channelz_servicer(server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(grace=None)


def done(scenario):
    print("ok", scenario, flush=True)


def check_health(address):
    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        switch = lambda method: channel.unary_unary(f"/interop.switch.v1.Switch/{method}")(b"", timeout=60)
        check = lambda service: stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=60).status
        assert [check(name) for name in ("", SERVICE, health.SERVICE_NAME)] == [STATUS.SERVING] * 3
        try:
            check("nobody")
            raise AssertionError("nobody is well")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND, error
        done("check")

        listed = stub.List(health_pb2.HealthListRequest(), timeout=60).statuses
        names = ["", "grpc.health.v1.Health", "interop.switch.v1.Switch", SERVICE]
        assert sorted(listed) == names, listed
        done("list")

        watch = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=60)
        assert next(watch).status == STATUS.SERVING
        nobody = stub.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=60)
        assert next(nobody).status == STATUS.SERVICE_UNKNOWN
        switch("Flip")
        assert next(watch).status == STATUS.NOT_SERVING
        switch("Flip")
        assert next(watch).status == STATUS.SERVING
        nobody.cancel()
        done("watch")

        # The last word of a server that shuts down.
        switch("Stop")
        assert [answer.status for answer in watch] == [STATUS.NOT_SERVING]
        done("shutdown")


def check_reflection(address):
    with grpc.insecure_channel(address) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        assert sorted(database.get_services()) == [
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection",
            SERVICE,
        ]
        done("list_services")

        pool = descriptor_pool.DescriptorPool(database)
        service = pool.FindServiceByName(SERVICE)
        known = pb.DESCRIPTOR.services_by_name["InteropService"]
        assert [method.name for method in service.methods] == [method.name for method in known.methods]
        for path in (known.file.name, *(file.name for file in known.file.dependencies)):
            assert facts(pool.FindFileByName(path)) == facts(known.file.pool.FindFileByName(path)), path
        done("files")

        for symbol in ("Unary", "interop.v1.nobody", "interop.v1"):
            try:
                database.FindFileContainingSymbol(symbol)
                raise AssertionError(symbol)
            except KeyError:
                pass
        assert list(database.FindAllExtensionNumbers("interop.v1.UnaryRequest")) == []
        # Its own client never asks for these.
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        for of in ("interop.v1.UnaryRequest", "nobody"):
            extension = reflection_pb2.ExtensionRequest(containing_type=of, extension_number=7)
            request = reflection_pb2.ServerReflectionRequest(file_containing_extension=extension)
            [answer] = stub.ServerReflectionInfo(iter([request]), timeout=60)
            assert answer.original_request == request
            assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0], answer
        done("not_there")

        # A call that knows nothing but what it was told.
        method = service.methods_by_name["Unary"]
        request = message_factory.GetMessageClass(method.input_type)
        response = message_factory.GetMessageClass(method.output_type)
        call = channel.unary_unary(f"/{SERVICE}/Unary", request.SerializeToString, response.FromString)
        assert call(request(payload=b"ping"), timeout=60).payload == b"ping"
        done("call")


def facts(file):
    """What counts in a file."""
    proto = descriptor_pb2.FileDescriptorProto()
    file.CopyToProto(proto)
    return facts_of(proto)


def facts_of(file):
    """What counts in a file, by name: not what stands where, comments and the options of other languages."""
    return {
        **{f"message {name}": fields for name, fields in messages(file.message_type).items()},
        **{f"enum {item.name}": values(item) for item in file.enum_type},
        **{
            f"service {service.name}": {
                method.name: (
                    method.input_type,
                    method.client_streaming,
                    method.output_type,
                    method.server_streaming,
                )
                for method in service.method
            }
            for service in file.service
        },
    }


def messages(items):
    kinds = ("name", "label", "type", "type_name", "proto3_optional")
    return {
        item.name: (
            {
                field.number: (
                    *(getattr(field, kind) for kind in kinds),
                    item.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None,
                )
                for field in item.field
            },
            messages(item.nested_type),
            {inner.name: values(inner) for inner in item.enum_type},
            sorted(number for range_ in item.reserved_range for number in range(range_.start, range_.end)),
            item.options.map_entry,
        )
        for item in items
    }


def values(item):
    return {value.number: value.name for value in item.value}


def compare(set_path):
    described = descriptor_pb2.FileDescriptorSet.FromString(Path(set_path).read_bytes())
    described = {file.package: facts_of(file) for file in described.file}
    for module in MODULES:
        package = module.DESCRIPTOR.package
        ours, theirs = described[package], facts(module.DESCRIPTOR)
        assert ours == theirs, (ours, theirs)
        done(package)
    # There is no module of v1, which is v1alpha but for the package.
    v1 = str(described["grpc.reflection.v1alpha"]).replace("grpc.reflection.v1alpha", "grpc.reflection.v1")
    assert str(described["grpc.reflection.v1"]) == v1
    done("grpc.reflection.v1")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["server"]:
            serve()
        case ["health", address]:
            check_health(address)
        case ["reflection", address]:
            check_reflection(address)
        case ["compare", set_path]:
            compare(set_path)
