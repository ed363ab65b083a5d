/**
 * The guest's part of package_test.ts for virtual routers: the package of an active director is upgraded, downgraded and
 * removed, beside a standby, while a client asks the VIP and has a connection through it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ManualNetwork } from "../manual_network.ts";
import { DIRECTOR, FailoverStage, INTERVAL_MS, must, SKEW_MS, untilActive } from "./failover_stage.ts";
import { printLine } from "../vrrp_lan.ts";

const ROOT = Deno.env.get("LVSCTL_DEBIAN") ?? "";
const EARLIER_PACKAGE = Deno.env.get("LVSCTL_EARLIER_PACKAGE") ?? "";
const PRESENT_PACKAGE = Deno.env.get("LVSCTL_PACKAGE") ?? "";
const [EARLIER, PRESENT] = (Deno.env.get("LVSCTL_LAB_VERSIONS") ?? "").split(" ");

/** The programs of the unit, each by the name of its directory of the cache. */
async function programsOfUnit(network: ManualNetwork): Promise<readonly string[]> {
  const script =
    'for pid in $(cat "/sys/fs/cgroup$(systemctl show --property ControlGroup --value lvsctl)/cgroup.procs"); ' +
    'do readlink "/proc/$pid/exe"; done';
  return (await must(network, script)).trim().split("\n").map((path) => path.split("/").at(-2) ?? path);
}

Deno.test("the package of an active director", async (test) => {
  await using network = await ManualNetwork.create({ systemd: true, root: ROOT });
  await using stage = await FailoverStage.start(network, EARLIER);
  for (
    const [what, path, version] of [
      ["upgrade", PRESENT_PACKAGE, PRESENT],
      ["downgrade", EARLIER_PACKAGE, EARLIER],
      ["second upgrade", PRESENT_PACKAGE, PRESENT],
    ]
  ) {
    await test.step(`${what}: the addresses and the connection stay, and no other router becomes active`, () =>
      withLog(network, () => replace(stage, { what: what ?? "", path: path ?? "", version })));
  }
  await test.step("removal: the peer takes over", () => withLog(network, () => remove(stage)));
});

/** Prints the director's log if something fails. */
async function withLog(network: ManualNetwork, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { stdout } = await network.shell("director", "journalctl --unit lvsctl --output short-precise | tail -40");
    printLine(stdout);
    throw error;
  }
}

interface Replacement {
  readonly what: string;
  readonly path: string;
  readonly version: string | undefined;
}

async function replace(stage: FailoverStage, { what, path, version }: Replacement): Promise<void> {
  const { network, peer } = stage;
  const before = await untilActive(network, version === PRESENT ? EARLIER : PRESENT);
  const logged = peer.stderr.length;
  stage.begin();
  await stage.run(`dpkg --force-unsafe-io --install ${path}`);
  const restarted = await untilActive(network, version);
  // What the earlier process would still do is seen as well.
  await new Promise((resolve) => setTimeout(resolve, 4 * INTERVAL_MS));
  assert.deepEqual(restarted, before, "the router was active all the time");
  assert.deepEqual(stage.holders, ["director"]);
  assert.deepEqual(new Set(stage.present.map(({ source }) => source)), new Set([DIRECTOR]));
  assert.deepEqual(stage.client.answers.names, ["web1"]);
  assert.doesNotMatch(peer.stderr.slice(logged), /is active/);
  await stage.assertConnection();
  stage.assertTimes(what, 0);
  const programs = await programsOfUnit(network);
  const caches = (await must(network, "ls /var/cache/lvsctl")).trim().split("\n");
  assert.deepEqual({ count: programs.length, programs: [...new Set(programs)] }, { count: 2, programs: caches });
}

async function remove(stage: FailoverStage): Promise<void> {
  const { network, peer } = stage;
  stage.begin();
  await stage.run("apt-get remove --quiet --yes lvsctl");
  assert.deepEqual((await must(network, "pgrep --list-full lvsctl || true")).trim(), "");
  await stage.untilAnswer("peer");
  assert.match(peer.stderr, /edge is active/);
  assert.deepEqual(stage.holders, ["peer"]);
  assert.equal(stage.present.findLast(({ source }) => source === DIRECTOR)?.priority, 0, "it says that it stops");
  stage.assertTimes("removal", SKEW_MS);
}
