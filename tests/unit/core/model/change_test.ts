import assert from "node:assert/strict";
import { type Change, describeChange } from "../../../../core/model/mod.ts";
import { realServer, serviceId, virtualService } from "../../../support/samples.ts";

const id = serviceId("fwmark6:5");
const server = realServer("[2001:db8::11]:8080");
const service = virtualService("tcp://[2001:db8::10]:80");

const LINES: readonly (readonly [Change, string, string])[] = [
  [{ operation: "addService", service }, "add virtual service", "tcp://[2001:db8::10]:80"],
  [{ operation: "editService", service }, "edit virtual service", "tcp://[2001:db8::10]:80"],
  [{ operation: "deleteService", id }, "delete virtual service", "fwmark6:5"],
  [{ operation: "addServer", id, server }, "add real server", "[2001:db8::11]:8080 of fwmark6:5"],
  [{ operation: "editServer", id, server }, "edit real server", "[2001:db8::11]:8080 of fwmark6:5"],
  [{ operation: "deleteServer", id, server }, "delete real server", "[2001:db8::11]:8080 of fwmark6:5"],
  [
    { operation: "setTimeouts", timeouts: { tcpSeconds: 1, tcpFinSeconds: 2, udpSeconds: 3 } },
    "set the timeouts",
    "",
  ],
  [
    { operation: "startSyncDaemon", daemon: { role: "master", interface: "eth0", syncId: 1 } },
    "start sync daemon",
    "master on eth0",
  ],
  [{ operation: "stopSyncDaemon", role: "backup" }, "stop sync daemon", "backup"],
  [{ operation: "zero" }, "zero the counters", ""],
  [{ operation: "zero", id }, "zero the counters of", "fwmark6:5"],
  [{ operation: "flush" }, "flush the table", ""],
];

for (const [change, verb, object] of LINES) {
  Deno.test(`describeChange() writes: ${`${verb} ${object}`.trim()}`, () => {
    assert.deepEqual(describeChange(change), { verb, object });
  });
}
