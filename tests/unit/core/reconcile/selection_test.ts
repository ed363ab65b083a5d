import assert from "node:assert/strict";
import type { KernelState } from "../../../../core/model/mod.ts";
import { type ChangeKind, planChanges, type Selection, type Target } from "../../../../core/reconcile/mod.ts";
import { selectTarget } from "../../../../core/reconcile/selection.ts";
import { realServer, serviceEntry, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";

const CURRENT: KernelState = {
  timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 },
  syncDaemons: [],
  services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"), serviceEntry("fwmark:1")],
};

/** Has a change of every kind to make. */
const TARGET: Target = {
  services: [
    {
      service: virtualService(WEB, { scheduler: "wlc" }),
      servers: [realServer("10.0.0.11:80", { weight: 7, upperThreshold: 5 }), realServer("10.0.0.13:80")],
    },
    serviceEntry("fwmark:2", "10.0.0.14:80"),
  ],
  exact: true,
  timeouts: { tcpSeconds: 7, tcpFinSeconds: 8, udpSeconds: 9 },
};

function operations(selection: Selection): string[] {
  return planChanges(CURRENT, selectTarget(CURRENT, TARGET, selection)).map(({ operation }) => operation);
}

const KINDS: readonly (readonly [readonly ChangeKind[], readonly string[]])[] = [
  [[], []],
  [["add-service"], ["addService"]],
  [["add-server"], ["addServer"]],
  [["add-service", "add-server"], ["addServer", "addService", "addServer"]],
  [["edit-service"], ["editService"]],
  [["edit-server"], ["editServer"]],
  [["delete-service"], ["deleteService"]],
  [["delete-server"], ["deleteServer"]],
  [["settings"], ["setTimeouts"]],
  [["vips"], []],
];

for (const [kinds, expected] of KINDS) {
  Deno.test(`selectTarget() held to ${kinds.join(" and ") || "nothing"} leaves ${expected.join(", ") || "nothing"} to do`, () => {
    assert.deepEqual(operations({ kinds: new Set(kinds) }), expected);
  });
}

Deno.test("selectTarget() gives the target itself where everything counts", () => {
  assert.equal(selectTarget(CURRENT, TARGET, {}), TARGET);
  assert.equal(selectTarget(CURRENT, TARGET, { keepWeights: false }), TARGET);
});

Deno.test("selectTarget() keeps the weights of servers that are there, and of those alone", () => {
  const [web, mark] = selectTarget(CURRENT, TARGET, { keepWeights: true }).services;
  assert.deepEqual(web?.servers, [
    realServer("10.0.0.11:80", { weight: 1, upperThreshold: 5 }),
    realServer("10.0.0.13:80"),
  ]);
  assert.deepEqual(mark, TARGET.services[1]);
});
