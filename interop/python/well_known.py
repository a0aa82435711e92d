"""python well_known.py DIRECTORY FILE SET QUESTIONS: `google.protobuf.*` and what else messages have, as Python's
protobuf has it.

Compiles the exported FILE in DIRECTORY and compares its descriptors with those in SET. Then answers the file of
QUESTIONS, a line each: what it is about and arguments, separated by tabs. Messages are in hexadecimal digits.
"""

import sys
from pathlib import Path

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    field_mask_pb2,
    json_format,
    message_factory,
    timestamp_pb2,
)
from google.protobuf.message import DecodeError
from grpc_tools import protoc


def compile_file(directory, file):
    theirs = Path(directory) / "theirs.binpb"
    folders = [directory, Path(protoc.__file__).parent / "_proto"]
    options = ["--include_imports", f"--descriptor_set_out={theirs}"]
    assert protoc.main(["protoc", *(f"-I{folder}" for folder in folders), *options, file]) == 0
    return read_set(theirs)


def read_set(path):
    described = descriptor_pb2.FileDescriptorSet.FromString(Path(path).read_bytes())
    return {file.name: file for file in described.file}


def plain(file):
    """The file without where things stand in it."""
    file.ClearField("source_code_info")
    return file


class Answers:
    def __init__(self, files, package):
        pool = descriptor_pool.DescriptorPool()
        for file in files.values():
            pool.Add(file)
        self.pool, self.package = pool, package

    def message(self, name, encoded=""):
        descriptor = self.pool.FindMessageTypeByName(f"{self.package}.{name}")
        message = message_factory.GetMessageClass(descriptor)()
        message.ParseFromString(bytes.fromhex(encoded))
        return message

    def same(self, name, encoded):
        return self.message(name, encoded).SerializeToString(deterministic=True).hex()

    def json(self, name, encoded):
        message = self.message(name, encoded)
        return json_format.MessageToJson(message, indent=None, descriptor_pool=self.pool)

    def time(self, seconds, nanos):
        return timestamp_pb2.Timestamp(seconds=int(seconds), nanos=int(nanos)).ToJsonString()

    def duration(self, seconds, nanos):
        return duration_pb2.Duration(seconds=int(seconds), nanos=int(nanos)).ToJsonString()

    def read_time(self, text):
        time = timestamp_pb2.Timestamp()
        time.FromJsonString(text)
        return f"{time.seconds} {time.nanos}"

    def read_duration(self, text):
        duration = duration_pb2.Duration()
        duration.FromJsonString(text)
        return f"{duration.seconds} {duration.nanos}"

    def mask(self, paths):
        return mask(paths).ToJsonString()

    def canonical(self, paths):
        canonical = field_mask_pb2.FieldMask()
        canonical.CanonicalFormFromMask(mask(paths))
        return ",".join(canonical.paths)

    def union(self, ours, theirs):
        union = field_mask_pb2.FieldMask()
        union.Union(mask(ours), mask(theirs))
        return ",".join(union.paths)

    def intersection(self, ours, theirs):
        intersection = field_mask_pb2.FieldMask()
        intersection.Intersect(mask(ours), mask(theirs))
        return ",".join(intersection.paths)

    def merge(self, name, paths, old, new):
        message = self.message(name, old)
        mask(paths).MergeMessage(self.message(name, new), message)
        return message.SerializeToString(deterministic=True).hex()

    def update(self, name, paths, old, new):
        message = self.message(name, old)
        mask(paths).MergeMessage(self.message(name, new), message, True, True)
        return message.SerializeToString(deterministic=True).hex()

    def check(self, name, paths):
        return str(mask(paths).IsValidForDescriptor(self.message(name).DESCRIPTOR)).lower()


def mask(paths):
    return field_mask_pb2.FieldMask(paths=paths.split(",") if paths else [])


def main(directory, file, set_path, questions):
    theirs, ours = compile_file(directory, file), read_set(set_path)
    assert plain(ours[file]) == plain(theirs[file]), (ours[file], theirs[file])
    assert set(ours) == set(theirs), (set(ours), set(theirs))
    print("compiled", flush=True)
    answers = Answers(theirs, theirs[file].package)
    for line in Path(questions).read_text().splitlines():
        about, *arguments = line.split("\t")
        try:
            print(getattr(answers, about)(*arguments))
        except (ValueError, DecodeError, json_format.Error):
            print("error")


if __name__ == "__main__":
    main(*sys.argv[1:])
