import assert from "node:assert/strict";
import { readInstances } from "../../../../core/discovery/consul.ts";
import { EndpointSlices } from "../../../../core/discovery/endpoint_slices.ts";
import { readTargetGroups } from "../../../../core/discovery/targets.ts";
import { AnswerError } from "../../../../core/net/mod.ts";

const WEIGHT = { weightLabel: "weight" };

Deno.test("readTargetGroups reads hosts, ports and the label of the weight", () => {
  const groups = [
    { targets: ["10.0.0.1:80", "[2001:db8::1]:80"], labels: { weight: "3", rack: "a" } },
    { targets: ["web.example.com"] },
  ];
  assert.deepEqual(readTargetGroups(groups, WEIGHT), [
    { host: "10.0.0.1", port: 80, weight: 3 },
    { host: "2001:db8::1", port: 80, weight: 3 },
    { host: "web.example.com", port: undefined, weight: undefined },
  ]);
  assert.deepEqual(readTargetGroups([], WEIGHT), []);
});

Deno.test("readTargetGroups refuses a document that is wrong in any part", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /not a list of groups/],
    [{}, /not a list of groups/],
    [[1], /a group has no list of targets: 1/],
    [[{ targets: "10.0.0.1:80" }], /no list of targets/],
    [[{ targets: ["10.0.0.1:80", "10.0.0.2:0"] }], /not HOST:PORT: "10\.0\.0\.2:0"/],
    [[{ targets: ["10.0.0.1:99999"] }], /not HOST:PORT/],
    [[{ targets: ["http://10.0.0.1/"] }], /not HOST:PORT/],
    [[{ targets: ["\u001b[31m"] }], /not HOST:PORT: "\\u001b\[31m"/],
    [[{ targets: [], labels: { weight: "-1" } }], /label weight is not a weight/],
    [[{ targets: Array.from({ length: 10_001 }, () => "10.0.0.1:80") }], /more than 10000 targets/],
  ];
  for (const [document, message] of cases) {
    assert.throws(() => readTargetGroups(document, WEIGHT), (error: unknown) => {
      assert.ok(error instanceof AnswerError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("readInstances maps the health of Consul to weights", () => {
  const instance = (address: string, ...statuses: string[]): unknown => ({
    Node: { Address: "10.0.0.9" },
    Service: { Address: address, Port: 8080, Weights: { Passing: 10, Warning: 2 } },
    Checks: statuses.map((Status) => ({ Status })),
  });
  const found = readInstances([
    instance("10.0.0.1", "passing", "passing"),
    instance("", "passing", "warning"),
    instance("10.0.0.3", "warning", "critical"),
    instance("10.0.0.4", "maintenance"),
    instance("web.example.com"),
  ]);
  assert.deepEqual(found.map(({ host, port, weight }) => `${host}:${port} ${weight}`), [
    "10.0.0.1:8080 10",
    "10.0.0.9:8080 2",
    "10.0.0.3:8080 0",
    "10.0.0.4:8080 0",
    "web.example.com:8080 10",
  ]);
  assert.throws(() => readInstances({}), AnswerError);
  assert.throws(() => readInstances([{ Service: { Address: "10.0.0.1" } }]), /an instance has no port/);
  assert.throws(() => readInstances([{ Node: {}, Service: { Port: 1 } }]), /an instance has no address/);
});

/** A slice with endpoints of the form "ADDRESS", "ADDRESS terminating" or "ADDRESS out". */
function slice(name: string, endpoints: readonly string[], fields: object = {}): unknown {
  return {
    metadata: { name, resourceVersion: "7" },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: endpoints.map((text) => {
      const [address, state] = text.split(" ");
      const conditions = state === undefined
        ? {}
        : { ready: false, serving: state === "terminating", terminating: state === "terminating" };
      return { addresses: [address], conditions };
    }),
    ...fields,
  };
}

function slices(items: readonly unknown[], portName?: string): EndpointSlices {
  const read = new EndpointSlices(portName);
  read.list({ metadata: { resourceVersion: "10" }, items });
  return read;
}

function shown({ servers }: EndpointSlices): readonly string[] {
  return servers.map(({ address, port, weight }) => `${address}:${port} ${weight ?? "ready"}`);
}

Deno.test("EndpointSlices joins slices, and an endpoint of two slices is one server by its better state", () => {
  const both = slices([
    slice("a", ["10.0.0.1", "10.0.0.2 terminating", "10.0.0.3 out"]),
    slice("b", ["10.0.0.1 terminating", "10.0.0.2", "10.0.0.4 terminating"]),
    slice("c", [], { ports: null }),
    slice("d", ["web"], { addressType: "FQDN" }),
  ]);
  assert.deepEqual(shown(both), ["10.0.0.1:8080 ready", "10.0.0.2:8080 ready", "10.0.0.4:8080 0"]);
  assert.equal(both.resourceVersion, "10");
});

Deno.test("EndpointSlices takes the events of a watch", () => {
  const read = slices([slice("a", ["10.0.0.1"])]);
  assert.deepEqual(read.take({ type: "ADDED", object: slice("b", ["10.0.0.2"]) }), { kind: "changed" });
  assert.deepEqual(read.take({ type: "MODIFIED", object: slice("a", ["10.0.0.3"]) }), { kind: "changed" });
  assert.deepEqual(shown(read), ["10.0.0.3:8080 ready", "10.0.0.2:8080 ready"]);
  assert.deepEqual(read.take({ type: "DELETED", object: slice("b", []) }), { kind: "changed" });
  const bookmark = { type: "BOOKMARK", object: { metadata: { resourceVersion: "99" } } };
  assert.deepEqual(read.take(bookmark), { kind: "bookmark" });
  assert.deepEqual([shown(read), read.resourceVersion], [["10.0.0.3:8080 ready"], "99"]);
  assert.deepEqual(read.take({ type: "ERROR", object: { code: 410, message: "too old" } }), { kind: "gone" });
  assert.throws(() => read.take({ type: "ERROR", object: { code: 500, message: "no" } }), /the watch failed: "no"/);
  assert.throws(() => read.take({ type: "OTHER", object: slice("a", []) }), /unknown type/);
});

Deno.test("EndpointSlices refuses more slices than a list may have, also when a watch brings them one by one", () => {
  const many = Array.from({ length: 1000 }, (_, index) => slice(`slice-${index}`, []));
  const read = slices(many);
  assert.deepEqual(read.take({ type: "MODIFIED", object: many[0] }), { kind: "changed" });
  assert.throws(() => read.take({ type: "ADDED", object: slice("more", []) }), /more than 1000 slices/);
});

Deno.test("EndpointSlices takes the named port, and refuses to choose among several", () => {
  const ports = { ports: [{ name: "http", port: 80 }, { name: "admin", port: 81 }] };
  assert.deepEqual(shown(slices([slice("a", ["10.0.0.1"], ports)], "admin")), ["10.0.0.1:81 ready"]);
  assert.deepEqual(shown(slices([slice("a", ["10.0.0.1"], ports)], "other")), []);
  assert.throws(() => slices([slice("a", ["10.0.0.1"], ports)]).servers, /several ports: set port_name/);
});

Deno.test("EndpointSlices refuses lists that are no list, not complete or wrong in a part", () => {
  assert.throws(() => slices([{}]), /a slice has no name/);
  assert.throws(() => new EndpointSlices(undefined).list({ items: [] }), /not a list of slices/);
  const more = { items: [], metadata: { resourceVersion: "1", continue: "x" } };
  assert.throws(() => new EndpointSlices(undefined).list(more), /not complete/);
  assert.throws(() => slices([slice("a", ["nonsense"])]).servers, /an endpoint has no address: "nonsense"/);
});
