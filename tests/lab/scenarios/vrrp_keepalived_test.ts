import assert from "node:assert/strict";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { addressOf, type DirectorName, printLine, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";

/** A dialect that both programs speak. */
interface Dialect {
  /** Keys of keepalived's instance. */
  readonly keepalived: string;
  /** Keys of lvsctl's instance. */
  readonly lvsctl: string;
  /** Time between advertisements; milliseconds. */
  readonly intervalMs: number;
  /** The version of the protocol, whose skew differs. */
  readonly version: 2 | 3;
  /** The addresses, as keepalived and lvsctl write them; the client asks the last one. */
  readonly vips: readonly string[];
}

const IPV4 = [VIP.ipv4];

/** The dialects, by name; `PEER` stands for the address of the other director. */
const DIALECTS: Readonly<Record<string, Dialect>> = {
  "version 2": {
    keepalived: "version 2\nadvert_int 1",
    lvsctl: "version: 2",
    intervalMs: 1000,
    version: 2,
    vips: IPV4,
  },
  "version 2 with a password": {
    keepalived: "version 2\nadvert_int 1\nauthentication {\nauth_type PASS\nauth_pass secret12\n}",
    lvsctl: "version: 2, password: secret12",
    intervalMs: 1000,
    version: 2,
    vips: IPV4,
  },
  "version 3": {
    keepalived: "version 3\nadvert_int 0.5",
    lvsctl: "interval: 500ms",
    intervalMs: 500,
    version: 3,
    vips: IPV4,
  },
  "version 3 to a peer": {
    keepalived: "version 3\nadvert_int 0.5\nunicast_peer {\nPEER\n}",
    lvsctl: "interval: 500ms, peers: PEER",
    intervalMs: 500,
    version: 3,
    vips: IPV4,
  },
  "version 3 over IPv6": {
    keepalived: "version 3\nadvert_int 0.5",
    lvsctl: "interval: 500ms",
    intervalMs: 500,
    version: 3,
    vips: [VIP.linkLocal, VIP.ipv6],
  },
};

const OTHER: Readonly<Record<DirectorName, DirectorName>> = { one: "two", two: "one" };

function keepalivedFile(name: DirectorName, dialect: Dialect, priority: number): string {
  return `vrrp_instance edge {
state BACKUP
interface eth0
virtual_router_id 51
priority ${priority}
${dialect.keepalived.replace("PEER", addressOf(OTHER[name]))}
virtual_ipaddress {
${dialect.vips.join("\n")}
}
}
`;
}

function instance(name: DirectorName, dialect: Dialect, priority: number): string {
  const keys = dialect.lvsctl.replace("PEER", addressOf(OTHER[name]));
  const vips = dialect.vips.map((vip) => `"${vip}"`).join(", ");
  return `{ name: edge, vrid: 51, device: eth0, priority: ${priority}, ${keys}, vips: [${vips}] }`;
}

/** The longest time without the addresses, if the active director of version 2 or 3 dies; milliseconds. */
function downMs({ intervalMs, version }: Dialect, priority: number): number {
  return 3 * intervalMs + (256 - priority) * (version === 2 ? 1000 : intervalMs) / 256;
}

/** The one router of lvsctl's status. */
async function router(lan: VrrpLan, name: DirectorName): Promise<Readonly<Record<string, unknown>>> {
  const status: unknown = JSON.parse(await lan.lvsctl(name, "vrrp status --json"));
  return fieldsOf(itemsOf(fieldsOf(status)["routers"])[0]);
}

/** What keepalived logs of an active router that it preempts. */
const PREEMPTED = /received lower priority \(\d+\) advert from \S+ - discarding/;

/** What keepalived logs of packets that it does not like. */
const COMPLAINT = /invalid|expect|unexpected|mismatch|differ|wrong|bad |ignor|discard/i;

function complaints(log: string): readonly string[] {
  return log.split("\n").filter((line) => COMPLAINT.test(line) && !PREEMPTED.test(line));
}

for (const [title, dialect] of Object.entries(DIALECTS)) {
  const { vips, intervalMs } = dialect;
  const address = vips.at(-1) ?? VIP.ipv4;

  Deno.test(`lvsctl stands behind keepalived, takes over, and yields: ${title}`, async () => {
    await using lan = await VrrpLan.create();
    const [keepalived, lvsctl] = ["one", "two"] as const;
    const first = await lan.startKeepalived(keepalived, keepalivedFile(keepalived, dialect, 200));
    const withinMs = downMs(dialect, 100) + SLACK_MS;
    await lan.untilHolder(keepalived, { address, withinMs, state: () => first.stdout + first.stderr });
    const daemon = await lan.startLvsctl(lvsctl, instance(lvsctl, dialect, 100));
    const client = await lan.ask(address);
    await new Promise((resolve) => setTimeout(resolve, 6 * intervalMs));
    const { state, advertisements_sent: sent, heard } = await router(lan, lvsctl);
    assert.deepEqual({ state, sent, priority: fieldsOf(heard)["priority"] }, {
      state: "backup",
      sent: 0,
      priority: 200,
    });
    assert.deepEqual(client.answers.names, [keepalived]);

    await first.stop();
    // A killed keepalived leaves its addresses, which the dead host would not.
    for (const vip of vips) await lan.deleteAddress(keepalived, vip);
    await lan.untilHolder(lvsctl, { address, withinMs, state: () => daemon.stderr });
    await lan.untilAnswer(client, lvsctl);
    printLine(`${title}: ${client.answers.longestGapMs} ms without an answer after kill -9 of keepalived`);
    assert.ok(client.answers.longestGapMs <= downMs(dialect, 100) + SLACK_MS);

    const second = await lan.startKeepalived(keepalived, keepalivedFile(keepalived, dialect, 200));
    await lan.untilHolder(keepalived, { address, withinMs, state: () => second.stdout + daemon.stderr });
    await lan.untilAnswer(client, keepalived);
    assert.deepEqual(complaints(first.stdout + first.stderr + second.stdout + second.stderr), []);
  });

  Deno.test(`keepalived stands behind lvsctl, takes over, and yields: ${title}`, async () => {
    await using lan = await VrrpLan.create();
    const [lvsctl, keepalived] = ["one", "two"] as const;
    const first = await lan.startLvsctl(lvsctl, instance(lvsctl, dialect, 200));
    const withinMs = downMs(dialect, 100) + SLACK_MS;
    await lan.untilHolder(lvsctl, { address, withinMs, state: () => first.stderr });
    const other = await lan.startKeepalived(keepalived, keepalivedFile(keepalived, dialect, 100));
    const client = await lan.ask(address);
    await new Promise((resolve) => setTimeout(resolve, 6 * intervalMs));
    assert.deepEqual(await lan.holders(address), [lvsctl]);
    assert.doesNotMatch(other.stdout + other.stderr, /Entering MASTER/);

    first.signal("SIGTERM");
    assert.equal(await first.finished(), 0, first.stderr);
    await lan.untilHolder(keepalived, { address, withinMs, state: () => other.stdout + other.stderr });
    await lan.untilAnswer(client, keepalived);
    printLine(`${title}: ${client.answers.longestGapMs} ms without an answer after a stop of lvsctl`);

    const second = await lan.startLvsctl(lvsctl, instance(lvsctl, dialect, 200));
    await lan.untilHolder(lvsctl, { address, withinMs, state: () => second.stderr + other.stdout });
    await second.stop();
    await lan.untilHolder(keepalived, { address, withinMs, state: () => other.stdout + other.stderr });
    assert.deepEqual(complaints(other.stdout + other.stderr), []);
  });
}
