import assert from "node:assert/strict";
import { A, CHECK, FILE, service, startDaemon, startServers, untilTable, writeFile } from "../daemon_bench.ts";
import { Director, lvsctlPath } from "../director.ts";
import { mustRun } from "../namespace.ts";

/** What takes the place of a file. */
const PLACEMENTS: readonly (readonly [string, readonly string[], string])[] = [
  ["a named pipe", ["mkfifo"], "a named pipe"],
  ["a link to an endless device", ["ln", "-s", "/dev/zero"], "a device"],
];

/** Puts something else in the place of a file. */
async function replace(path: string, command: readonly string[]): Promise<void> {
  await Deno.remove(path);
  await mustRun([...command, path]);
}

for (const [what, command, kind] of PLACEMENTS) {
  Deno.test(`a daemon whose files become ${what} goes on checking, answers, and ends at SIGTERM`, async () => {
    await using director = await Director.create();
    const [server] = await startServers(director, 1);
    await writeFile(service("fwmark:1", `check: { type: http, ${CHECK} }`, [A]));
    const [state, overrides] = ["/tmp/daemon-state.json", "/run/lvsctl/state/overrides.json"];
    const daemon = await startDaemon(director, `--state ${state}`);
    await untilTable(director, { "fwmark:1": "11=1" }, { daemon });

    await replace(FILE, command);
    await director.refuses("reload", {
      code: 2,
      lines: [
        new RegExp(`^Cannot read ${FILE}: it is ${kind}, not a regular file$`),
        /is not valid; the previous version stays active$/,
      ],
    });
    // The only server is on the director itself.
    director.expects("server-loopback", "weights-zero");
    await director.must(`server maint fwmark:1 ${A}`);
    await untilTable(director, { "fwmark:1": "11=0" }, { daemon });
    await replace(overrides, command);
    await replace(state, command);
    // A change of health is stored.
    await server?.kill();
    await daemon.untilOutput(/not a file that lvsctl wrote; .*the previous overrides stay active/);
    await daemon.untilOutput(/not a file that lvsctl wrote; .*a restarted daemon would not know the servers' health/);
    assert.equal((await director.lvsctl("status")).stderr, "");

    daemon.signal("SIGTERM");
    assert.equal(await daemon.finished(), 0);
    for (const path of [FILE, state, overrides]) await Deno.remove(path);
  });
}

Deno.test("a daemon whose log is a full pipe goes on checking, answers, and ends at SIGTERM", async () => {
  await using director = await Director.create();
  const [server] = await startServers(director, 1);
  const valid = service("fwmark:1", `check: { type: http, ${CHECK} }`, [A]);
  await writeFile(valid);
  await mustRun(["mkfifo", "/tmp/log"]);
  // Open for both directions, so that it has a reader, which never reads.
  const script = `exec "$0" run ${FILE} 2<>/tmp/log`;
  const daemon = director.startProgram(["sh", "-c", script, lvsctlPath()]);
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon, withinMs: 20_000 });

  // Each of these reloads logs a line for each mistake, together more than a pipe takes.
  await writeFile(...Array.from({ length: 300 }, (_, index) => service(`fwmark:${index + 1}`, "schedular: rr", [A])));
  for (let count = 0; count < 10; count++) assert.equal((await director.lvsctl("reload")).code, 2);
  await server?.kill();
  await untilTable(director, { "fwmark:1": "" }, { daemon });
  assert.equal((await director.lvsctl("status")).stderr, "");

  // A reader that comes at last gets the lines from the beginning.
  const reader = director.startProgram(["cat", "/tmp/log"]);
  await reader.untilOutput(/127\.0\.0\.11:8080 .*unhealthy/);
  assert.match(reader.stdout, /^\S+Z \w+: watching 1 virtual service/m);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0, reader.stdout.slice(-2000));
  await reader.stop();
  await Deno.remove("/tmp/log");
});

Deno.test("locks and states are not reached through links, and keep the links' targets", async () => {
  await using director = await Director.create();
  const directory = "/tmp/run";
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile("/tmp/precious", "precious\n");
  const env = { LVSCTL_RUN_DIR: directory, LVSCTL_STATE_DIR: directory };
  await director.must("service add fwmark:1", { env });
  for (const { name, isFile } of [...Deno.readDirSync(directory)]) {
    if (isFile) await replace(`${directory}/${name}`, ["ln", "-s", "/tmp/precious"]);
  }
  const { code, stderr } = await director.lvsctl("service add fwmark:2", { env });
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^lvsctl: warning: Cannot use \/tmp\/run\/table-\d+\.lock: it is a symbolic link, not a file that lvsctl wrote; /,
  );
  assert.equal(await Deno.readTextFile("/tmp/precious"), "precious\n");
});
