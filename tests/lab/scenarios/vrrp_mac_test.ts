import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { inNamespace } from "../namespace.ts";
import type { VipClient } from "../vip_client.ts";
import { addressOf, type DirectorName, KEEPALIVED_LATE_MS, printLine, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";
import { killDaemon } from "../vrrp_pair.ts";

/** A busy machine lets the guest stand still for less than three of these. */
const INTERVAL_MS = 250;

/** How long a director waits after the active one has stopped, and after it is silent; milliseconds. */
const skewMs = (priority: number): number => (256 - priority) * INTERVAL_MS / 256;
const downMs = (priority: number): number => 3 * INTERVAL_MS + skewMs(priority);

/** The priorities: keepalived has its own all the time. */
const PRIORITY = { keepalived: 100, above: 200, below: 50 } as const;

/** For how long Linux reports after an address is removed that it leaves the multicast group of its neighbours; milliseconds. */
const LAST_PACKETS_MS = 1200;

/** The hardware addresses of the virtual router 51 of each family (RFC 9568, 7.3). */
const VIRTUAL_MACS = { [VIP.ipv4]: "00:00:5e:00:01:33", [VIP.ipv6]: "00:00:5e:00:02:33" } as const;

const ADDRESSES = [VIP.ipv4, VIP.ipv6] as const;

const VIPS = { edge: [`${VIP.ipv4}/24`], edge6: [VIP.linkLocal, VIP.ipv6] } as const;

function instances(priority: number): string {
  const keys = `vrid: 51, device: eth0, priority: ${priority}, interval: ${INTERVAL_MS}ms, virtual_mac: true`;
  const all = Object.entries(VIPS).map(([name, vips]) => `{ name: ${name}, ${keys}, vips: ["${vips.join('", "')}"] }`);
  return all.join("\n  - ");
}

function keepalivedFile(priority: number): string {
  const all = Object.entries(VIPS).map(([name, vips]) =>
    `vrrp_instance ${name} {
state BACKUP
interface eth0
use_vmac
virtual_router_id 51
priority ${priority}
version 3
advert_int ${INTERVAL_MS / 1000}
virtual_ipaddress {
${vips.join("\n")}
}
}
`
  );
  return all.join("");
}

/** The interfaces of lvsctl on a director, and the ARP settings of eth0. */
async function state(name: DirectorName): Promise<string> {
  const command = "ip -brief link | grep -o '^lvs[0-9.]*'; cd /proc/sys/net/ipv4/conf/eth0; cat arp_ignore arp_filter";
  return (await inNamespace(name, ["sh", "-c", command])).stdout.trim().split("\n").sort().join(" ");
}

/** What {@linkcode state} shows while lvsctl has its interfaces. */
const WITH_LINKS = "1 1 lvs4.51 lvs6.51";

Deno.test("the hardware addresses of the VIPs move between lvsctl and keepalived in both roles, and nothing of them stays", async () => {
  await using lan = await VrrpLan.create();
  const before = await state("one");
  const first = await lan.startLvsctl("one", instances(PRIORITY.above));
  const keepalived = await lan.startKeepalived("two", keepalivedFile(PRIORITY.keepalived));
  let log = (): string => first.stderr + keepalived.stdout + keepalived.stderr;
  const untilHolder = async (name: DirectorName): Promise<void> => {
    for (const address of ADDRESSES) {
      await lan.untilHolder(name, { address, withinMs: downMs(PRIORITY.below) + SLACK_MS, state: log });
    }
  };
  await untilHolder("one");
  const client = await lan.ask(ADDRESSES);
  const untilActive = async (name: DirectorName): Promise<void> => {
    await untilHolder(name);
    for (const address of ADDRESSES) {
      await lan.untilAnswer(client, name, address);
      assert.equal(await lan.hardwareAddress(address), VIRTUAL_MACS[address], `${address} on ${name}`);
    }
  };
  const assertGaps = (what: string, boundMs: number): void => {
    for (const address of ADDRESSES) lan.assertGap(client, { what: `${what}, ${address}`, boundMs, address });
    lan.begin(client);
  };
  await untilActive("one");
  lan.begin(client);
  assert.equal(await state("one"), WITH_LINKS);
  assert.doesNotMatch(keepalived.stdout + keepalived.stderr, /Entering MASTER/);

  first.signal("SIGTERM");
  assert.equal(await first.finished(), 0, first.stderr);
  await untilActive("two");
  assertGaps("stop of lvsctl", skewMs(PRIORITY.keepalived) + KEEPALIVED_LATE_MS);
  assert.equal(await state("one"), before);

  const second = await lan.startLvsctl("one", instances(PRIORITY.above));
  log = () => second.stderr + keepalived.stdout + keepalived.stderr;
  await untilActive("one");
  // A switch learns the hardware address from the last packets of the director that yields too.
  await new Promise((resolve) => setTimeout(resolve, LAST_PACKETS_MS));
  assertGaps("return of lvsctl to keepalived", 0);
  // As when the service manager kills all processes.
  await killDaemon(second);
  assert.equal(await state("one"), WITH_LINKS);
  assert.match(await lan.lvsctl("one", "vrrp cleanup"), /removed 10\.0\.0\.100\/24 on lvs4\.51/);
  assert.equal(await state("one"), before);
  await untilActive("two");
  assertGaps("kill -9 of lvsctl", downMs(PRIORITY.keepalived) + KEEPALIVED_LATE_MS);

  const third = await lan.startLvsctl("one", instances(PRIORITY.below));
  log = () => third.stderr + keepalived.stdout + keepalived.stderr;
  await new Promise((resolve) => setTimeout(resolve, 2 * downMs(PRIORITY.below)));
  for (const address of ADDRESSES) assert.deepEqual(client.answersOf(address).names.at(-1), "two");
  assert.doesNotMatch(third.stderr, /is active/);
  lan.begin(client);
  await lan.stopKeepalived(keepalived);
  await untilActive("one");
  assertGaps("stop of keepalived", skewMs(PRIORITY.below));

  // An active director hears another active one, which has the same hardware addresses.
  const again = await lan.startKeepalived("two", keepalivedFile(PRIORITY.keepalived));
  log = () => third.stderr + again.stdout + again.stderr;
  await untilActive("two");
  assert.match(third.stderr, /edge is backup: \S+ advertises priority 100/);
});

/** A program on both directors. */
interface Program {
  start(lan: VrrpLan, name: DirectorName, priority: number): Promise<BackgroundProcess>;
  stop(lan: VrrpLan, running: BackgroundProcess): Promise<unknown>;
}

const LVSCTL: Program = {
  start: (lan, name, priority) => lan.startLvsctl(name, instances(priority)),
  stop: (_lan, daemon) => {
    daemon.signal("SIGTERM");
    return daemon.finished();
  },
};

const KEEPALIVED: Program = {
  start: (lan, name, priority) => lan.startKeepalived(name, keepalivedFile(priority)),
  stop: (lan, keepalived) => lan.stopKeepalived(keepalived),
};

/** Lets a director return to another one with the same program, and calls back before both end. */
async function returnTo(
  { lan, client, program }: { readonly lan: VrrpLan; readonly client: VipClient; readonly program: Program },
  onReturned: (address: string) => void,
): Promise<void> {
  const two = await program.start(lan, "two", PRIORITY.keepalived);
  const untilActive = async (name: DirectorName): Promise<void> => {
    const withinMs = downMs(PRIORITY.keepalived) + SLACK_MS;
    for (const address of ADDRESSES) {
      await lan.untilHolder(name, { address, withinMs, state: () => two.stdout + two.stderr });
      await lan.untilAnswer(client, name, address);
    }
    await new Promise((resolve) => setTimeout(resolve, LAST_PACKETS_MS));
  };
  await untilActive("two");
  lan.begin(client);
  const one = await program.start(lan, "one", PRIORITY.above);
  await untilActive("one");
  for (const address of ADDRESSES) onReturned(address);
  for (const running of [one, two]) await program.stop(lan, running);
}

Deno.test("clients of a director that returns to lvsctl wait no longer than the protocol says, beside keepalived's figure", async () => {
  await using lan = await VrrpLan.create();
  // All directors share a processor here: where one starts, the others answer late too.
  const beside = addressOf("two");
  const client = await lan.ask([...ADDRESSES, beside]);
  await returnTo(
    { lan, client, program: LVSCTL },
    (address) => lan.assertGap(client, { what: `return of lvsctl to lvsctl, ${address}`, boundMs: 0, address, beside }),
  );
  await returnTo({ lan, client, program: KEEPALIVED }, (address) => {
    const { longestGapMs } = client.answersOf(address);
    printLine(`return of keepalived to keepalived, ${address}: ${longestGapMs} ms without an answer`);
  });
});
