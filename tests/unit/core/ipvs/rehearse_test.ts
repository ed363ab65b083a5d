import assert from "node:assert/strict";
import fc from "fast-check";
import { rehearse } from "../../../../core/ipvs/mod.ts";
import type { Change, KernelState } from "../../../../core/model/mod.ts";
import { anyState, PROPERTY } from "../../../support/arbitraries.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";

/** Changes of which some suit one state and some another. */
function changesOf({ services, timeouts }: KernelState): Change[] {
  return [
    ...services.flatMap(({ service, servers }): Change[] => [
      { operation: "addService", service },
      { operation: "editService", service },
      { operation: "deleteService", id: service.id },
      { operation: "zero", id: service.id },
      ...servers.flatMap((server): Change[] => [
        { operation: "addServer", id: service.id, server },
        { operation: "editServer", id: service.id, server },
        { operation: "deleteServer", id: service.id, server },
      ]),
    ]),
    { operation: "setTimeouts", timeouts },
    { operation: "zero" },
    { operation: "flush" },
  ];
}

Deno.test("rehearse() predicts the kernel's answer, and changes nothing", () => {
  const said = new Set<string | undefined>();
  fc.assert(
    fc.property(anyState, anyState, (state, other) => {
      const present = { ...state, syncDaemons: [] };
      for (const change of changesOf(other)) {
        using client = memoryKernel(present).openClient();
        const before = stateOf(client);
        const expected = rehearse(client, change);
        assert.deepEqual(stateOf(client), before);
        assert.equal(expected?.message, client.execute([change]).get(0)?.message);
        said.add(expected?.errno);
      }
    }),
    { ...PROPERTY, numRuns: 60 },
  );
  assert.deepEqual([...said].sort(), ["EEXIST", "ENOENT", "ESRCH", undefined]);
});

Deno.test("rehearse() knows which sync daemons run", () => {
  const daemon = { role: "backup", interface: "eth0", syncId: 1 } as const;
  const changes: readonly Change[] = [
    { operation: "startSyncDaemon", daemon },
    { operation: "startSyncDaemon", daemon: { ...daemon, role: "master" } },
    { operation: "stopSyncDaemon", role: "backup" },
    { operation: "stopSyncDaemon", role: "master" },
  ];
  for (const change of changes) {
    using client = memoryKernel({ syncDaemons: [daemon] }).openClient();
    const expected = rehearse(client, change);
    assert.equal(expected?.message, client.execute([change]).get(0)?.message);
  }
});
