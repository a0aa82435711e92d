// What the Node peers share: the contract, loaded from the exported file, and the odds and ends of a test.

import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";

const protos = fileURLToPath(new URL("../../protos", import.meta.url));

const definition = protoLoader.loadSync("interop/v1/interop.proto", {
  includeDirs: [protos],
  keepCase: true,
  longs: String,
  enums: String,
  oneofs: true,
});

export const { InteropService } = grpc.loadPackageDefinition(definition).interop.v1;

// Characters of one to four bytes, and those that the status message's percent-encoding has to care for.
export const UNICODE = "Wörter, 言葉 & 🦀: 100 %\n\ttwo lines";

export const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, n) => n));

export const MIB = Buffer.concat(Array(4096).fill(ALL_BYTES));

// Request metadata that every method sends back under the same names.
export const ECHOED_INITIAL = { "x-initial": "at once", "x-initial-bin": ALL_BYTES };
export const ECHOED_TRAILING = { "x-trailing": "in the end", "x-trailing-bin": Buffer.from([0, 255]) };

export function metadata(...entries) {
  const metadata = new grpc.Metadata();
  for (const [key, value] of entries.flatMap(Object.entries)) metadata.set(key, value);
  return metadata;
}

// A message with a field of every kind, as a peer that keeps to the contract sends it back.
export function values() {
  return {
    truth: true,
    int32: -(2 ** 31),
    int64: "-9223372036854775808",
    uint32: 2 ** 32 - 1,
    uint64: "18446744073709551615",
    sint32: -(2 ** 31),
    sint64: "9223372036854775807",
    fixed32: 2 ** 32 - 1,
    fixed64: "18446744073709551615",
    sfixed32: -1,
    sfixed64: "-9223372036854775808",
    float: 1.5,
    double: -1e300,
    text: UNICODE,
    bytes: ALL_BYTES,
    optional_zero: "0",
    _optional_zero: "optional_zero",
    colour: 7, // of a later version
    packed: ["0", "-1", "4611686018427387904"],
    texts: ["", "a"],
    colours: ["COLOUR_INFRARED", "COLOUR_UNSPECIFIED", 99],
    by_name: { "": "0", ü: "-1" },
    by_number: { 0: {}, 7: { text: "seven" } },
    inner: { inner: { text: "two levels down" } },
    leaves: [{ text: "x" }, {}],
    number: 0,
    choice: "number",
    time: { seconds: "-1", nanos: 999000000 },
    span: { seconds: "1", nanos: 500000001 },
  };
}
