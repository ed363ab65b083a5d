import assert from "node:assert/strict";
import { Director, lines, lvsctlPath, until } from "../director.ts";
import type { Download } from "../download.ts";
import { inNamespace, ip, mustRun } from "../namespace.ts";
import { CLIENT, createDrNetwork, DIRECTOR } from "../network.ts";
import type { SlowAnswer } from "../slow_server.ts";
import { denoProgram } from "../traffic.ts";

const PORT = 9000;

/** A real server of the network that is made the second director. */
const BACKUP = "r2";

Deno.test("sync start, status and stop, with every option", async () => {
  await using director = await Director.create();
  assert.equal(await director.must("sync status"), "No sync daemon runs\n");
  await director.must("sync start master -i lo --sync-id 7 --group 224.0.0.99 --port 9000 --ttl 3 --max-length 1400");
  await director.must("sync start backup --interface lo --sync-id 0");
  const shown = lines(await director.ipvsadm(["--list", "--daemon"])).map((line) => line.trim());
  assert.deepEqual(shown, [
    "master sync daemon (mcast=lo, syncid=7, maxlen=1400, group=224.0.0.99, port=9000, ttl=3)",
    "backup sync daemon (mcast=lo, syncid=0, maxlen=65507, group=224.0.0.81, port=8848, ttl=1)",
  ]);
  assert.deepEqual(await director.items("sync status", { key: "sync_daemons" }), [
    { role: "master", interface: "lo", sync_id: 7, max_length: 1400, group: "224.0.0.99", port: 9000, ttl: 3 },
    { role: "backup", interface: "lo", sync_id: 0, max_length: 65507, group: "224.0.0.81", port: 8848, ttl: 1 },
  ]);
  await director.refuses("sync start master -i lo --sync-id 7", {
    code: 1,
    lines: [/^Cannot start sync daemon master on lo: it runs already \(EEXIST\); stop it first/],
  });
  await director.refuses("sync start master -i lo --sync-id 7 --dry-run", { code: 1, lines: [/it runs already/] });
  await director.must("sync stop master");
  await director.must("sync stop backup");
  assert.equal(await director.ipvsadm(["--list", "--daemon"]), "");
  await director.refuses("sync stop backup", {
    code: 1,
    lines: ["Cannot stop sync daemon backup: it does not run (ESRCH)"],
  });
  await director.refuses("sync start backup -i nosuch --sync-id 1", {
    code: 1,
    lines: [/^Cannot start sync daemon backup on nosuch: there is no interface "nosuch" \(ENODEV\)/],
  });
});

/** Runs lvsctl on the second director, where it has to succeed. */
async function onBackup(words: string): Promise<string> {
  const { code, stdout, stderr } = await inNamespace(BACKUP, [lvsctlPath(), ...words.split(" ")]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, words);
  return stdout;
}

/** A connection that moves to the second director while it is open. */
async function moveConnection(synchronized: boolean): Promise<string> {
  await using network = await createDrNetwork({ servers: 2 });
  await using director = await Director.of(network);
  const { vip, servers } = network;
  const [server] = servers;
  assert.ok(server !== undefined);
  // The second director takes the VIP later, and until then does not have it.
  await ip([`addr del ${vip.ipv4}/32 dev lo`, `addr del ${vip.ipv6}/128 dev lo`], BACKUP);
  await mustRun(
    ["ip", "netns", "exec", BACKUP, "sysctl", "-qw"].concat(
      ["net.ipv4.conf.all.arp_ignore=0", "net.ipv4.conf.all.arp_announce=0", "net.ipv4.ip_forward=1"],
    ),
  );
  const service = `tcp://${vip.ipv4}:${PORT}`;
  for (const words of [`service add ${service} -s rr`, `server add ${service} ${server.ipv4} --forward dr`]) {
    await director.must(words);
    await onBackup(words);
  }
  if (synchronized) {
    await director.must("sync start master --interface eth0 --sync-id 7");
    await onBackup("sync start backup --interface eth0 --sync-id 7");
  }

  const slow: SlowAnswer = { name: server.name, port: PORT, lines: 80 };
  await network.start(server.name, denoProgram("slow_server.ts", slow)).untilOutput(/^ready\n/);
  const request: Download = { address: vip.ipv4, port: PORT };
  const download = network.start(CLIENT, denoProgram("download.ts", request));
  await download.untilOutput(/^from r1\n/);
  const listed = "connections --state ESTABLISHED --json";
  const own = await director.items("connections --state ESTABLISHED", { key: "connections" });
  assert.equal(own.length, 1);
  if (synchronized) {
    let seen: readonly Record<string, unknown>[] = [];
    await until(async () => {
      seen = JSON.parse(await onBackup(listed)).connections;
      return seen.length > 0;
    }, { withinMs: 6000, what: "the backup has the connection" });
    const [entry] = seen;
    assert.deepEqual([entry?.["client"], entry?.["service"], entry?.["server"]], [
      own[0]?.["client"],
      service,
      `${server.ipv4}:${PORT}`,
    ]);
  } else assert.deepEqual(JSON.parse(await onBackup(listed)).connections, []);

  await ip([`addr del ${vip.ipv4}/32 dev eth0`], DIRECTOR);
  await ip([`addr add ${vip.ipv4}/32 dev eth0`], BACKUP);
  // In place of an announcement.
  await ip([`neigh flush to ${vip.ipv4} dev eth0`], CLIENT);
  await download.untilOutput(/\n(complete|failed).*\n/, { timeLimitSeconds: 30 });
  return download.stdout;
}

Deno.test("an established connection survives moving the VIP to a director that has been told of it", async () => {
  assert.equal(await moveConnection(true), "from r1\ncomplete 80\n");
});

Deno.test("without sync daemons it does not", async () => {
  assert.match(await moveConnection(false), /^from r1\nfailed .*\n$/);
});
