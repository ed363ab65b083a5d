import assert from "node:assert/strict";
import { AnycastLan, VIP } from "../anycast_lan.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import { printLine } from "../vrrp_lan.ts";

const PORT = 9000;
const COUNT = 1000;
const FILE = "/tmp/ecmp.yaml";

/** How long the connections are watched after a change: each asks once in 1 to 3 seconds. */
const WATCH_MS = 5000;

/** The numbers in the client's last line. */
function counts({ stdout }: BackgroundProcess): { readonly open: number; readonly broken: number } {
  const [, open = "0", broken = "0"] = [...stdout.matchAll(/^\d+ open (\d+) broken (\d+)$/gm)].at(-1) ?? [];
  return { open: Number(open), broken: Number(broken) };
}

async function pass(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function writeService(scheduler: string): Promise<void> {
  const service = `listen: "tcp://${VIP}:${PORT}", scheduler: ${scheduler}, forward: dr`;
  const vips = `vips: [{ address: ${VIP}/32, device: vips }]`;
  const servers = "servers: [10.1.0.11, 10.1.0.12]";
  await Deno.writeTextFile(FILE, `version: 1\n${vips}\nservices: [{ ${service}, ${servers} }]\n`);
}

/** Opens the connections, and returns how many are broken after each change of the directors. */
async function broken(
  { scheduler, sloppy, steps }: {
    readonly scheduler: string;
    readonly sloppy: boolean;
    readonly steps: readonly (readonly [name: string, change: (lan: AnycastLan) => Promise<void>])[];
  },
): Promise<Readonly<Record<string, number>>> {
  await using lan = await AnycastLan.create({ one: "bird", two: "bird", three: "frr" });
  await lan.startLongServers(PORT);
  await writeService(scheduler);
  for (const name of ["one", "two", "three"]) {
    await lan.must(name, ["sysctl", "-qw", `net.ipv4.vs.sloppy_tcp=${Number(sloppy)}`]);
    await lan.startLvsctl(name, FILE);
    await lan.announce(name);
  }
  await lan.untilNextHops("1 2 3", 30_000);
  const client = lan.startLongClient({ port: PORT, count: COUNT, periodMs: 2000, patienceMs: 20_000 });
  await until(() => counts(client).open === COUNT, {
    withinMs: 60_000,
    what: `${COUNT} connections`,
    state: () => client.stdout + client.stderr,
  });
  const result: Record<string, number> = {};
  let before = 0;
  for (const [name, change] of steps) {
    await change(lan);
    await pass(WATCH_MS);
    const now = counts(client).broken;
    result[name] = now - before;
    before = now;
  }
  return result;
}

const drain = async (lan: AnycastLan): Promise<void> => {
  await lan.drain("one", true);
  await lan.untilNextHops("2 3");
};

const add = async (lan: AnycastLan): Promise<void> => {
  await lan.drain("one", false);
  await lan.untilNextHops("1 2 3");
};

/** After the hold time the router knows; until then the packets are lost, and are sent again. */
const kill = async (lan: AnycastLan): Promise<void> => {
  await lan.cut("two");
  await lan.untilNextHops("1 3");
  await pass(5000);
};

Deno.test("three directors with mh and sloppy_tcp share 1,000 long connections, and one that is drained, added or dead breaks none", async () => {
  const result = await broken({
    scheduler: "mh, scheduler_flags: [mh-port]",
    sloppy: true,
    steps: [["drained", drain], ["added", add], ["killed", kill]],
  });
  printLine(`mh and sloppy_tcp, broken of ${COUNT}: ${JSON.stringify(result)}`);
  assert.deepEqual(result, { drained: 0, added: 0, killed: 0 });
});

Deno.test("three directors with rr alone lose connections as soon as one is drained", async () => {
  const result = await broken({ scheduler: "rr", sloppy: false, steps: [["drained", drain], ["added", add]] });
  printLine(`rr, broken of ${COUNT}: ${JSON.stringify(result)}`);
  // At least those of the drained director: a third of them, and the hash of the others changes too.
  assert.ok((result["drained"] ?? 0) > COUNT / 10, JSON.stringify(result));
});
