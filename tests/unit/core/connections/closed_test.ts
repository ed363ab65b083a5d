import assert from "node:assert/strict";
import { type ClosedCount, isClosed } from "../../../../core/connections/closed.ts";
import { countClosed, readConnections } from "../../../../core/connections/mod.ts";
import { realServer, serviceId } from "../../../support/samples.ts";
import { CAPTURED } from "./captured.ts";

/** Lines of the list: protocol, address and port of the service and the server, state. */
function list(...lines: readonly string[]): Uint8Array[] {
  const rows = lines.map((line) => {
    const [protocol = "", virtual = "", server = "", state = "", client = "0A000064 94CA"] = line.split(" | ");
    return `${protocol.padEnd(3)} ${client} ${virtual} ${server} ${state.padEnd(12)}    100`;
  });
  return [new TextEncoder().encode([CAPTURED.titles, ...rows, ""].join("\n"))];
}

const VIP_80 = "C000020A 0050";
const VIP_81 = "C000020A 0051";
const R1_80 = "0A00000B 0050";
const R1_81 = "0A00000B 0051";
const R2_80 = "0A00000C 0050";

function count(lines: readonly string[], service: string, servers: readonly string[]): Record<string, string> {
  return told(
    countClosed(readConnections(list(...lines)), [{
      id: serviceId(service),
      servers: servers.map((server) => realServer(server)),
    }])[0],
  );
}

function told(counts: ReadonlyMap<string, ClosedCount> = new Map()): Record<string, string> {
  return Object.fromEntries([...counts].map(([name, { closed, open }]) => [name, `${closed} closed, ${open} open`]));
}

Deno.test("isClosed() is true for the closed states of TCP and SCTP only", () => {
  const closed = (protocol: string, state: string, client?: string): boolean => {
    const line = [protocol, VIP_80, R1_80, state, ...(client === undefined ? [] : [client])].join(" | ");
    return [...readConnections(list(line))].some(isClosed);
  };
  assert.deepEqual(
    [["TCP", "TIME_WAIT"], ["TCP", "CLOSE"], ["SCTP", "CLOSED"]].map(([protocol = "", state = ""]) =>
      closed(protocol, state)
    ),
    [true, true, true],
  );
  const open = [
    ...["ESTABLISHED", "SYN_RECV", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "CLOSED", "NONE"].map((
      state,
    ) => ["TCP", state]),
    ...["ESTABLISHED", "SHUTDOWN_SENT", "SHUTDOWN_RECEIVED", "SHUTDOWN_ACK_SENT", "REJECTED", "CLOSE"].map((state) => [
      "SCTP",
      state,
    ]),
    ["UDP", "UDP"],
    ["UDP", "CLOSE"],
    ["ESP", "NONE"],
  ];
  for (const [protocol = "", state = ""] of open) assert.equal(closed(protocol, state), false, `${protocol} ${state}`);
  assert.equal(closed("TCP", "NONE", "0A000064 0000"), false);
});

Deno.test("countClosed() counts the connections of the service and of each server, and no templates", () => {
  assert.deepEqual(
    count(
      [
        `TCP | ${VIP_80} | ${R1_80} | TIME_WAIT`,
        `TCP | ${VIP_80} | ${R1_80} | CLOSE`,
        `TCP | ${VIP_80} | ${R1_80} | FIN_WAIT`,
        `TCP | ${VIP_80} | ${R1_80} | ASSURED | 0A000064 0000`,
        `TCP | ${VIP_80} | ${R2_80} | TIME_WAIT`,
        `TCP | ${VIP_80} | ${R1_81} | TIME_WAIT`,
        `TCP | ${VIP_81} | ${R1_80} | TIME_WAIT`,
        `UDP | ${VIP_80} | ${R1_80} | UDP`,
      ],
      "tcp://192.0.2.10:80",
      ["10.0.0.11:80", "10.0.0.12:80", "10.0.0.13:80"],
    ),
    {
      "10.0.0.11:80": "2 closed, 1 open",
      "10.0.0.12:80": "1 closed, 0 open",
      "10.0.0.13:80": "0 closed, 0 open",
    },
  );
});

Deno.test("countClosed() of a service on every port counts the connections to every port of its servers", () => {
  assert.deepEqual(
    count(
      [
        `TCP | ${VIP_80} | ${R1_80} | TIME_WAIT`,
        `TCP | ${VIP_81} | ${R1_81} | ESTABLISHED`,
        `UDP | ${VIP_81} | ${R1_81} | UDP`,
      ],
      "tcp://192.0.2.10:0",
      ["10.0.0.11:0"],
    ),
    { "10.0.0.11:0": "1 closed, 1 open" },
  );
});

Deno.test("countClosed() of a firewall mark counts all connections of the server, because their service is unknown", () => {
  assert.deepEqual(
    count(
      [
        `TCP | ${VIP_80} | ${R1_80} | TIME_WAIT`,
        `TCP | ${VIP_81} | ${R1_81} | FIN_WAIT`,
        `UDP | ${VIP_81} | ${R1_81} | UDP`,
        `TCP | ${VIP_81} | ${R2_80} | FIN_WAIT`,
        `IP | 00000007 0000 | ${R1_80} | NONE | 0A000064 0000`,
      ],
      "fwmark:7",
      ["10.0.0.11:80"],
    ),
    { "10.0.0.11:80": "1 closed, 2 open" },
  );
});

Deno.test("countClosed() counts for several services that share a server, each its own", () => {
  const lines = [
    `TCP | ${VIP_80} | ${R1_80} | TIME_WAIT`,
    `TCP | ${VIP_81} | ${R1_80} | ESTABLISHED`,
    `TCP | ${VIP_80} | ${R2_80} | TIME_WAIT`,
  ];
  const [r1, r2] = [realServer("10.0.0.11:80"), realServer("10.0.0.12:80")];
  const counts = countClosed(readConnections(list(...lines)), [
    { id: serviceId("tcp://192.0.2.10:80"), servers: [r1, r2] },
    { id: serviceId("tcp://192.0.2.10:81"), servers: [r1] },
    { id: serviceId("tcp://192.0.2.10:82"), servers: [] },
  ]);
  assert.deepEqual(counts.map(told), [
    { "10.0.0.11:80": "1 closed, 0 open", "10.0.0.12:80": "1 closed, 0 open" },
    { "10.0.0.11:80": "0 closed, 1 open" },
    {},
  ]);
});
