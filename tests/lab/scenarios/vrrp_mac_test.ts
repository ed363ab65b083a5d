import assert from "node:assert/strict";
import { inNamespace } from "../namespace.ts";
import { type DirectorName, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";

/** A busy machine lets the guest stand still for less than three of these. */
const INTERVAL_MS = 400;

/** The longest time until the standby takes over from a silent director; milliseconds. */
const DOWN_MS = 4 * INTERVAL_MS;

/** The hardware address of the virtual router 51 (RFC 9568, 7.3). */
const VIRTUAL_MAC = "00:00:5e:00:01:33";

function instance(priority: number): string {
  const keys = `interval: ${INTERVAL_MS}ms, vips: [${VIP.ipv4}/24], virtual_mac: true`;
  return `{ name: edge, vrid: 51, device: eth0, priority: ${priority}, ${keys} }`;
}

function keepalivedFile(priority: number): string {
  return `vrrp_instance edge {
state BACKUP
interface eth0
use_vmac
virtual_router_id 51
priority ${priority}
version 3
advert_int ${INTERVAL_MS / 1000}
virtual_ipaddress {
${VIP.ipv4}
}
}
`;
}

/** The interfaces of lvsctl on a director, and the ARP settings of eth0. */
async function state(name: DirectorName): Promise<string> {
  const command = "ip -brief link | grep -o '^lvs[0-9.]*'; cd /proc/sys/net/ipv4/conf/eth0; cat arp_ignore arp_filter";
  return (await inNamespace(name, ["sh", "-c", command])).stdout.trim().split("\n").join(" ");
}

Deno.test("the hardware address of the VIP moves from lvsctl to keepalived and back, and nothing of it stays", async () => {
  await using lan = await VrrpLan.create();
  const before = await state("one");
  const one = await lan.startLvsctl("one", instance(200));
  const other = await lan.startKeepalived("two", keepalivedFile(100));
  const log = (): string => one.stderr + other.stdout + other.stderr;
  await lan.untilHolder("one", { withinMs: DOWN_MS + SLACK_MS, state: log });
  const client = await lan.ask(VIP.ipv4);
  await lan.untilAnswer(client, "one");
  assert.equal(await lan.hardwareAddress(VIP.ipv4), VIRTUAL_MAC);
  assert.equal(await state("one"), "lvs4.51 1 1");
  assert.doesNotMatch(other.stdout + other.stderr, /Entering MASTER/);

  one.signal("SIGTERM");
  assert.equal(await one.finished(), 0, one.stderr);
  await lan.untilHolder("two", { withinMs: DOWN_MS + SLACK_MS, state: log });
  await lan.untilAnswer(client, "two");
  assert.equal(await lan.hardwareAddress(VIP.ipv4), VIRTUAL_MAC);
  assert.equal(await state("one"), before);

  const again = await lan.startLvsctl("one", instance(200));
  await lan.untilHolder("one", { withinMs: DOWN_MS + SLACK_MS, state: log });
  await lan.untilAnswer(client, "one");
  assert.equal(await lan.hardwareAddress(VIP.ipv4), VIRTUAL_MAC);

  const children = (await Deno.readTextFile(`/proc/${again.pid}/task/${again.pid}/children`)).trim().split(" ");
  // All processes end at once, as when the service manager kills them; the daemon must not see the end of the others.
  again.signal("SIGSTOP");
  for (const pid of children) Deno.kill(Number(pid), "SIGKILL");
  await again.stop();
  assert.equal(await state("one"), "lvs4.51 1 1");
  assert.match(await lan.lvsctl("one", "vrrp cleanup"), /removed 10\.0\.0\.100\/24 on lvs4\.51/);
  assert.equal(await state("one"), before);
  await lan.untilHolder("two", { withinMs: DOWN_MS + SLACK_MS, state: log });
});
