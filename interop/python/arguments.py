"""python arguments.py server | client ADDRESS: methods with several arguments, as messages in grpcio.

The server prints its port, and serves until its standard input ends. The client prints a line for each scenario.
"""

import sys
from concurrent import futures
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "protos"))
pb, rpc = grpc.protos_and_services("interop/arguments/v1/arguments.proto")


class Values(rpc.ArgumentServiceServicer):
    def Repeat(self, request, context):
        context.set_trailing_metadata([("x-times", str(request.times))])
        text = request.text.upper() if request.letters == pb.LETTERS_CAPITAL else request.text
        separator = request.separator if request.HasField("separator") else ","
        return pb.RepeatResponse(value=separator.join([text] * request.times))

    def Count(self, request, context):
        for number in range(request.first, request.last + 1):
            yield pb.CountResponse(number=number)

    def Measure(self, requests, context):
        return pb.MeasureResponse(lengths=[len(request.text.encode()) for request in requests])

    def Halve(self, request, context):
        if request.number % 2:
            return pb.HalveResponse()
        return pb.HalveResponse(value=request.number // 2)


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    rpc.add_ArgumentServiceServicer_to_server(Values(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(grace=None)


def check(address):
    with grpc.insecure_channel(address) as channel:
        stub = rpc.ArgumentServiceStub(channel)
        request = pb.RepeatRequest(text="é", times=2, separator="", letters=pb.LETTERS_CAPITAL)
        response, call = stub.Repeat.with_call(request)
        assert response == pb.RepeatResponse(value="ÉÉ"), response
        assert ("x-times", "2") in call.trailing_metadata()
        print("ok repeat", flush=True)

        # A client that was written when there were two arguments, and one that knows of more than there are.
        assert stub.Repeat(pb.RepeatRequest(text="a", times=2)).value == "a,a"
        newer = pb.RepeatRequest.FromString(b"\x0a\x01a\x10\x02\x92\x3f\x03new")
        assert stub.Repeat(newer).value == "a,a"
        assert stub.Repeat(pb.RepeatRequest()) == pb.RepeatResponse()
        print("ok versions", flush=True)

        numbers = [response.number for response in stub.Count(pb.CountRequest(first=-1, last=1))]
        assert numbers == [-1, 0, 1], numbers
        print("ok count", flush=True)

        texts = iter([pb.MeasureRequest(text="é"), pb.MeasureRequest()])
        assert list(stub.Measure(texts).lengths) == [2, 0]
        print("ok measure", flush=True)

        assert stub.Halve(pb.HalveRequest(number=-4)).value == -2
        zero, none = stub.Halve(pb.HalveRequest()), stub.Halve(pb.HalveRequest(number=3))
        assert zero.HasField("value") and not none.HasField("value")
        print("ok halve", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["server"]:
            serve()
        case ["client", address]:
            check(address)
