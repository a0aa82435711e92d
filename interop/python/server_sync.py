"""python server_sync.py [CERTIFICATE KEY [ROOTS]]: grpcio's threaded server of the interop service.

Prints its port, and serves until its standard input ends: whoever started it is gone then.
"""

import collections
import contextlib
import sys
import threading
from concurrent import futures

import grpc

from contract import ending_event, listen, pb, rpc

CODES = {code.value[0]: code for code in grpc.StatusCode}


class Interop(rpc.InteropServiceServicer):
    def __init__(self):
        self.events = collections.defaultdict(list)
        self.gathered = collections.defaultdict(threading.Event)
        self.told = threading.Condition()

    def Unary(self, request, context):
        echo_metadata(context)
        self.play(self.begin(request.script, context), context)
        return pb.UnaryResponse(
            payload=request.payload, values=request.values if request.HasField("values") else None
        )

    def ServerStream(self, request, context):
        echo_metadata(context)
        script = self.begin(request.script, context)
        for index in range(request.count):
            yield pb.ServerStreamResponse(index=index, payload=request.payload)
        self.play(script, context)

    def ClientStream(self, requests, context):
        echo_metadata(context)
        response = pb.ClientStreamResponse()
        for request in requests:
            response.count += 1
            response.payload += request.payload
            if request.HasField("script"):
                self.play(self.begin(request.script, context), context)
        return response

    def BidiStream(self, requests, context):
        echo_metadata(context)
        for request in requests:
            if request.HasField("script"):
                self.play(self.begin(request.script, context), context)
            else:
                yield pb.BidiStreamResponse(payload=request.payload)

    def ObserveCall(self, request, context):
        events = self.events[request.call_id]
        told = 0
        while True:
            with self.told:
                self.told.wait_for(lambda: told < len(events))
            for event in events[told:]:
                yield pb.ObserveCallResponse(event=event)
                told += 1
                if event != pb.CALL_EVENT_STARTED:
                    return

    def Ping(self, request, context):
        return request

    def begin(self, script, context):
        self.tell(script, pb.CALL_EVENT_STARTED)
        if not context.add_callback(lambda: self.tell_end(script, ending_event(context))):
            self.tell_end(script, ending_event(context))
        with self.told:
            gathered = self.gathered[script.call_id]
            # Before all have started none has ended: there is one event for each.
            if len(self.events[script.call_id]) >= script.gather:
                gathered.set()
        gathered.wait()
        return script

    def play(self, script, context):
        ending = script.WhichOneof("ending")
        if ending == "hang":
            with contextlib.suppress(ValueError):  # it has left already
                context.send_initial_metadata(())
            over = threading.Event()
            if context.add_callback(over.set):
                over.wait()
            return
        self.tell_end(script, pb.CALL_EVENT_FINISHED)
        match ending:
            case "fail":
                context.abort(CODES[script.fail.code], script.fail.message)
            case "cancel":
                context.cancel()
            case "panic":
                raise RuntimeError(script.panic.message)

    def tell(self, script, event):
        with self.told:
            self.events[script.call_id].append(event)
            self.told.notify_all()

    def tell_end(self, script, event):
        """Tells how the call ended, unless that has been told."""
        with self.told:
            if pb.CALL_EVENT_STARTED in self.events[script.call_id][-1:]:
                self.tell(script, event)


def echo_metadata(context):
    metadata = context.invocation_metadata()
    initial = [(key, value) for key, value in metadata if key in ("x-initial", "x-initial-bin")]
    if initial:
        context.send_initial_metadata(initial)
    context.set_trailing_metadata(
        [(key, value) for key, value in metadata if key in ("x-trailing", "x-trailing-bin")]
    )


if __name__ == "__main__":
    # A thread for each call: a thousand of them wait for each other.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1100), compression=grpc.Compression.Gzip)
    rpc.add_InteropServiceServicer_to_server(Interop(), server)
    print(listen(server, *sys.argv[1:]), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(grace=None)
