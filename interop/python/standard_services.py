"""python standard_services.py server | health ADDRESS | reflection ADDRESS | channelz ADDRESS | compare SET: what servers of every language have.

The server prints its port, and serves until its standard input ends. The clients print a line for each scenario. The
comparison takes a descriptor set, and holds the files in it that Google's packages have, too, against these.
"""

import sys
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, empty_pb2, message_factory
from grpc_channelz.v1 import channelz, channelz_pb2, channelz_pb2_grpc
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
MODULES = (channelz_pb2, health_pb2, reflection_pb2)


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


def check_channelz(address):
    with grpc.insecure_channel(address) as channel:
        interop = rpc.InteropServiceStub(channel)
        interop.Unary(pb.UnaryRequest(payload=b"ping"), timeout=60)
        failing = pb.Script(fail=pb.Failure(code=5, message="no"))
        try:
            interop.Unary(pb.UnaryRequest(script=failing), timeout=60)
            raise AssertionError("it should fail")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND, error
        count = len(list(interop.ServerStream(pb.ServerStreamRequest(count=3), timeout=60)))
        assert count == 3, count

        stub = channelz_pb2_grpc.ChannelzStub(channel)
        answer = stub.GetServers(channelz_pb2.GetServersRequest(), timeout=60)
        [server] = answer.server
        counts = (server.data.calls_started, server.data.calls_succeeded, server.data.calls_failed)
        # One of them is the call that asks.
        assert answer.end and counts == (4, 2, 1), answer
        assert server.data.HasField("last_call_started_timestamp")
        request = channelz_pb2.GetServerRequest(server_id=server.ref.server_id)
        assert stub.GetServer(request, timeout=60).server.listen_socket == server.listen_socket
        done("servers")

        request = channelz_pb2.GetServerSocketsRequest(server_id=server.ref.server_id)
        [ref] = stub.GetServerSockets(request, timeout=60).socket_ref
        socket = stub.GetSocket(channelz_pb2.GetSocketRequest(socket_id=ref.socket_id), timeout=60).socket
        data = socket.data
        counts = (data.streams_started, data.streams_succeeded, data.streams_failed)
        assert counts == (7, 6, 0), socket
        # Unary calls so far: one of the first two has no answer, and this one has none yet.
        assert (data.messages_received, data.messages_sent) == (7, 1 + 3 + 3), socket
        assert data.local_flow_control_window.value > 0 and data.remote_flow_control_window.value > 0
        assert socket.local.tcpip_address.port == int(address.split(":")[1]), socket
        assert len(socket.remote.tcpip_address.ip_address) == 4, socket
        listener = channelz_pb2.GetSocketRequest(socket_id=server.listen_socket[0].socket_id)
        assert stub.GetSocket(listener, timeout=60).socket.local == socket.local
        done("sockets")

        [ours] = stub.GetTopChannels(channelz_pb2.GetTopChannelsRequest(), timeout=60).channel
        state = channelz_pb2.ChannelConnectivityState.IDLE
        assert ours.data.state.state == state and ours.data.target == "http://127.0.0.1:1", ours
        request = channelz_pb2.GetChannelRequest(channel_id=ours.ref.channel_id)
        assert stub.GetChannel(request, timeout=60).channel == ours
        [ref] = ours.subchannel_ref
        request = channelz_pb2.GetSubchannelRequest(subchannel_id=ref.subchannel_id)
        assert stub.GetSubchannel(request, timeout=60).subchannel.ref == ref
        done("channels")

        try:
            stub.GetSocket(channelz_pb2.GetSocketRequest(socket_id=ours.ref.channel_id), timeout=60)
            raise AssertionError("a channel is no socket")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND, error
        done("not_found")


def compare(set_path):
    described = descriptor_pb2.FileDescriptorSet.FromString(Path(set_path).read_bytes())
    described = {file.package: facts_of(file) for file in described.file}
    for module in MODULES:
        package = module.DESCRIPTOR.package
        ours, theirs = described[package], facts(module.DESCRIPTOR)
        # What channelz may have in an Any is reached by nothing else, and we send none of it.
        for kind in ("Timeout", "Linger", "TcpInfo"):
            theirs.pop(f"message SocketOption{kind}", None)
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
        case ["channelz", address]:
            check_channelz(address)
        case ["compare", set_path]:
            compare(set_path)
