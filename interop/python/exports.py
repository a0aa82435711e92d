"""Reads and writes messages by nothing but the exported files.

    exports.py MESSAGES FILE...

MESSAGES has a message in each line: its full name, its bytes in base64, and the same in JSON. Both are printed, as they
are written by protobuf's own implementation, which knows nothing but the FILEs.
"""

import base64
import sys
import tempfile
from pathlib import Path

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory, unknown_fields
from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parents[2] / "protos"
GOOGLES = Path(grpc_tools.__file__).parent / "_proto"


def main(messages, *files):
    with tempfile.NamedTemporaryFile() as out:
        paths = [f"--proto_path={path}" for path in (PROTOS, GOOGLES)]
        options = [*paths, "--include_imports", f"--descriptor_set_out={out.name}"]
        if protoc.main(["protoc", *options, *files]) != 0:
            sys.exit("protoc doesn't take the files")
        described = descriptor_pb2.FileDescriptorSet.FromString(Path(out.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in described.file:
        pool.Add(file)
    for line in Path(messages).read_text().splitlines():
        name, data, text = line.split(" ", 2)
        kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
        message = kind.FromString(base64.b64decode(data))
        if len(unknown_fields.UnknownFieldSet(message)):
            sys.exit(f"{name} has fields that its file doesn't know")
        if json_format.Parse(text, kind(), descriptor_pool=pool) != message:
            sys.exit(f"{name} is in JSON {text}, and in binary {message}")
        text = json_format.MessageToJson(message, indent=None, descriptor_pool=pool)
        print(base64.b64encode(message.SerializeToString()).decode(), text)


if __name__ == "__main__":
    main(*sys.argv[1:])
