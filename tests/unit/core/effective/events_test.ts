import assert from "node:assert/strict";
import { type RememberedService, stillLasts } from "../../../../core/effective/mod.ts";
import { event } from "../../../support/notifications.ts";

const SERVER = { server: "10.0.0.1:80" };

const CASES: readonly (readonly [
  kind: Parameters<typeof event>[0],
  remembered: RememberedService | undefined,
  lasts: boolean | undefined,
])[] = [
  ["server_down", undefined, undefined],
  ["server_down", { servers: {} }, undefined],
  ["server_down", { servers: { "10.0.0.1:80": {} }, quorum: "met" }, undefined],
  ["server_down", { servers: { "10.0.0.1:80": { health: "unhealthy" } } }, true],
  ["server_down", { servers: { "10.0.0.1:80": { health: "healthy" } } }, false],
  ["quorum_down", { servers: {} }, undefined],
  ["quorum_down", { servers: {}, quorum: "lost" }, true],
  ["quorum_down", { servers: {}, quorum: "met" }, false],
  ["fallback_on", { servers: {} }, undefined],
  ["fallback_on", { servers: {}, quorum: "lost", fallback: true }, true],
  ["fallback_on", { servers: {}, quorum: "met" }, false],
  ["warning", { servers: { "10.0.0.1:80": { health: "healthy" } }, quorum: "met" }, undefined],
];

for (const [kind, remembered, lasts] of CASES) {
  Deno.test(`stillLasts() knows of ${kind} with ${JSON.stringify(remembered)}: ${lasts}`, () => {
    assert.equal(stillLasts(event(kind, SERVER), remembered), lasts);
  });
}
