import assert from "node:assert/strict";
import { unnamedServers } from "../../../../core/effective/draining_servers.ts";
import { formatServerId } from "../../../../core/model/mod.ts";
import { realServer } from "../../../support/samples.ts";
import { web } from "../daemon/daemon_bench.ts";

const [A, B, C, D] = ["10.0.0.11:80", "10.0.0.12:80", "10.0.0.12:81", "10.0.0.13:80"];

const CASES: readonly (readonly [kernel: readonly string[], unnamed: readonly string[]])[] = [
  [[], []],
  [[A, B, C], []],
  [[C, B, A], []],
  [[B, A, C], []],
  [[A, B], []],
  [[A, B, D], [D]],
  [[D, B, A], [D]],
  [[A, B, C, D], [D]],
  [["[::1]:80", D, "10.0.0.11:81"], ["[::1]:80", D, "10.0.0.11:81"]],
];

for (const [kernel, unnamed] of CASES) {
  Deno.test(`unnamedServers() of a file with ${[A, B, C].join(", ")} finds ${unnamed.length} in ${kernel.join(", ")}`, () => {
    const desired = web({ servers: [A, B, C].map((server) => realServer(server)) });
    const current = kernel.map((server) => realServer(server, { weight: 5 }));
    assert.deepEqual(unnamedServers(desired, current).map(formatServerId), unnamed);
  });
}

Deno.test("unnamedServers() leaves out the fallback", () => {
  const desired = web({ servers: [realServer(A)], fallback: realServer(D) });
  assert.deepEqual(unnamedServers(desired, [A, D, B].map((server) => realServer(server))).map(formatServerId), [B]);
});
