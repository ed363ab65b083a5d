/**
 * `explain` names the server that the kernel then chooses, for each of a thousand clients of each scheduler that hashes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { addressFromBytes, parseIpAddress } from "../../../core/model/mod.ts";
import { Director } from "../director.ts";
import { ip, mustRun } from "../namespace.ts";
import { DIRECTOR } from "../network.ts";
import type { ClientDatagram, DatagramErrand } from "../explained_datagrams.ts";
import { denoProgram } from "../traffic.ts";
import { visitorAddress, visitorAddress6 } from "../visitors.ts";

const VIP = { ipv4: "192.0.2.10", ipv6: "2001:db8::10" } as const;

/** Added in this order. The weights have a common divisor, and one is 0. */
const WEIGHTS: Readonly<Record<number, number>> = { 11: 4, 12: 14, 13: 0, 14: 2, 15: 6 };

/** Weights too large for the table of mh. */
const LARGE_WEIGHTS: Readonly<Record<number, number>> = { 11: 1000, 12: 7, 13: 0, 14: 333, 15: 500 };

/** How many clients each scheduler gets: fewer over IPv6, where only the first step of the hash differs. */
const CLIENTS = { ipv4: 1000, ipv6: 250 } as const;

interface Case {
  readonly scheduler: string;
  readonly flags?: readonly string[];
  readonly weights?: Readonly<Record<number, number>>;
}

const CASES: readonly Case[] = [
  { scheduler: "sh" },
  { scheduler: "sh", flags: ["sh-port"] },
  { scheduler: "sh", flags: ["sh-fallback"] },
  { scheduler: "sh", flags: ["sh-fallback", "sh-port"] },
  { scheduler: "mh" },
  { scheduler: "mh", flags: ["mh-port"] },
  { scheduler: "mh", weights: LARGE_WEIGHTS },
];

/** A director that reaches everything through its loopback device, and so is its own client too. */
async function createDirector(): Promise<Director> {
  const director = await Director.create();
  await ip([
    "route replace default dev lo",
    "route replace ::/0 dev lo",
    "route add local 10.64.0.0/16 dev lo",
    "route add local fd64::/32 dev lo",
  ], DIRECTOR);
  await mustRun(["ip", "netns", "exec", DIRECTOR, "sysctl", "-qw", "net.ipv6.ip_nonlocal_bind=1"]);
  return director;
}

type Family = "ipv4" | "ipv6";

function serviceName(family: Family, port: number): string {
  return family === "ipv4" ? `udp://${VIP.ipv4}:${port}` : `udp://[${VIP.ipv6}]:${port}`;
}

function serverName(family: Family, number: number): string {
  return family === "ipv4" ? `10.0.0.${number}:53` : `[fd00::${number}]:53`;
}

function serviceOf({ scheduler, flags = [], weights = WEIGHTS }: Case, listen: string, family: Family): unknown {
  const servers = Object.entries(weights).map(([number, weight]) => ({
    address: serverName(family, Number(number)),
    weight,
  }));
  return { listen, scheduler, scheduler_flags: flags, servers };
}

/** Each client has an address of its own; the ports repeat, so that they alone decide nothing. */
function datagramsTo(family: Family, port: number): readonly ClientDatagram[] {
  return Array.from({ length: CLIENTS[family] }, (_, index) => ({
    from: family === "ipv4"
      ? visitorAddress(1 + index % 250, Math.floor(index / 250))
      : parseIpAddress(visitorAddress6(1 + index * 7919 % 65_000, 1 + index % 3)),
    fromPort: 20_000 + index % 97,
    address: VIP[family],
    port,
  }));
}

async function explainAndSend(
  director: Director,
  datagrams: readonly ClientDatagram[],
  options: Partial<DatagramErrand> = {},
): Promise<readonly string[]> {
  const errand: DatagramErrand = { datagrams, mark: 0, lastWeights: [], readsEachTime: false, ...options };
  const { code, stdout, stderr } = await director.run(denoProgram("explained_datagrams.ts", null), {
    stdin: JSON.stringify(errand),
  });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Where the datagrams went, from /proc/net/ip_vs_conn: the name of a server, or `none`. */
async function whereTheyWent(director: Director, datagrams: readonly ClientDatagram[]): Promise<readonly string[]> {
  const { stdout } = await director.run(["cat", "/proc/net/ip_vs_conn"]);
  const servers = new Map(
    stdout.trim().split("\n").slice(1).map((line) => {
      const [, client = "", clientPort, address = "", port, server = "", serverPort] = line.split(/\s+/);
      return [[textOf(client), clientPort, textOf(address), port].join(" "), endpoint(server, serverPort)];
    }),
  );
  return datagrams.map(({ from, fromPort, address, port }) =>
    servers.get([from, hex(fromPort), address, hex(port)].join(" ")) ?? "none"
  );
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

/** IPv4 addresses are eight digits in the list, IPv6 addresses are written out. */
function textOf(address: string): string {
  return addressFromBytes(
    Uint8Array.from(address.replaceAll(":", "").match(/../g) ?? [], (byte) => parseInt(byte, 16)),
  );
}

function endpoint(address: string, port = ""): string {
  const text = textOf(address);
  return `${text.includes(":") ? `[${text}]` : text}:${parseInt(port, 16)}`;
}

for (const family of ["ipv4", "ipv6"] as const) {
  Deno.test(`explain names the server of each client of a scheduler that hashes its address, over ${family}`, async (t) => {
    await using director = await createDirector();
    const services = CASES.map((each, index) => serviceOf(each, serviceName(family, 8000 + index), family));
    await director.must("restore - --yes", { stdin: JSON.stringify({ version: 1, services }) });
    for (const [index, { scheduler, flags = [], weights = WEIGHTS }] of CASES.entries()) {
      await t.step([scheduler, ...flags, ...(weights === WEIGHTS ? [] : ["large weights"])].join(" "), async () => {
        const datagrams = datagramsTo(family, 8000 + index);
        const explained = await explainAndSend(director, datagrams);
        assert.deepEqual(explained, await whereTheyWent(director, datagrams));
        const found = scheduler === "sh" && !flags.includes("sh-fallback") ? 5 : 4;
        // Of large weights, the smallest one has a slot in a hundred.
        if (weights === WEIGHTS) assert.equal(new Set(explained).size, found, "four servers, and none for sh");
      });
    }
  });
}

Deno.test("explain knows the slots that mh keeps for a server whose weight became 0", async (t) => {
  await using director = await createDirector();
  for (const [index, flags] of [[], ["mh-fallback"]].entries()) {
    await t.step(["mh", ...flags].join(" "), async () => {
      const service = serviceName("ipv4", 8000 + index);
      const input = { version: 1, services: [serviceOf({ scheduler: "mh", flags }, service, "ipv4")] };
      await director.must("restore - --yes", { stdin: JSON.stringify(input) });
      await director.lvsctl(`server edit ${service} 10.0.0.15:53 --weight 0`);
      const datagrams = datagramsTo("ipv4", 8000 + index);
      const lastWeights = [["10.0.0.13:53", 0], ["10.0.0.15:53", 6]] as const;
      const explained = await explainAndSend(director, datagrams, { lastWeights });
      assert.deepEqual(explained, await whereTheyWent(director, datagrams));
      assert.equal(explained.includes("none"), flags.length === 0);
    });
  }
});

Deno.test("explain names the server of each destination of dh, behind a firewall mark", async () => {
  await using director = await createDirector();
  const service = { ...serviceOf({ scheduler: "dh" }, "fwmark:7", "ipv4") as object };
  await director.must("restore - --yes", { stdin: JSON.stringify({ version: 1, services: [service] }) });
  const rule = "-t mangle -A OUTPUT -d 10.65.0.0/16 -j MARK --set-mark 7";
  await mustRun(["ip", "netns", "exec", DIRECTOR, "iptables-legacy", ...rule.split(" ")]);
  const datagrams = datagramsTo("ipv4", 53).map((datagram, index) => ({
    ...datagram,
    address: `10.65.${Math.floor(index / 250)}.${1 + index % 250}`,
  }));
  const explained = await explainAndSend(director, datagrams, { mark: 7 });
  assert.deepEqual(explained, await whereTheyWent(director, datagrams));
  assert.equal(new Set(explained).size, 5, "four servers, and none where dh finds the one of weight 0");
});

Deno.test("explain names the server of the template of each persistent client", async () => {
  await using director = await createDirector();
  const persistence = { timeout: "5m", netmask: "255.255.255.240" };
  for (const listen of [serviceName("ipv4", 8000), serviceName("ipv4", 0)]) {
    const service = { ...serviceOf({ scheduler: "rr" }, listen, "ipv4") as object, persistence };
    await director.must("restore - --yes", { stdin: JSON.stringify({ version: 1, services: [service] }) });
    const datagrams = datagramsTo("ipv4", listen.endsWith(":0") ? 9000 : 8000);
    // One client of each network.
    await explainAndSend(director, datagrams.filter((_, index) => (1 + index % 250) % 16 === 1));
    const others = datagrams.filter((_, index) => (1 + index % 250) % 16 > 1);
    await director.must(`server edit ${listen} 10.0.0.11:53 --weight 0`);
    const explained = await explainAndSend(director, others);
    assert.deepEqual(explained, await whereTheyWent(director, others), listen);
    assert.equal(new Set(explained).size, 4, "with the one that has weight 0 now");
  }
});

Deno.test("explain names the server that schedulers choose by the present numbers of connections", async (t) => {
  await using director = await createDirector();
  const schedulers = ["lc", "wlc", "sed", "nq", "fo", "ovf"];
  const services = schedulers.map((scheduler, index) =>
    serviceOf({ scheduler }, serviceName("ipv4", 8000 + index), "ipv4")
  );
  await director.must("restore - --yes", { stdin: JSON.stringify({ version: 1, services }) });
  for (const [index, scheduler] of schedulers.entries()) {
    await t.step(scheduler, async () => {
      const datagrams = datagramsTo("ipv4", 8000 + index).slice(0, 100);
      const explained = await explainAndSend(director, datagrams, { readsEachTime: true });
      assert.deepEqual(explained, await whereTheyWent(director, datagrams));
    });
  }
});

Deno.test("explain sends nothing, prints why, and exits with 1 if no server gets the connection", async () => {
  await using director = await createDirector();
  const service = serviceName("ipv4", 8000);
  await director.must("restore - --yes", {
    stdin: JSON.stringify({ version: 1, services: [serviceOf({ scheduler: "sh" }, service, "ipv4")] }),
  });
  const text = await director.must(`explain 10.64.0.1 ${service}`);
  assert.match(text, /^10\.64\.0\.1 to udp:\/\/192\.0\.2\.10:8000: 10\.0\.0\.11:53\n/);
  const json = await director.json(`explain 10.64.0.1 ${service}`) as { readonly server: unknown };
  assert.deepEqual(json.server, { server: "10.0.0.11:53", address: "10.0.0.11", port: 53, family: "ipv4" });
  const { code, stdout } = await director.lvsctl("explain 10.64.0.1 tcp://192.0.2.10:8000");
  assert.equal(code, 1);
  assert.match(stdout, /no virtual service has tcp:\/\/192\.0\.2\.10:8000; of this address there are udp:/);
  assert.doesNotMatch((await director.run(["cat", "/proc/net/ip_vs_conn"])).stdout, /UDP/);
});
