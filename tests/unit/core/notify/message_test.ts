import assert from "node:assert/strict";
import { formatServiceId, type ServiceEvent } from "../../../../core/model/mod.ts";
import { describeMessage, summarize } from "../../../../core/notify/wording.ts";
import { event, messages } from "../../../support/notifications.ts";

const A = "tcp://192.0.2.10:80";
const B = "tcp://192.0.2.11:80";
const SERVER = "10.0.0.1:80";

function summaries(...events: readonly ServiceEvent[]): string[] {
  return messages(...events).map(({ event: { kind }, services }) =>
    `${kind} ${services.map(({ id }) => formatServiceId(id)).join(" ")}`
  );
}

Deno.test("messagesOf() joins what happened to a server of several services", () => {
  const down = (service: string): ServiceEvent => event("server_down", { service, server: SERVER });
  assert.deepEqual(summaries(down(A), event("server_down", { server: "10.0.0.2:80" }), down(B)), [
    `server_down ${A} ${B}`,
    `server_down ${A}`,
  ]);
});

Deno.test("messagesOf() keeps apart what has other reasons, and what happened in between", () => {
  const down = (service: string, reason = "r"): ServiceEvent =>
    event("server_down", { service, server: SERVER, reason });
  const up = (service: string): ServiceEvent => event("server_up", { service, server: SERVER, reason: "" });
  assert.deepEqual(summaries(down(A), down(B, "other")), [`server_down ${A}`, `server_down ${B}`]);
  assert.deepEqual(summaries(down(A), down(B), up(A), up(B), down(A), down(B)), [
    `server_down ${A} ${B}`,
    `server_up ${A} ${B}`,
    `server_down ${A} ${B}`,
  ]);
  assert.deepEqual(summaries(event("quorum_down", { service: A }), event("quorum_down", { service: B })), [
    `quorum_down ${A}`,
    `quorum_down ${B}`,
  ]);
  assert.deepEqual(messages(), []);
});

Deno.test("describeMessage() names event, server, service and reason in one line", () => {
  const lines = messages(
    event("server_down", { name: "web", server: SERVER, reason: "status 500\r\nX: y\u0007" }),
    event("quorum_down", { service: B, reason: "" }),
    event("server_up", { service: "fwmark:7", server: "[2001:db8::1]:80", reason: "status 200" }),
  ).map(describeMessage);
  assert.deepEqual(lines, [
    `server down: ${SERVER} of web (${A}): status 500\\r\\nX: y\\u0007`,
    `quorum lost: ${B}`,
    "server up: [2001:db8::1]:80 of fwmark:7: status 200",
  ]);
  const [message] = messages(event("quorum_down"));
  assert.ok(message !== undefined);
  assert.equal(describeMessage({ ...message, isRepeated: true }), `still quorum lost: ${A}: connection refused`);
});

Deno.test("describeMessage() names five services, and counts the others", () => {
  const services = Array.from({ length: 200 }, (_, index) => `tcp://192.0.2.${index}:80`);
  const [line, ...others] = messages(...services.map((service) => event("server_down", { service, server: SERVER })));
  assert.ok(line !== undefined && others.length === 0);
  assert.match(
    describeMessage(line),
    /^server down: 10\.0\.0\.1:80 of tcp:[^ ]+, (tcp:[^ ]+, ){3}tcp:[^ ]+ and 195 more: /,
  );
});

Deno.test("summarize() counts what happened", () => {
  const all = messages(
    event("server_down", { server: SERVER }),
    event("server_down", { server: "10.0.0.2:80" }),
    event("quorum_down"),
  );
  assert.equal(summarize(all), "2 x server down, 1 x quorum lost");
});
