// node server.js [CERTIFICATE KEY [ROOTS]]: grpc-js' server of the interop service.
//
// Prints its port, and serves until its standard input ends: whoever started it is gone then.

import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import { InteropService, metadata } from "./contract.js";

const calls = new Map(); // call_id -> events
const news = new EventEmitter().setMaxListeners(Infinity);

const handlers = {
  Unary: unary(async (call) => {
    const { script, payload, values } = call.request;
    await play(await begin(script, call), call);
    return { payload, values };
  }),

  ServerStream: streaming(async (call) => {
    const { script, payload, count = 0 } = call.request;
    await begin(script, call);
    for (let index = 0; index < count; index++) call.write({ index, payload });
    await play(script, call);
  }),

  ClientStream: unary(async (call) => {
    const payloads = [];
    for await (const { script, payload } of requests(call)) {
      payloads.push(payload ?? Buffer.alloc(0));
      if (script) await play(await begin(script, call), call);
    }
    return { count: payloads.length, payload: Buffer.concat(payloads) };
  }),

  BidiStream: streaming(async (call) => {
    for await (const { script, payload } of requests(call)) {
      if (script) await play(await begin(script, call), call);
      else call.write({ payload });
    }
  }),

  ObserveCall: streaming(async (call) => {
    const events = eventsOf(call.request.call_id);
    for (let told = 0; ; told++) {
      await until(() => told < events.length);
      call.write({ event: events[told] });
      if (events[told] !== "CALL_EVENT_STARTED") return;
    }
  }),

  Ping: unary(async () => ({})),
};

// A handler that returns its response or throws a status.
function unary(handler) {
  return (call, respond) => {
    const trailers = echoMetadata(call);
    handler(call).then(
      (response) => respond(null, response, trailers),
      (error) => respond({ ...error, metadata: trailers }),
    );
  };
}

// A handler that writes its responses, and returns or throws a status.
function streaming(handler) {
  return (call) => {
    const trailers = echoMetadata(call);
    handler(call).then(
      () => call.end(trailers),
      (error) => call.emit("error", { ...error, metadata: trailers }),
    );
  };
}

// The requests of a call, without the iterator's habit of destroying the call along with itself.
function requests(call) {
  return call.iterator({ destroyOnReturn: false });
}

async function begin(script = {}, call) {
  const { call_id = "", gather = 0 } = script;
  const events = eventsOf(call_id);
  tell(call_id, "CALL_EVENT_STARTED");
  call.on("cancelled", () => {
    // The client's clock started before ours: when it gives up, a little time may be left here.
    const passed = Number(call.getDeadline()) - Date.now() < 500;
    tellEnd(call_id, passed ? "CALL_EVENT_DEADLINE_EXCEEDED" : "CALL_EVENT_CANCELLED");
  });
  // Before all have started none has ended: there is one event for each.
  if (events.length < gather) await once(news, `gathered ${call_id}`);
  else if (gather > 1) news.emit(`gathered ${call_id}`);
  return script;
}

async function play({ call_id = "", fail, hang, cancel, panic } = {}, call) {
  if (hang) {
    call.sendMetadata(metadata());
    await once(call, "cancelled");
  }
  tellEnd(call_id, "CALL_EVENT_FINISHED");
  if (fail) throw { code: fail.code, details: fail.message };
  if (cancel) throw { code: grpc.status.CANCELLED, details: "" };
  if (panic) throw { code: grpc.status.UNKNOWN, details: panic.message };
}

function eventsOf(call_id) {
  if (!calls.has(call_id)) calls.set(call_id, []);
  return calls.get(call_id);
}

function tell(call_id, event) {
  eventsOf(call_id).push(event);
  news.emit("event");
}

// Tells how the call ended, unless that has been told.
function tellEnd(call_id, event) {
  if (eventsOf(call_id).at(-1) === "CALL_EVENT_STARTED") tell(call_id, event);
}

async function until(condition) {
  while (!condition()) await once(news, "event");
}

// Sends the initial metadata that the client wants to see again; returns the trailing one.
function echoMetadata(call) {
  const [initial, trailing] = ["x-initial", "x-trailing"].map((name) => {
    const echoed = new grpc.Metadata();
    for (const key of [name, `${name}-bin`]) for (const value of call.metadata.get(key)) echoed.add(key, value);
    return echoed;
  });
  if (Object.keys(initial.getMap()).length > 0) call.sendMetadata(initial);
  return trailing;
}

// Over TLS, if there is a certificate to show; with roots, clients have to show one, too.
function credentials(certificate, key, roots) {
  if (certificate === undefined) return grpc.ServerCredentials.createInsecure();
  const [cert_chain, private_key] = [certificate, key].map((file) => readFileSync(file));
  return grpc.ServerCredentials.createSsl(roots ? readFileSync(roots) : null, [{ cert_chain, private_key }], !!roots);
}

const server = new grpc.Server();
server.addService(InteropService.service, handlers);
console.log(await promisify(server.bindAsync).call(server, "127.0.0.1:0", credentials(...process.argv.slice(2))));
process.stdin.resume().on("end", () => server.forceShutdown());
