/**
 * Stored JSON: the daemon's state with its notifications, the journal, its snapshots, saved plans, the overrides and the
 * set-ups of real servers.
 *
 * @module
 */
import { formatPlanFile, parsePlanFile } from "../../../cli/config/plan_file.ts";
import { describeRun, formatEntry, parseEntry } from "../../../cli/journal/entry.ts";
import { changesSince, targetBefore } from "../../../cli/journal/snapshot.ts";
import { recordedChange } from "../../../cli/journal/recorded_plan.ts";
import { parseSnapshot } from "../../../cli/journal/snapshot_reader.ts";
import { readOverrides } from "../../../cli/state/override_file.ts";
import { RealServerFile } from "../../../cli/state/realserver_file.ts";
import { VipFile } from "../../../cli/state/vip_file.ts";
import { formatDesiredState } from "../../../core/config/mod.ts";
import { restoreState, trimRecords } from "../../../core/daemon/stored_state.ts";
import { storeRememberedServices } from "../../../core/effective/memory.ts";
import { LvsctlError } from "../../../core/errors/mod.ts";
import { DEFAULT_QUORUM, type KernelState, parseIpAddress } from "../../../core/model/mod.ts";
import { readStored, writeStored } from "../../../core/notify/stored.ts";
import { planFrom } from "../../../core/reconcile/plan.ts";
import { serviceEntry, virtualService } from "../../support/samples.ts";
import {
  entryFor,
  expectOnly,
  type FuzzTarget,
  inputOfText,
  require,
  splitHeader,
  textOfInput,
  withHeader,
} from "../target.ts";

const AT = 1_700_000_000_000;

const EVENT = {
  kind: "server_unhealthy",
  service: "tcp://192.0.2.10:80",
  server: "10.0.0.11:80",
  reason: "refused",
  at: AT,
} as const;

const STATE = {
  version: 2,
  boot: "boot",
  at: AT,
  health: {
    version: 1,
    states: {
      "10.0.0.11:80 tcp": {
        health: "healthy",
        since: AT,
        successes: 3,
        failures: 0,
        history: [{ at: AT, result: { ok: true, latencyMs: 1.5, detail: "connected" } }],
      },
      "10.0.0.12:80 tcp": {
        health: "unhealthy",
        since: AT,
        successes: 0,
        failures: 3,
        history: [{ at: AT, result: { ok: false, latencyMs: 2, reason: "connection refused (ECONNREFUSED)" } }],
      },
    },
  },
  agents: {
    version: 1,
    states: { "10.0.0.11:8080": { percent: 75, health: "up", mode: "ready", since: AT, answeredAt: AT } },
  },
  standings: {
    "tcp://192.0.2.10:80": {
      quorum: "met",
      fallback: true,
      servers: { "10.0.0.11:80": { health: "healthy", outOfUse: true, recoveredAt: AT } },
      leaving: { "10.0.0.12:80": AT },
    },
  },
  more: {
    notifications: {
      version: 1,
      facts: [{ event: EVENT, told: { "exec a": AT } }],
      pending: { "exec a": [{ event: EVENT, repeated: true }] },
    },
  },
};

const ENTRY = {
  id: "lx2abc-1f",
  at: "2023-11-14T22:13:20.000Z",
  namespace: "4026531840",
  uid: 0,
  "sudo_user": "joe",
  pid: 4711,
  "parent_pid": 4710,
  "parent_command": "bash",
  command: ["apply", "lvsctl.yaml"],
  operation: "apply",
  outcome: "done",
  "step_count": 2,
  steps: ["add virtual service tcp://192.0.2.10:80"],
  message: null,
  undoable: true,
  undoes: null,
};

const SERVICE = virtualService("tcp://192.0.2.10:80");

const SNAPSHOT = {
  version: 1,
  made: {
    timeouts: {
      before: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 },
      after: { tcpSeconds: 1, tcpFinSeconds: 2, udpSeconds: 3 },
    },
    syncDaemons: { before: [], after: [{ role: "master", interface: "eth0", syncId: 7 }] },
    vips: {
      before: [],
      after: [
        { address: "192.0.2.10", prefixLength: 32, device: "eth0", scope: "global", dad: false, prefixRoute: true },
      ],
    },
  },
  services: [["tcp://192.0.2.10:80", "abc"], ["fwmark:7", null]],
  after: [{ service: SERVICE, servers: [["10.0.0.13", 80, "nat", 1]] }],
  before: [{
    service: SERVICE,
    servers: [["10.0.0.11", 80, "nat", 1], [
      "10.0.0.12",
      80,
      "tun",
      2,
      { upperThreshold: 10, lowerThreshold: 5, tunnel: { type: "gue", port: 6080, checksum: "none" } },
    ]],
  }],
};

const PLAN = {
  "lvsctl_plan": 1,
  made: "2023-11-14T22:13:20.000Z",
  file: "/etc/lvsctl/lvsctl.yaml",
  state: "0123456789abcdef",
  changes: "fedcba9876543210",
  options: {
    prune: true,
    "keep_weights": false,
    only: ["add-server", "vips"],
    "drain_ms": 10_000,
    labels: ["role=edge"],
  },
  parts: ["timeouts", "vips"],
  desired: formatDesiredState({
    timeouts: { tcpSeconds: 900, tcpFinSeconds: 0, udpSeconds: 0 },
    vips: [],
    services: [{
      ...serviceEntry("tcp://192.0.2.10:80", "10.0.0.12:80", "10.0.0.11:80"),
      onFailure: "remove",
      quorum: DEFAULT_QUORUM,
      panicThreshold: 0,
    }],
  }),
};

const OVERRIDES = {
  version: 1,
  overrides: [
    {
      service: "tcp://192.0.2.10:80",
      address: "10.0.0.11",
      port: 80,
      weight: 0,
      reason: "later",
      author: "joe",
      at: AT,
    },
    { address: "10.0.0.12", weight: "maint", at: AT, until: 2 * AT, former: { "tcp://192.0.2.10:80": 3 } },
  ],
};

const REALSERVER = {
  setups: [{ address: "192.0.2.10", device: "lo", tunnel: { type: "ipip", port: 0 } }],
  memory: {
    sysctls: [{ name: "net/ipv4/conf/all/arp_ignore", before: "0", set: "1" }],
    links: [{ name: "tunl0", was: "down" }],
    fouPorts: [{ port: 6080, family: "ipv4" }],
    addresses: [{ address: "192.0.2.10", device: "lo" }],
  },
};

type Read = (text: string) => void;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readState(text: string): void {
  const { records, agents, remembered, more } = restoreState(parsed(text), { boot: "boot", now: AT });
  const { lastingEvents, pending } = readStored(more["notifications"]);
  const again = JSON.stringify([
    trimRecords(records),
    agents,
    storeRememberedServices(remembered),
    writeStored(lastingEvents, pending),
  ]);
  require(again.length > 0, "what was read can be stored");
}

function readJournal(text: string): void {
  for (const line of text.split("\n")) {
    const entry = parseEntry(line);
    if (entry === undefined) continue;
    describeRun(entry);
    const again = parseEntry(formatEntry(entry));
    require(again?.id === entry.id && again.outcome === entry.outcome, "an entry can be written and read again");
  }
}

/** Reads a snapshot and plans to undo it, as `lvsctl undo` does. */
function readSnapshot(text: string): void {
  const snapshot = expectOnly([LvsctlError], () => parseSnapshot(text, "lx2abc-1f"));
  if (snapshot === undefined) return;
  const current: KernelState = {
    timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 },
    syncDaemons: [],
    services: [serviceEntry("tcp://192.0.2.10:80", "10.0.0.13:80")],
    vips: [],
  };
  changesSince(snapshot, current);
  expectOnly([LvsctlError], () => recordedChange(snapshot));
  expectOnly([LvsctlError], () => planFrom(current, targetBefore(snapshot, [])));
}

function readPlan(text: string): void {
  const plan = expectOnly([LvsctlError], () => parsePlanFile(text, "web.plan"));
  if (plan === undefined) return;
  const again = parsePlanFile(formatPlanFile(plan, new Date(AT)), "web.plan");
  require(JSON.stringify(again.desired) === JSON.stringify(plan.desired), "a plan can be written and read again");
}

/** The readers of files, which get a directory of their own. */
function fileReaders(directory: string): Readonly<Record<string, Read>> {
  const directories = { state: directory, run: directory };
  const vip = { address: parseIpAddress("192.0.2.10"), device: "eth0" };
  const writing = (name: string, read: () => unknown): Read => (text) => {
    Deno.writeTextFileSync(`${directory}/${name}`, text);
    expectOnly([LvsctlError], read);
  };
  return {
    overrides: writing("overrides.json", () => readOverrides(directories, { now: AT })),
    realserver: writing("realserver.json", () => new RealServerFile(directories).read(() => true)),
    vips: writing("vips.json", () => new VipFile(directories).has(vip)),
  };
}

/** Stored JSON: a damaged part is ignored or refused. */
export function stored(): FuzzTarget {
  const directory = Deno.makeTempDirSync({ prefix: "lvsctl-fuzz-" });
  const namespace = String(Deno.statSync("/proc/self/ns/net").ino);
  const readers: Readonly<Record<string, Read>> = {
    state: readState,
    journal: readJournal,
    snapshot: readSnapshot,
    plan: readPlan,
    ...fileReaders(directory),
  };
  const seeds: Readonly<Record<string, unknown>> = {
    state: STATE,
    journal: ENTRY,
    snapshot: SNAPSHOT,
    plan: PLAN,
    overrides: OVERRIDES,
    realserver: { [namespace]: REALSERVER },
    vips: [`${namespace} eth0 192.0.2.10`],
  };
  return {
    name: "stored",
    seeds: Object.entries(seeds).map(([name, value]) => withHeader(name, inputOfText(JSON.stringify(value)))),
    words: [
      ...'{}[]:,"\\\n0',
      "null",
      "true",
      "-1",
      "1e999",
      "{}",
      "[]",
      '""',
      "__proto__",
      "constructor",
      "\\u001b",
      "\\ud800",
      "toString",
      '{"a":1}',
      "[1,2]",
      ...Object.keys(STATE),
      ...Object.keys(ENTRY),
      ...Object.keys(SNAPSHOT),
      ...Object.keys(PLAN),
    ],
    maxBytes: 32 * 1024,
    run: (input) => {
      const { header, body } = splitHeader(input);
      entryFor(readers, header)(textOfInput(body));
    },
    close: () => Deno.remove(directory, { recursive: true }),
  };
}
