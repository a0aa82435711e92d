// node client.js ADDRESS [ROOTS [CERTIFICATE KEY]]: grpc-js' client against a server of the interop service.
//
// Prints a line for each scenario that went well, and ends with an error at the first that didn't.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import { ECHOED_INITIAL, ECHOED_TRAILING, InteropService, MIB, UNICODE, metadata, values } from "./contract.js";

const { status } = grpc;

const SCENARIOS = {
  async unary(client) {
    assert.deepEqual((await call(client, "Unary", { payload: Buffer.from("ping") })).payload, Buffer.from("ping"));
    assert.deepEqual(await call(client, "Unary", {}), {});
  },

  async server_stream(client) {
    const responses = await client.ServerStream({ payload: Buffer.from("x"), count: 100 }).toArray();
    assert.deepEqual(responses.map(({ index = 0 }) => index), [...Array(100).keys()]);
    assert.deepEqual(responses[7], { index: 7, payload: Buffer.from("x") });
    assert.deepEqual(await client.ServerStream({}).toArray(), []);
  },

  async client_stream(client) {
    const response = await streamUp(client, Array.from({ length: 100 }, (_, n) => ({ payload: Buffer.from([n]) })));
    assert.deepEqual(response, { count: 100, payload: Buffer.from([...Array(100).keys()]) });
    assert.equal((await streamUp(client, [])).count ?? 0, 0);
  },

  async bidi_stream(client) {
    const stream = client.BidiStream();
    const responses = stream[Symbol.asyncIterator]();
    for (let n = 0; n < 100; n++) {
      // Each request waits for the answer to the one before.
      stream.write({ payload: Buffer.from([n]) });
      assert.deepEqual((await responses.next()).value, { payload: Buffer.from([n]) });
    }
    stream.end();
    assert.ok((await responses.next()).done);
  },

  // The server has its say while the client's stream is still open.
  async server_ends_first(client) {
    const failed = new Promise((resolve) => {
      const stream = client.ClientStream((error) => resolve(error));
      stream.write({ script: fail(status.ABORTED, "enough") });
    });
    checkError(await failed, status.ABORTED, "enough");
  },

  async every_kind_of_field(client) {
    assert.deepEqual((await call(client, "Unary", { values: values() })).values, values());
  },

  async empty(client) {
    assert.deepEqual(await call(client, "Ping", {}), {});
  },

  async metadata(client) {
    const echoed = metadata(ECHOED_INITIAL, ECHOED_TRAILING);
    const expectResponse = (resolve, reject) => (error) => (error ? reject(error) : resolve());
    const starts = [
      (end) => client.Unary({}, echoed, end),
      (end) => client.ServerStream({}, echoed).on("error", end).on("data", () => {}).on("end", end),
      (end) => { const stream = client.ClientStream(echoed, end); stream.end(); return stream; },
      (end) => { const stream = client.BidiStream(echoed).on("error", end).on("data", () => {}).on("end", end); stream.end(); return stream; },
    ];
    for (const start of starts) {
      let stream;
      const ended = new Promise((resolve, reject) => { stream = start(expectResponse(resolve, reject)); });
      const [[initial], [{ metadata: trailing }]] = await Promise.all([once(stream, "metadata"), once(stream, "status"), ended]);
      checkMetadata(initial, ECHOED_INITIAL);
      checkMetadata(trailing, ECHOED_TRAILING);
    }
  },

  async metadata_with_an_error(client) {
    const error = await callError(client, "Unary", { script: fail(status.NOT_FOUND, "no") }, metadata(ECHOED_TRAILING));
    checkError(error, status.NOT_FOUND, "no");
    checkMetadata(error.metadata, ECHOED_TRAILING);
  },

  async status_with_a_unicode_message(client) {
    const script = fail(status.FAILED_PRECONDITION, UNICODE);
    checkError(await callError(client, "Unary", { script }), status.FAILED_PRECONDITION, UNICODE);
    const { responses, error } = await drain(client.ServerStream({ count: 2, script }));
    assert.equal(responses.length, 2);
    checkError(error, status.FAILED_PRECONDITION, UNICODE);
  },

  async deadline(client) {
    let script = { call_id: newId(), hang: {} };
    checkError(await callError(client, "Unary", { script }, soon()), status.DEADLINE_EXCEEDED);
    await checkObserved(client, script.call_id, "CALL_EVENT_DEADLINE_EXCEEDED");

    script = { call_id: newId(), hang: {} };
    const { responses, error } = await drain(client.ServerStream({ count: 1, script }, soon()));
    assert.equal(responses.length, 1);
    checkError(error, status.DEADLINE_EXCEEDED);
    await checkObserved(client, script.call_id, "CALL_EVENT_DEADLINE_EXCEEDED");
  },

  async client_cancels(client) {
    let script = { call_id: newId(), hang: {} };
    const failed = new Promise((resolve) => {
      const call = client.Unary({ script }, (error) => resolve(error));
      call.on("metadata", () => call.cancel()); // the server has the call
    });
    checkError(await failed, status.CANCELLED);
    await checkObserved(client, script.call_id, "CALL_EVENT_CANCELLED");

    script = { call_id: newId(), hang: {} };
    const stream = client.ServerStream({ count: 1, script });
    stream.once("data", () => stream.cancel());
    checkError((await drain(stream)).error, status.CANCELLED);
    await checkObserved(client, script.call_id, "CALL_EVENT_CANCELLED");
  },

  async server_cancels(client) {
    const script = { cancel: {} };
    checkError(await callError(client, "Unary", { script }), status.CANCELLED);
    const { responses, error } = await drain(client.ServerStream({ count: 1, script }));
    assert.equal(responses.length, 1);
    checkError(error, status.CANCELLED);
  },

  async large_messages(client) {
    assert.deepEqual((await call(client, "Unary", { payload: MIB })).payload, MIB);
    const responses = await client.ServerStream({ payload: MIB, count: 3 }).toArray();
    assert.deepEqual(responses.map(({ payload }) => payload), [MIB, MIB, MIB]);
    const requests = Array(3).fill({ payload: MIB });
    assert.deepEqual((await streamUp(client, requests)).payload, Buffer.concat([MIB, MIB, MIB]));
    const stream = client.BidiStream();
    for (const request of requests) stream.write(request);
    stream.end();
    assert.deepEqual((await stream.toArray()).map(({ payload }) => payload), [MIB, MIB, MIB]);
  },

  async compressed_messages() {
    const payload = Buffer.alloc(30_000, "abc");
    // Per channel, as a number of CompressionAlgorithms: deflate and gzip.
    for (const algorithm of [1, 2]) {
      const client = connect({ "grpc.default_compression_algorithm": algorithm });
      assert.deepEqual((await call(client, "Unary", { payload })).payload, payload);
      client.close();
    }
  },

  async thousand_concurrent_calls(client) {
    // The server answers none before it has all of them.
    const script = { call_id: newId(), gather: 1000 };
    const payloads = Array.from({ length: 1000 }, (_, n) => Buffer.from(String(n)));
    const responses = await Promise.all(payloads.map((payload) => call(client, "Unary", { script, payload })));
    assert.deepEqual(responses.map(({ payload }) => payload), payloads);
  },

  async unknown_method_and_service(client) {
    for (const path of ["/interop.v1.InteropService/Nothing", "/interop.v1.NoService/Unary", "/nothing"]) {
      const error = await new Promise((resolve) =>
        client.makeUnaryRequest(path, (bytes) => bytes, (bytes) => bytes, Buffer.alloc(0), resolve));
      checkError(error, status.UNIMPLEMENTED);
    }
  },

  async panic_hurts_no_other_call(client) {
    const stream = client.BidiStream();
    const script = { panic: { message: "on request" } };
    checkError(await callError(client, "Unary", { script }), status.INTERNAL);
    checkError((await drain(client.ServerStream({ script }))).error, status.INTERNAL);
    stream.write({ payload: Buffer.from("still here") });
    const [response] = await once(stream, "data");
    assert.deepEqual(response.payload, Buffer.from("still here"));
    stream.end();
  },
};

function call(client, method, ...args) {
  return promisify(client[method]).call(client, ...args);
}

async function callError(client, method, ...args) {
  try {
    await call(client, method, ...args);
  } catch (error) {
    return error;
  }
  assert.fail(`${method} went well`);
}

function streamUp(client, requests) {
  return new Promise((resolve, reject) => {
    const stream = client.ClientStream((error, response) => (error ? reject(error) : resolve(response)));
    for (const request of requests) stream.write(request);
    stream.end();
  });
}

// What a stream of responses brought, and how it failed.
async function drain(stream) {
  const responses = [];
  try {
    for await (const response of stream) responses.push(response);
  } catch (error) {
    return { responses, error };
  }
  assert.fail("the stream ended well");
}

function checkError(error, code, details) {
  assert.equal(status[error.code], status[code], String(error));
  if (details !== undefined) assert.equal(error.details, details);
}

function checkMetadata(metadata, expected) {
  for (const [key, value] of Object.entries(expected)) assert.deepEqual(metadata.get(key), [value], key);
}

async function checkObserved(client, call_id, end) {
  const events = await client.ObserveCall({ call_id }).toArray();
  assert.deepEqual(events.map(({ event }) => event), ["CALL_EVENT_STARTED", end]);
}

function fail(code, message) {
  return { fail: { code, message } };
}

function soon() {
  return { deadline: Date.now() + 1000 };
}

let ids = 0;

function newId() {
  return `grpc-js client ${ids++}`;
}

// Over TLS, if there are roots to trust; with a certificate to show, if one is asked for.
function credentials(roots, certificate, key) {
  const files = [roots, key, certificate].map((file) => file && readFileSync(file));
  return roots ? grpc.credentials.createSsl(...files) : grpc.credentials.createInsecure();
}

function connect(options) {
  const [address, ...files] = process.argv.slice(2);
  const named = { "grpc.ssl_target_name_override": "interop.example", ...options };
  return new InteropService(address, credentials(...files), named);
}

const client = connect();
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  await scenario(client);
  console.log("ok", name);
}
client.close();
