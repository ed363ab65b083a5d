import assert from "node:assert/strict";
import { A, B, CHECK, service, startDaemon, startServers, untilTable, writeFile } from "../daemon_bench.ts";
import { AS_NOBODY, Director, lines } from "../director.ts";

const HTTP = `check: { type: http, ${CHECK} }`;

/** The values of a metric's samples, by their labels. */
function samples(text: string, name: string): Readonly<Record<string, number>> {
  const found = lines(text).filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return Object.fromEntries(found.map((line) => {
    const end = line.lastIndexOf(" ");
    return [line.slice(name.length, end), Number(line.slice(end + 1))];
  }));
}

Deno.test("a daemon's metrics have kinds of failures, the lateness of checks in their thread, and its process", async () => {
  await using director = await Director.create();
  await startServers(director, 1);
  await writeFile(
    service("fwmark:1", `name: web, ${HTTP}, notify: [{ type: exec, command: [/bin/false] }]`, [A, B]),
  );
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon });
  const { code, stdout, stderr } = await director.lvsctl("metrics");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(samples(stdout, "lvsctl_server_last_error_info"), {
    [`{virtual_service="fwmark:1",real_server="${B}",class="refused"}`]: 1,
  });
  const { "": started = 0 } = samples(stdout, "lvsctl_check_lateness_seconds_count");
  const checks = Object.values(samples(stdout, "lvsctl_server_checks_total")).reduce((sum, value) => sum + value, 0);
  assert.ok(started >= checks && checks > 2, `${started} starts, ${checks} checks`);
  const { "": descriptors = 0 } = samples(stdout, "process_open_fds");
  const { "": memory = 0 } = samples(stdout, "process_virtual_memory_bytes");
  assert.ok(descriptors > 5 && memory > 2 ** 24, `${descriptors} descriptors, ${memory} bytes`);
  assert.equal(Object.keys(samples(stdout, "lvsctl_notifications_queued"))[0], '{destination="exec 1"}');
  const checked = await director.run(["promtool", "check", "metrics"], { stdin: stdout });
  assert.deepEqual([checked.code, checked.stdout + checked.stderr], [0, ""]);
  await daemon.stop();
});

Deno.test("a plugin's line has the kernel's counters for root alone, and status 3 without a daemon", async () => {
  await using director = await Director.create();
  const none = await director.lvsctl("status --format nagios");
  assert.deepEqual([none.code, none.stderr], [3, ""]);
  assert.match(none.stdout, /^UNKNOWN - no daemon runs here/);
  await startServers(director, 1);
  await writeFile(service("fwmark:1", `name: web, ${HTTP}`, [A, B]));
  const daemon = await startDaemon(director, "--socket-group nogroup");
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon });
  const root = await director.lvsctl("status --format nagios");
  assert.deepEqual([root.code, root.stderr], [1, ""]);
  assert.match(
    root.stdout,
    /^WARNING - 1 of 2 servers unhealthy: 127\.0\.0\.12:8080 of web \(connection refused .*\) \| .* 'conns'=\d+c /,
  );
  const nobody = await director.lvsctl("status --format nagios", { through: AS_NOBODY });
  assert.deepEqual([nobody.code, nobody.stderr], [1, ""]);
  assert.match(nobody.stdout, /^WARNING - [^|]* \| 'healthy'=1;;;0;2 'unhealthy'=1;;;0;2 'below_quorum'=0;;;0;1\n$/);
  await daemon.stop();
});
