import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatList,
  formatStates,
  MOST_SERVERS,
  parseList,
  parseStates,
  sharedId,
} from "../../../../core/sharing/verdicts.ts";
import type { Check, Health } from "../../../../core/model/mod.ts";
import { realServer, serviceId } from "../../../support/samples.ts";

const health = fc.constantFrom<Health>("healthy", "unhealthy", "unknown");

function idOf(service: string, server: string, type: Check["type"] = "tcp"): string {
  return sharedId({ service: serviceId(service), server: realServer(server), check: { type } });
}

Deno.test("parseStates() reads what formatStates() writes, in few characters for states in a row", () => {
  fc.assert(fc.property(fc.array(health, { maxLength: 300 }), (states) => {
    const published = { digest: "0123456789abcdef", states };
    assert.deepEqual(parseStates(formatStates(published)), published);
  }));
  const states = Array.from({ length: MOST_SERVERS }, (): Health => "healthy");
  assert.equal(formatStates({ digest: "d", states }), '{"format":1,"list":"d","states":"h20000"}');
});

Deno.test("parseStates() and parseList() refuse damage, other formats and more than a director may publish", () => {
  const states = (text: string): unknown => parseStates(JSON.stringify({ format: 1, list: "d", states: text }));
  for (const text of ["h", "h0", "x1", "h1 ", "h-1", "h20001", "h10000u10001", "h999999", "h1".repeat(20_001)]) {
    assert.equal(states(text), undefined, text.slice(0, 20));
  }
  for (const text of ["", "1", "[]", "{}", '{"format":2,"list":"d","states":""}', '{"format":1,"states":"h1"}']) {
    assert.deepEqual([parseStates(text), parseList(text)], [undefined, undefined]);
  }
  assert.equal(parseStates(JSON.stringify({ format: 1, list: "d", states: "", more: "x".repeat(70_000) })), undefined);
  assert.equal(parseList(JSON.stringify({ format: 1, ids: "1234567" })), undefined);
  assert.equal(parseList(JSON.stringify({ format: 1, ids: "12345678".repeat(MOST_SERVERS + 1) })), undefined);
});

Deno.test("parseList() has the place of each server, and the digest that the states name", () => {
  const ids = ["10.0.0.11:80", "10.0.0.12:80"].map((server) => idOf("tcp://192.0.2.10:80", server));
  const { text, digest } = formatList(ids);
  assert.deepEqual(parseList(text), { digest, places: new Map(ids.map((id, place) => [id, place])) });
});

Deno.test("sharedId() differs by service, server and type of the check, and by nothing else", () => {
  const ids = new Set<string>();
  for (let port = 1; port <= 100; port++) {
    for (let host = 1; host <= 200; host++) ids.add(idOf(`tcp://192.0.2.10:${port}`, `10.0.0.${host}:80`));
  }
  assert.equal(ids.size, 20_000);
  const [one, other] = [
    idOf("tcp://192.0.2.10:80", "10.0.0.11:80"),
    idOf("tcp://192.0.2.10:80", "10.0.0.11:80", "http"),
  ];
  assert.notEqual(one, other);
  const server = realServer("10.0.0.11:80", { weight: 9 });
  assert.equal(sharedId({ service: serviceId("tcp://192.0.2.10:80"), server, check: { type: "tcp" } }), one);
  assert.ok([...ids].every((id) => id.length === 8));
});
