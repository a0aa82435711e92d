"""python client_asyncio.py ADDRESS [ROOTS [CERTIFICATE KEY]]: grpcio's asyncio client against a server of the interop service.

Prints a line for each scenario that went well, and ends with a traceback at the first that didn't.
"""

import asyncio
import itertools
import sys

import grpc

from contract import ECHOED_INITIAL, ECHOED_TRAILING, MIB, UNICODE, is_echo, open_channel, pb, rpc, values


async def unary(stub, channel):
    assert (await stub.Unary(pb.UnaryRequest(payload=b"ping"))).payload == b"ping"
    assert await stub.Unary(pb.UnaryRequest()) == pb.UnaryResponse()


async def server_stream(stub, channel):
    responses = [response async for response in stub.ServerStream(pb.ServerStreamRequest(payload=b"x", count=100))]
    assert responses == [pb.ServerStreamResponse(index=index, payload=b"x") for index in range(100)]
    assert not [response async for response in stub.ServerStream(pb.ServerStreamRequest())]


async def client_stream(stub, channel):
    call = stub.ClientStream()
    for n in range(100):
        await call.write(pb.ClientStreamRequest(payload=bytes([n])))
    await call.done_writing()
    assert await call == pb.ClientStreamResponse(count=100, payload=bytes(range(100)))
    assert await stub.ClientStream(iter(())) == pb.ClientStreamResponse()


async def bidi_stream(stub, channel):
    call = stub.BidiStream()
    for n in range(100):  # each request waits for the answer to the one before
        await call.write(pb.BidiStreamRequest(payload=bytes([n])))
        assert (await call.read()).payload == bytes([n])
    await call.done_writing()
    assert await call.read() == grpc.aio.EOF


async def server_ends_first(stub, channel):
    """The server has its say while the client's stream is still open."""
    call = stub.ClientStream()
    await call.write(pb.ClientStreamRequest(script=fail(grpc.StatusCode.ABORTED, "enough")))
    await check_fails(call, grpc.StatusCode.ABORTED, "enough")


async def every_kind_of_field(stub, channel):
    sent = values()
    got = (await stub.Unary(pb.UnaryRequest(values=sent))).values
    assert is_echo(sent, got), got


async def empty(stub, channel):
    assert (await stub.Ping(pb.google_dot_protobuf_dot_empty__pb2.Empty())).ByteSize() == 0


async def metadata(stub, channel):
    echoed = ECHOED_INITIAL + ECHOED_TRAILING
    unary = stub.Unary(pb.UnaryRequest(), metadata=echoed)
    await unary
    await check_metadata(unary)
    server_stream = stub.ServerStream(pb.ServerStreamRequest(count=1), metadata=echoed)
    assert len([response async for response in server_stream]) == 1
    await check_metadata(server_stream)
    client_stream = stub.ClientStream(iter(()), metadata=echoed)
    await client_stream
    await check_metadata(client_stream)
    bidi_stream = stub.BidiStream(iter([pb.BidiStreamRequest()]), metadata=echoed)
    assert len([response async for response in bidi_stream]) == 1
    await check_metadata(bidi_stream)


async def check_metadata(call):
    # Asked for before the first message, a call that ends at once may say that it got none.
    initial = set(await call.initial_metadata())
    assert set(ECHOED_INITIAL) <= initial, (call, initial)
    trailing = set(await call.trailing_metadata())
    assert set(ECHOED_TRAILING) <= trailing, (call, trailing)


async def metadata_with_an_error(stub, channel):
    request = pb.UnaryRequest(script=fail(grpc.StatusCode.NOT_FOUND, "no"))
    call = stub.Unary(request, metadata=ECHOED_TRAILING)
    await check_fails(call, grpc.StatusCode.NOT_FOUND, "no")
    trailing = set(await call.trailing_metadata())
    assert set(ECHOED_TRAILING) <= trailing, trailing


async def status_with_a_unicode_message(stub, channel):
    script = fail(grpc.StatusCode.FAILED_PRECONDITION, UNICODE)
    await check_fails(stub.Unary(pb.UnaryRequest(script=script)), grpc.StatusCode.FAILED_PRECONDITION, UNICODE)
    call = stub.ServerStream(pb.ServerStreamRequest(count=2, script=script))
    assert [(await call.read()).index, (await call.read()).index] == [0, 1]
    await check_fails(call, grpc.StatusCode.FAILED_PRECONDITION, UNICODE)


async def deadline(stub, channel):
    script = pb.Script(call_id=new_id(), hang=pb.Hang())
    call = stub.Unary(pb.UnaryRequest(script=script), timeout=1)
    await check_fails(call, grpc.StatusCode.DEADLINE_EXCEEDED)
    await check_observed(stub, script.call_id, pb.CALL_EVENT_DEADLINE_EXCEEDED)

    script = pb.Script(call_id=new_id(), hang=pb.Hang())
    call = stub.ServerStream(pb.ServerStreamRequest(count=1, script=script), timeout=1)
    assert (await call.read()).index == 0
    await check_fails(call, grpc.StatusCode.DEADLINE_EXCEEDED)
    await check_observed(stub, script.call_id, pb.CALL_EVENT_DEADLINE_EXCEEDED)


async def client_cancels(stub, channel):
    script = pb.Script(call_id=new_id(), hang=pb.Hang())
    observed = stub.ObserveCall(pb.ObserveCallRequest(call_id=script.call_id), timeout=60)
    call = stub.Unary(pb.UnaryRequest(script=script))
    assert (await observed.read()).event == pb.CALL_EVENT_STARTED
    call.cancel()
    await check_fails(call, grpc.StatusCode.CANCELLED)
    assert (await observed.read()).event == pb.CALL_EVENT_CANCELLED

    script = pb.Script(call_id=new_id(), hang=pb.Hang())
    call = stub.ServerStream(pb.ServerStreamRequest(count=1, script=script))
    assert (await call.read()).index == 0
    call.cancel()
    await check_fails(call, grpc.StatusCode.CANCELLED)
    await check_observed(stub, script.call_id, pb.CALL_EVENT_CANCELLED)


async def server_cancels(stub, channel):
    script = pb.Script(cancel=pb.Cancel())
    await check_fails(stub.Unary(pb.UnaryRequest(script=script)), grpc.StatusCode.CANCELLED)
    call = stub.ServerStream(pb.ServerStreamRequest(count=1, script=script))
    assert (await call.read()).index == 0
    await check_fails(call, grpc.StatusCode.CANCELLED)


async def large_messages(stub, channel):
    assert (await stub.Unary(pb.UnaryRequest(payload=MIB))).payload == MIB
    async for response in stub.ServerStream(pb.ServerStreamRequest(payload=MIB, count=3)):
        assert response.payload == MIB
    assert (await stub.ClientStream(iter([pb.ClientStreamRequest(payload=MIB)] * 3))).payload == MIB * 3
    async for response in stub.BidiStream(iter([pb.BidiStreamRequest(payload=MIB)] * 3)):
        assert response.payload == MIB


async def compressed_messages(stub, channel):
    payload = b"abc" * 10_000
    for compression in [grpc.Compression.Gzip, grpc.Compression.Deflate]:
        request = pb.UnaryRequest(payload=payload)
        assert (await stub.Unary(request, compression=compression)).payload == payload
        requests = [pb.BidiStreamRequest(payload=payload)] * 3
        responses = stub.BidiStream(iter(requests), compression=compression)
        assert [response.payload async for response in responses] == [payload] * 3


async def thousand_concurrent_calls(stub, channel):
    # The server answers none before it has all of them.
    script = pb.Script(call_id=new_id(), gather=1000)
    payloads = [str(n).encode() for n in range(1000)]
    calls = [stub.Unary(pb.UnaryRequest(script=script, payload=payload)) for payload in payloads]
    assert [response.payload for response in await asyncio.gather(*calls)] == payloads


async def unknown_method_and_service(stub, channel):
    for path in ["/interop.v1.InteropService/Nothing", "/interop.v1.NoService/Unary", "/nothing"]:
        await check_fails(channel.unary_unary(path)(b""), grpc.StatusCode.UNIMPLEMENTED)


async def panic_hurts_no_other_call(stub, channel):
    call = stub.BidiStream()
    script = pb.Script(panic=pb.Panic(message="on request"))
    await check_fails(stub.Unary(pb.UnaryRequest(script=script)), grpc.StatusCode.INTERNAL)
    await check_fails(stub.ServerStream(pb.ServerStreamRequest(script=script)), grpc.StatusCode.INTERNAL)
    await call.write(pb.BidiStreamRequest(payload=b"still here"))
    assert (await call.read()).payload == b"still here"
    await call.done_writing()


def fail(code, message):
    return pb.Script(fail=pb.Failure(code=code.value[0], message=message))


async def check_fails(call, code, details=None):
    assert await call.code() == code, (await call.code(), await call.details())
    assert details is None or await call.details() == details, await call.details()


async def check_observed(stub, call_id, end):
    observed = stub.ObserveCall(pb.ObserveCallRequest(call_id=call_id), timeout=60)
    assert [response.event async for response in observed] == [pb.CALL_EVENT_STARTED, end]


ids = itertools.count()


def new_id():
    return f"client_asyncio {next(ids)}"


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


async def main(*address):
    async with open_channel(grpc.aio, *address) as channel:
        for scenario in SCENARIOS:
            await scenario(rpc.InteropServiceStub(channel), channel)
            print("ok", scenario.__name__, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
