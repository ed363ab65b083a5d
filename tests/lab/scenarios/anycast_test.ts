import assert from "node:assert/strict";
import { AnycastLan, type Speaker, VIP } from "../anycast_lan.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import { printLine } from "../vrrp_lan.ts";

const EXAMPLE = new URL("../../../examples/anycast/lvsctl.yaml", import.meta.url);

/** The servers and the check of the lab in place of the example's. */
async function writeExample(path: string): Promise<void> {
  const text = await Deno.readTextFile(EXAMPLE);
  const check = "check: { type: http, path: /healthz, interval: 300ms, timeout: 250ms }";
  const lab = text.replace(/check: .*/, check).replace(/servers: .*/, "servers: [10.1.0.11:80, 10.1.0.12:80]");
  await Deno.writeTextFile(path, lab);
}

async function vips(lan: AnycastLan, name: string): Promise<boolean> {
  return (await lan.must(name, ["ip", "-brief", "address", "show", "dev", "vips"])).includes(VIP);
}

/** Waits until the VIP is there or not, and returns the time until the router knows; milliseconds. */
async function untilFollowed(
  lan: AnycastLan,
  { name, hasVip, hops }: { readonly name: string; readonly hasVip: boolean; readonly hops: string },
): Promise<number> {
  await until(async () => await vips(lan, name) === hasVip, { withinMs: 20_000, what: `VIP: ${hasVip}` });
  return await lan.untilNextHops(hops, 5000);
}

function failures({ stdout, stderr }: BackgroundProcess): readonly string[] {
  return [...stdout.split("\n"), ...stderr.split("\n")].filter((line) => !/^(?:r1|r2|)$/.test(line));
}

for (const speaker of ["bird", "frr"] as const satisfies readonly Speaker[]) {
  Deno.test(`the VIP of a director is announced by ${speaker} while the service has its quorum, and drained without a failure`, async () => {
    await using lan = await AnycastLan.create({ one: speaker, two: "bird" });
    const servers = await lan.startServers();
    await writeExample("/tmp/anycast.yaml");
    const daemons = {
      one: await lan.startLvsctl("one", "/tmp/anycast.yaml"),
      two: await lan.startLvsctl("two", "/tmp/anycast.yaml"),
    };
    for (const name of ["one", "two"]) await lan.announce(name);
    await lan.untilNextHops("1 2", 30_000);
    const client = lan.startClient();
    await client.untilOutput(/(?:r[12]\n){4}/, { timeLimitSeconds: 30 });

    // The drained director is no longer asked, and its VIP stays for what is under way.
    await lan.drain("one", true);
    await lan.untilNextHops("2");
    assert.ok(await vips(lan, "one"));
    await lan.drain("one", false);
    await lan.untilNextHops("1 2");

    // The kernel forwards without the daemon: its death withdraws nothing, and ExecStopPost may.
    daemons.one.signal("SIGKILL");
    await daemons.one.finished();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assert.equal(await lan.nextHops(), "1 2");
    assert.deepEqual(failures(client), []);
    await lan.drain("one", true);
    await lan.untilNextHops("2");
    const stopped = performance.now();
    await lan.must("one", ["ip", "address", "flush", "dev", "vips"]);
    await lan.drain("one", false);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(await lan.nextHops(), "2", `${performance.now() - stopped} ms after ExecStopPost`);
    daemons.one = await lan.startLvsctl("one", "/tmp/anycast.yaml");
    const back = await untilFollowed(lan, { name: "one", hasVip: true, hops: "1 2" });
    assert.deepEqual(failures(client), []);
    await client.stop();

    // Without servers the VIP leaves both directors, and comes back with them.
    for (const server of servers) await server.kill();
    const gone = await untilFollowed(lan, { name: "one", hasVip: false, hops: "" });
    for (const server of servers) await server.restart();
    await lan.untilNextHops("1 2", 20_000);
    printLine(
      `${speaker}: the route follows the VIP after ${Math.round(back)} ms (there), ${Math.round(gone)} ms (gone)`,
    );
    for (const daemon of Object.values(daemons)) daemon.signal("SIGTERM");
    for (const daemon of Object.values(daemons)) assert.equal(await daemon.finished(), 0, daemon.stderr);
  });
}
