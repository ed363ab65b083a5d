import assert from "node:assert/strict";
import { inNamespace } from "../namespace.ts";
import { type DirectorName, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";
import { killDaemon } from "../vrrp_pair.ts";

/** A busy machine lets the guest stand still for less than three of these. */
const INTERVAL_MS = 250;

/** The longest time until the standby takes over from a silent director; milliseconds. */
const DOWN_MS = 4 * INTERVAL_MS;

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
  const first = await lan.startLvsctl("one", instances(200));
  const keepalived = await lan.startKeepalived("two", keepalivedFile(100));
  let log = (): string => first.stderr + keepalived.stdout + keepalived.stderr;
  const untilHolder = async (name: DirectorName): Promise<void> => {
    for (const address of ADDRESSES) {
      await lan.untilHolder(name, { address, withinMs: DOWN_MS + SLACK_MS, state: log });
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
  await untilActive("one");
  assert.equal(await state("one"), WITH_LINKS);
  assert.doesNotMatch(keepalived.stdout + keepalived.stderr, /Entering MASTER/);

  first.signal("SIGTERM");
  assert.equal(await first.finished(), 0, first.stderr);
  await untilActive("two");
  assert.equal(await state("one"), before);

  const second = await lan.startLvsctl("one", instances(200));
  log = () => second.stderr + keepalived.stdout + keepalived.stderr;
  await untilActive("one");
  // As when the service manager kills all processes.
  await killDaemon(second);
  assert.equal(await state("one"), WITH_LINKS);
  assert.match(await lan.lvsctl("one", "vrrp cleanup"), /removed 10\.0\.0\.100\/24 on lvs4\.51/);
  assert.equal(await state("one"), before);
  await untilActive("two");

  const third = await lan.startLvsctl("one", instances(50));
  log = () => third.stderr + keepalived.stdout + keepalived.stderr;
  await new Promise((resolve) => setTimeout(resolve, 2 * DOWN_MS));
  for (const address of ADDRESSES) assert.deepEqual(client.answersOf(address).names.at(-1), "two");
  assert.doesNotMatch(third.stderr, /is active/);
  await lan.stopKeepalived(keepalived);
  await untilActive("one");
});
