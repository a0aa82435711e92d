"""python conformance_client.py: grpcio's client of Connect's conformance tests.

Reads from its standard input which calls to make, says on its standard output what became of each, and ends after the last
one.
"""

import queue
import threading
import time
from concurrent import futures

import grpc
from grpc_status import rpc_status

from conformance import COMPRESSIONS, pb, read, rpc, to_headers, to_metadata, write

ANSWERED_ONCE = ("Unary", "IdempotentUnary", "Unimplemented", "ClientStream")


def make(asked):
    """Makes a call, and says what became of it."""
    with open_channel(asked) as channel:
        method = getattr(rpc.ConformanceServiceStub(channel), asked.method)
        messages = [unpack(message) for message in asked.request_messages]
        options = {
            "metadata": to_metadata(asked.request_headers),
            "compression": COMPRESSIONS[asked.compression],
            "timeout": asked.timeout_ms / 1000 if asked.HasField("timeout_ms") else None,
        }
        requests = Requests(asked, messages)
        streams = asked.method in ("ClientStream", "BidiStream")
        request = requests.each() if streams else messages[0]
        once = asked.method in ANSWERED_ONCE
        call = (method.future if once else method)(request, **options)
        requests.call.put(call)
        if not streams:
            requests.over()
        result = pb.ClientResponseResult()
        try:
            if once:
                response = call.result()
                if asked.method != "Unimplemented":
                    result.payloads.append(response.payload)
            else:
                for response in call:
                    result.payloads.append(response.payload)
                    if len(result.payloads) == asked.cancel.after_num_responses:
                        call.cancel()
                    requests.turns.put(True)
        except (grpc.RpcError, grpc.FutureCancelledError):
            pass
        finally:
            requests.turns.put(False)
        result.response_headers.extend(to_headers(call.initial_metadata()))
        trailers = [pair for pair in call.trailing_metadata() or () if pair[0] != "grpc-status-details-bin"]
        result.response_trailers.extend(to_headers(trailers))
        if call.code() is not grpc.StatusCode.OK:
            result.error.code = call.code().value[0]
            result.error.message = call.details() or ""
            status = rpc_status.from_call(call)
            if status is not None:
                result.error.details.extend(status.details)
        result.num_unsent_requests = len(messages) - requests.sent if streams else 0
        return result


class Requests:
    """A stream of requests, as it is to be sent, and what is known of it while it is."""

    def __init__(self, asked, messages):
        self.asked, self.messages, self.sent = asked, messages, 0
        self.call, self.turns = queue.Queue(), queue.Queue()

    def each(self):
        for message in self.messages:
            time.sleep(self.asked.request_delay_ms / 1000)
            self.sent += 1
            yield message
            if self.asked.stream_type == pb.STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM and not self.turns.get():
                return
        if self.asked.cancel.WhichOneof("cancel_timing") == "before_close_send":
            self.call.get().cancel()
        else:
            self.over()

    def over(self):
        """All requests are sent."""
        if self.asked.HasField("cancel"):
            timing = self.asked.cancel.WhichOneof("cancel_timing")
            if timing in (None, "after_close_send_ms"):
                pause = self.asked.cancel.after_close_send_ms / 1000
                threading.Timer(pause, self.call.get().cancel).start()


def unpack(message):
    name = message.type_url.rsplit(".", 1)[1]
    unpacked = getattr(pb, name)()
    assert message.Unpack(unpacked), message.type_url
    return unpacked


def open_channel(asked):
    address = f"{asked.host}:{asked.port}"
    options = []
    if asked.message_receive_limit:
        options.append(("grpc.max_receive_message_length", asked.message_receive_limit))
    if not asked.server_tls_cert:
        return grpc.insecure_channel(address, options)
    identity = (asked.client_tls_creds.key or None, asked.client_tls_creds.cert or None)
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(asked.server_tls_cert, *identity), options)


def run(asked, writing):
    said = pb.ClientCompatResponse(test_name=asked.test_name)
    try:
        said.response.CopyFrom(make(asked))
    except Exception as error:  # The runner wants to know.
        said.error.message = repr(error)
    with writing:
        write(said)


if __name__ == "__main__":
    lock = threading.Lock()
    with futures.ThreadPoolExecutor(max_workers=16) as pool:
        while (request := read(pb.ClientCompatRequest)) is not None:
            pool.submit(run, request, lock)
