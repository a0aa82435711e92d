"""python server_asyncio.py [CERTIFICATE KEY [ROOTS]]: grpcio's asyncio server of the interop service.

Prints its port, and serves until its standard input ends: whoever started it is gone then.
"""

import asyncio
import collections
import contextlib
import sys

import grpc

from contract import ending_event, listen, pb, rpc

CODES = {code.value[0]: code for code in grpc.StatusCode}


class Interop(rpc.InteropServiceServicer):
    def __init__(self):
        self.events = collections.defaultdict(list)
        self.gathered = collections.defaultdict(asyncio.Event)
        self.told = asyncio.Event()

    async def Unary(self, request, context):
        await echo_metadata(context)
        await self.play(await self.begin(request.script, context), context)
        return pb.UnaryResponse(
            payload=request.payload, values=request.values if request.HasField("values") else None
        )

    async def ServerStream(self, request, context):
        await echo_metadata(context)
        script = await self.begin(request.script, context)
        for index in range(request.count):
            yield pb.ServerStreamResponse(index=index, payload=request.payload)
        await self.play(script, context)

    async def ClientStream(self, requests, context):
        await echo_metadata(context)
        response = pb.ClientStreamResponse()
        async for request in requests:
            response.count += 1
            response.payload += request.payload
            if request.HasField("script"):
                await self.play(await self.begin(request.script, context), context)
        return response

    async def BidiStream(self, requests, context):
        await echo_metadata(context)
        async for request in requests:
            if request.HasField("script"):
                await self.play(await self.begin(request.script, context), context)
            else:
                yield pb.BidiStreamResponse(payload=request.payload)

    async def ObserveCall(self, request, context):
        events = self.events[request.call_id]
        told = 0
        while True:
            await self.until(lambda: told < len(events))
            for event in events[told:]:
                yield pb.ObserveCallResponse(event=event)
                told += 1
                if event != pb.CALL_EVENT_STARTED:
                    return

    async def Ping(self, request, context):
        return request

    async def begin(self, script, context):
        self.tell(script, pb.CALL_EVENT_STARTED)
        context.add_done_callback(lambda _: self.tell_end(script, ending_event(context)))
        gathered = self.gathered[script.call_id]
        # Before all have started none has ended: there is one event for each.
        if len(self.events[script.call_id]) >= script.gather:
            gathered.set()
        await gathered.wait()
        return script

    async def play(self, script, context):
        ending = script.WhichOneof("ending")
        if ending == "hang":
            with contextlib.suppress(grpc.aio.UsageError):  # it has left already
                await context.send_initial_metadata(())
            await asyncio.Event().wait()
        self.tell_end(script, pb.CALL_EVENT_FINISHED)
        match ending:
            case "fail":
                await context.abort(CODES[script.fail.code], script.fail.message)
            case "cancel":
                # This API has no other way to cancel from the server.
                await context.abort(grpc.StatusCode.CANCELLED)
            case "panic":
                raise RuntimeError(script.panic.message)

    def tell(self, script, event):
        self.events[script.call_id].append(event)
        self.told.set()
        self.told = asyncio.Event()

    def tell_end(self, script, event):
        """Tells how the call ended, unless that has been told."""
        if pb.CALL_EVENT_STARTED in self.events[script.call_id][-1:]:
            self.tell(script, event)

    async def until(self, condition):
        while not condition():
            await self.told.wait()


async def echo_metadata(context):
    metadata = context.invocation_metadata()
    initial = [(key, value) for key, value in metadata if key in ("x-initial", "x-initial-bin")]
    if initial:
        await context.send_initial_metadata(initial)
    context.set_trailing_metadata(
        [(key, value) for key, value in metadata if key in ("x-trailing", "x-trailing-bin")]
    )


async def main():
    server = grpc.aio.server(compression=grpc.Compression.Deflate)
    rpc.add_InteropServiceServicer_to_server(Interop(), server)
    print(listen(server, *sys.argv[1:]), flush=True)
    await server.start()
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(grace=None)


if __name__ == "__main__":
    asyncio.run(main())
