"""python server_life.py PORT [NAME=NUMBER ...]: grpcio's threaded server of the interop service, with arguments of its core.

Prints its port, which the system chooses for 0, and serves until its standard input ends.
"""

import sys
from concurrent import futures

import grpc

from contract import rpc
from server_sync import Interop

if __name__ == "__main__":
    port, *arguments = sys.argv[1:]
    options = [(name, int(number)) for name, number in (argument.split("=") for argument in arguments)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=100), options=options)
    rpc.add_InteropServiceServicer_to_server(Interop(), server)
    print(server.add_insecure_port(f"127.0.0.1:{port}"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(grace=None)
