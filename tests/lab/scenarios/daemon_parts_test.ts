import assert from "node:assert/strict";
import {
  A,
  B,
  C,
  CHECK,
  FILE,
  service,
  startDaemon,
  startServers,
  table,
  untilTable,
  writeFile,
} from "../daemon_bench.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { Director, until } from "../director.ts";
import { ip, mustRun } from "../namespace.ts";
import { DIRECTOR } from "../network.ts";

const HTTP = `check: { type: http, ${CHECK} }`;

/** A director with a device for VIPs, which has no neighbours. */
async function withDevice(): Promise<Director> {
  const director = await Director.create();
  await ip(["link add vips type dummy", "link set vips up"], DIRECTOR);
  return director;
}

/** The VIPs on the device: the last numbers of 192.0.2.x. */
async function vips(director: Director): Promise<string> {
  const { stdout } = await director.run(["ip", "-brief", "-4", "address", "show", "dev", "vips"]);
  return [...stdout.matchAll(/192\.0\.2\.(\d+)\/32/g)].map(([, last]) => last).sort().join(" ");
}

async function untilVips(
  director: Director,
  expected: string,
  { daemon }: { readonly daemon: BackgroundProcess },
): Promise<void> {
  await until(async () => await vips(director) === expected, {
    withinMs: 5000,
    what: `the VIPs ${expected}`,
    state: () => daemon.stderr,
  });
}

async function end(daemon: BackgroundProcess): Promise<void> {
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
}

Deno.test("run looks after the other servers while a host name has no address, and takes it when it has one", async () => {
  await Deno.writeTextFile("/tmp/hosts", "127.0.0.1 localhost\n");
  await mustRun(["mount", "--bind", "/tmp/hosts", "/etc/hosts"]);
  await using director = await Director.create();
  await startServers(director, 3);
  await writeFile(
    service("fwmark:1", HTTP, [A]),
    service("fwmark:2", HTTP, ["web3.example.com:8080", B]),
    service("fwmark:3", HTTP, ["web3.example.com:8080"]),
  );
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1", "fwmark:2": "12=1", "fwmark:3": "" }, { daemon });
  const { code, stdout } = await director.lvsctl("status");
  assert.equal(code, 4, "one service has no server at all");
  assert.match(stdout, /^ {2}-> web3\.example\.com {2}out {2}Cannot resolve web3\.example\.com: .+\(EAI_/m);
  assert.equal(daemon.stderr.match(/Cannot resolve web3/g)?.length, 1, "the log says it once");
  await Deno.writeTextFile("/tmp/hosts", "127.0.0.1 localhost\n127.0.0.13 web3.example.com\n");
  await untilTable(director, { "fwmark:1": "11=1", "fwmark:2": "12=1 13=1", "fwmark:3": "13=1" }, {
    daemon,
    withinMs: 70_000,
  });
  assert.match(daemon.stderr, /: web3\.example\.com is resolved$/m);
  await Deno.writeTextFile("/tmp/hosts", "127.0.0.1 localhost\n");
  await director.must("reload");
  assert.match(daemon.stderr, /web3\.example\.com: .*; it keeps its earlier addresses$/m);
  assert.deepEqual(table(director), { "fwmark:1": "11=1", "fwmark:2": "12=1 13=1", "fwmark:3": "13=1" });
  await end(daemon);
});

Deno.test("run never takes out a server that works before the file's own serve, and treats one added later alike", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 3);
  await servers[0]?.kill();
  for (const server of ["127.0.0.12:8080", "127.0.0.13:8080"]) {
    await director.ipvsadm(["--add-service", "-f", "1"]).catch(() => {});
    await director.ipvsadm(["--add-server", "-f", "1", "-r", server, "-m"]);
  }
  await writeFile(service("fwmark:1", `${HTTP}, fallback: "127.0.0.99:80"`, [A]));
  const daemon = await startDaemon(director, "--verify 1s");
  await daemon.untilOutput(/127\.0\.0\.11:8080 is unhealthy/);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.deepEqual(table(director), { "fwmark:1": "12=1 13=1" });
  assert.match((await director.lvsctl("status")).stdout, /-> 127\.0\.0\.12:8080 {2}not in the file; stays until/);
  await servers[0]?.restart();
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon, withinMs: 10_000 });
  assert.match(
    daemon.stderr,
    /: ~ edit real server 127\.0\.0\.12:8080 .*weight 0 \(not in the file: draining\)$/m,
  );
  await director.ipvsadm(["--add-server", "-f", "1", "-r", "127.0.0.12:8080", "-m"]);
  await daemon.untilOutput(/does not name a server of the table; draining it: .*127\.0\.0\.12:8080/);
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon, withinMs: 10_000 });
  await end(daemon);
});

Deno.test("run brings up the VIPs of its file, keeps them, and removes those that only its earlier file had", async () => {
  await using director = await withDevice();
  await startServers(director, 1);
  const write = async (...list: readonly number[]): Promise<void> => {
    await writeFile(service("fwmark:1", HTTP, [A]));
    const entries = list.map((last) => `{ address: 192.0.2.${last}/32, device: vips }`);
    await Deno.writeTextFile(FILE, `vips: [${entries.join(", ")}]\n`, { append: true });
  };
  await director.must("vip add 192.0.2.30/32 --device vips");
  await write(10, 11);
  const unchanged = await startDaemon(director, "--no-vips");
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon: unchanged });
  assert.equal(await vips(director), "30");
  await end(unchanged);
  const daemon = await startDaemon(director, "--verify 1s");
  await untilVips(director, "10 11 30", { daemon });
  await ip(["address delete 192.0.2.10/32 dev vips"], DIRECTOR);
  await untilVips(director, "10 11 30", { daemon });
  await write(11, 12);
  await director.must("reload");
  await untilVips(director, "11 12 30", { daemon });
  await end(daemon);
  assert.equal(await vips(director), "11 12 30", "they stay when the daemon stops");
  await write(12);
  const next = await startDaemon(director);
  await untilVips(director, "12 30", { daemon: next });
  await end(next);
});

Deno.test("run looks after its services while a VIP's device is missing, and adds the VIP when it is there", async () => {
  await using director = await Director.create();
  await startServers(director, 1);
  await writeFile(service("fwmark:1", HTTP, [A]));
  await Deno.writeTextFile(FILE, "vips: [{ address: 192.0.2.10/32, device: vips }]\n", { append: true });
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon });
  assert.match((await director.lvsctl("status")).stdout, /^Not possible yet; trying again:\n {2}.*192\.0\.2\.10/m);
  await ip(["link add vips type dummy", "link set vips up"], DIRECTOR);
  await until(async () => await vips(director) === "10", {
    withinMs: 70_000,
    what: "the VIP",
    state: () => daemon.stderr,
  });
  await end(daemon);
});

Deno.test("apply, restore and server respect what the running daemon has taken out, and name the way that lasts", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 2);
  await writeFile(service("fwmark:1", HTTP, [A, B]));
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon });
  await servers[0]?.kill();
  await untilTable(director, { "fwmark:1": "12=1" }, { daemon });
  for (const command of [`apply ${FILE} --yes`, `restore ${FILE}`, `plan ${FILE}`]) {
    const { code, stderr } = await director.lvsctl(command);
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^lvsctl: the daemon has 127\.0\.0\.11:8080 of fwmark:1 out: connection refused \(ECONNREFUSED\)$/m,
    );
    assert.match(stderr, /"lvsctl reload" makes it read the file again$/m);
    assert.deepEqual(table(director), { "fwmark:1": "12=1" }, command);
  }
  const added = await director.lvsctl(`server add fwmark:1 ${C}`);
  assert.match(
    added.stderr,
    /drains 127\.0\.0\.13:8080, which the file does not name; add it there and run "lvsctl reload"/,
  );
  const checked = await director.lvsctl(`check ${FILE} --apply --state /tmp/check.json`);
  assert.match(checked.stderr, /manages 1 of these services already; this run does not change them/);
  await end(daemon);
  const { stderr } = await director.lvsctl(`apply ${FILE} --yes`);
  assert.equal(stderr, "", "without a daemon there is nothing to say");
  assert.deepEqual(table(director), { "fwmark:1": "11=1 12=1" });
});

Deno.test("run keeps a server in whose probes take longer than the interval", async () => {
  await using director = await Director.create();
  const script = "/tmp/slow-check";
  await Deno.writeTextFile(script, "#!/bin/sh\nsleep 1\n", { mode: 0o755 });
  await writeFile(
    service("fwmark:1", `check: { type: exec, command: ${script}, interval: 100ms, timeout: 10s, rise: 2 }`, [A]),
  );
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon, withinMs: 15_000 });
  const { stdout } = await director.run(["sh", "-c", `ps -e -o args | grep -c '^/bin/sh ${script}'`]);
  assert.ok(Number(stdout) <= 1, "one probe at a time");
  await end(daemon);
});
