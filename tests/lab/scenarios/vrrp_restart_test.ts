import assert from "node:assert/strict";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { until } from "../director.ts";
import { ManualNetwork } from "../manual_network.ts";
import { printLine } from "../vrrp_lan.ts";

const FILE = `version: 1
vrrp:
  - { name: edge, vrid: 51, device: eth0, priority: 150, interval: 200ms, vips: [192.0.2.10/24] }
services: []
`;

/** Time enough for a guest that is slow. */
const WITHIN_MS = 60_000;

/** Runs a command on the director, where it has to succeed, and returns what it prints. */
async function must(network: ManualNetwork, command: string): Promise<string> {
  const { code, stdout, stderr } = await network.shell("director", command);
  assert.equal(code, 0, `${command}: ${stdout}${stderr}`);
  return stdout;
}

/** The state of the virtual router, and since when; undefined while the daemon does not answer. */
async function stateOf(network: ManualNetwork): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { code, stdout } = await network.shell("director", "lvsctl vrrp status --json");
  if (code !== 0) return undefined;
  const [router] = itemsOf(fieldsOf(JSON.parse(stdout))["routers"]);
  const { state, since, activations } = fieldsOf(router);
  return { state, since, activations };
}

async function untilActive(network: ManualNetwork): Promise<Readonly<Record<string, unknown>>> {
  let state: Readonly<Record<string, unknown>> | undefined;
  await until(async () => (state = await stateOf(network))?.["state"] === "active", {
    withinMs: WITHIN_MS,
    what: "the router is active",
    state: () => JSON.stringify(state),
  });
  return state ?? assert.fail("no state");
}

Deno.test("systemd restarts the unit with its addresses in place, and they go when it stops the unit", async () => {
  await using network = await ManualNetwork.create({ systemd: true });
  await network.write("director", { path: "/etc/lvsctl/lvsctl.yaml", text: FILE });
  await must(network, "install -m 644 examples/systemd/lvsctl.service /etc/systemd/system/lvsctl.service");
  await must(network, "systemctl daemon-reload; systemctl start lvsctl");
  const before = await untilActive(network);
  const pid = await must(network, "systemctl show --property MainPID --value lvsctl");
  await must(network, "systemctl restart lvsctl");
  assert.notEqual(await must(network, "systemctl show --property MainPID --value lvsctl"), pid);
  assert.match(await must(network, "ip -brief address show dev eth0"), / 192\.0\.2\.10\/24 /);
  assert.deepEqual(await untilActive(network), before);
  await must(network, "systemctl stop lvsctl");
  assert.doesNotMatch(await must(network, "ip -brief address show dev eth0"), / 192\.0\.2\.10\/24 /);
  await stopRestart(network);
  await stopLate(network);
});

/** Stops the unit after its restart has begun: systemd sends no other signal, and starts it no more. */
async function stopRestart(network: ManualNetwork): Promise<void> {
  // The daemon waits for the program when it is restarted, after it has left the routers to the next daemon.
  const notify = 'notify: [{ type: exec, on: [active], command: [/bin/sleep, "5"] }]';
  await network.write("director", { path: "/etc/lvsctl/lvsctl.yaml", text: FILE.replace("vips:", `${notify}, vips:`) });
  await must(network, "systemctl start lvsctl");
  await untilActive(network);
  await must(network, "systemctl --no-block restart lvsctl");
  await until(async () => (await must(network, "systemctl show --property SubState lvsctl")).includes("stop"), {
    withinMs: WITHIN_MS,
    what: "the restart has begun",
  });
  await must(network, "systemctl stop lvsctl");
  assert.doesNotMatch(await must(network, "ip -brief address show dev eth0"), / 192\.0\.2\.10\/24 /);
  const { stdout } = await network.shell("director", "pgrep --full '[_]_speaker'");
  assert.equal(stdout, "", "no process of virtual routers is left");
  assert.match(
    await must(network, "journalctl --unit lvsctl --output cat"),
    /ended the process of the virtual routers/,
  );
}

/** Time after which addresses are given up when nothing of the unit runs any more, and time for a guest that is slow. */
const ALONE_MS = 3000;
const LATE_MS = 7000;

/** Stops the unit when its last command has asked systemd already, which starts it no more and runs nothing else. */
async function stopLate(network: ManualNetwork): Promise<void> {
  const path = "/etc/systemd/system/lvsctl.service.d/late.conf";
  await must(network, "mkdir -p /etc/systemd/system/lvsctl.service.d");
  await network.write("director", { path, text: "[Service]\nExecStopPost=/bin/sleep 2\n" });
  await network.write("director", { path: "/etc/lvsctl/lvsctl.yaml", text: FILE });
  await must(network, "systemctl daemon-reload; systemctl start lvsctl");
  await untilActive(network);
  await must(network, "systemctl --no-block restart lvsctl");
  await until(async () => (await network.shell("director", "pgrep --full '^/bin/sleep 2'")).code === 0, {
    withinMs: WITHIN_MS,
    what: "the command after the one that asks runs",
  });
  await must(network, "systemctl stop lvsctl");
  const stoppedAt = performance.now();
  assert.match(await must(network, "ip -brief address show dev eth0"), / 192\.0\.2\.10\/24 /);
  await until(async () => !(await must(network, "ip -brief address show dev eth0")).includes("192.0.2.10/24"), {
    withinMs: ALONE_MS + LATE_MS,
    what: "the addresses are away",
  });
  printLine(`a late stop: the addresses are away after ${Math.round(performance.now() - stoppedAt)} ms`);
  assert.equal((await network.shell("director", "pgrep --full '[_]_speaker'")).stdout, "");
}
