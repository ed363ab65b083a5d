import assert from "node:assert/strict";
import { Director, lvsctlPath, shellEnvironment, until } from "../director.ts";
import { ip, mustRun } from "../namespace.ts";
import { DIRECTOR } from "../network.ts";
import { WebServer } from "../web_server.ts";

const EXAMPLES = new URL("../../../examples", import.meta.url).pathname;

/** The names of hosts that an example has. */
const HOSTS = new URL("examples/hosts", import.meta.url).pathname;

function examples(extension: string): readonly string[] {
  return [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name).filter((name) => name.endsWith(extension)).sort();
}

Deno.test("every YAML example is valid and restores to the table that is kept beside this test", async () => {
  await using director = await Director.create();
  await mustRun(["mount", "--bind", HOSTS, "/etc/hosts"]);
  // With the kernel's default, persistence is warned of.
  await director.run(["sysctl", "-qw", "net.ipv4.vs.expire_quiescent_template=1"]);
  const names = examples(".yaml");
  assert.ok(names.length >= 5, names.join(" "));
  for (const name of names) {
    const path = `${EXAMPLES}/${name}`;
    assert.match(await director.must(`config check --strict ${path}`), /: valid \(/);
    await director.must(`restore ${path} --yes`);
    const expected = await Deno.readTextFile(new URL(`examples/${name.replace(/yaml$/, "rules")}`, import.meta.url));
    assert.equal(await director.ipvsadm(["--save", "--numeric"]), expected, name);
  }
});

Deno.test("every shell example runs and does what it says", async () => {
  await using director = await Director.create();
  const env = await shellEnvironment();
  const run = async (name: string): Promise<string> => {
    const { code, stdout, stderr } = await director.run([`${EXAMPLES}/${name}`], { env });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, name);
    return stdout;
  };
  assert.deepEqual(examples(".sh"), ["plan_apply.sh", "save_restore.sh", "shell_loop.sh"], "each has its test here");

  const rules = [
    "-A -t 192.0.2.10:80 -s wrr",
    "-a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 1",
    "-a -t 192.0.2.10:80 -r 10.0.0.12:8080 -m -w 2",
    "-a -t 192.0.2.10:80 -r 10.0.0.13:8080 -m -w 3",
  ];
  assert.match(await run("shell_loop.sh"), /-> 10\.0\.0\.13:8080 +nat +3 +0 +0\n$/);
  assert.deepEqual(await director.rules(), rules);
  // Again, with a server that has another weight by now.
  await director.ipvsadm(["-e", "-t", "192.0.2.10:80", "-r", "10.0.0.12:8080", "-m", "-w", "9", "-x", "7"]);
  await run("shell_loop.sh");
  assert.deepEqual(await director.rules(), rules);

  await director.ipvsadm(["--set", "100", "20", "30"]);
  const before = await director.everything();
  assert.equal(await run("save_restore.sh"), "restored\n");
  assert.equal(await director.everything(), before);

  assert.match(
    await run("plan_apply.sh"),
    /^~ edit real server 10\.0\.0\.11:8080 .*: weight 1 -> 5\n[^]*\ngone back\n$/,
  );
  assert.equal(await director.everything(), before);
});

/** The example as it would be installed, with the paths of this test for those of a machine. */
async function installed(name: string, file: string): Promise<string> {
  const text = await Deno.readTextFile(`${EXAMPLES}/${name}`);
  return text.replaceAll("/etc/lvsctl/lvsctl.yaml", file).replaceAll("/usr/local/sbin/lvsctl", lvsctlPath());
}

Deno.test("the commands of the cron and systemd examples run with the web example", async () => {
  await using director = await Director.create();
  await ip(["addr add 10.0.0.11/32 dev lo", "addr add 10.0.0.12/32 dev lo"], DIRECTOR);
  const start = director.startProgram.bind(director);
  const servers = [
    await WebServer.start({ start, endpoint: "10.0.0.11:8080" }),
    await WebServer.start({ start, endpoint: "10.0.0.12:8080" }),
  ];
  const file = `${EXAMPLES}/web.yaml`;
  const crontab = await installed("cron/lvsctl", file);
  const [, command = ""] = /^\* \* \* \* \* root (.+)$/m.exec(crontab) ?? [];
  // As cron runs it: with the variables of the file and few others. The guest has no log, so a program stands in for it.
  await Deno.mkdir("/tmp/bin");
  await Deno.writeTextFile("/tmp/bin/logger", '#!/bin/sh\necho "$*" >>/tmp/cron.log\ncat >>/tmp/cron.log\n', {
    mode: 0o755,
  });
  const path = /^PATH=(.+)$/m.exec(crontab)?.[1];
  assert.ok(path?.split(":").includes("/usr/local/sbin"));
  const env = { ...await shellEnvironment(), PATH: `/tmp/bin:${path}` };
  // Twice, for the example's rise of 2.
  for (let run = 1; run <= 2; run++) {
    assert.deepEqual(await director.run(["sh", "-c", command], { env }), { code: 0, stdout: "", stderr: "" });
  }
  const round = "-t lvsctl -p daemon.info\ntcp://192.0.2.10:80 (web): 2 of 2 healthy\n";
  assert.equal((await Deno.readTextFile("/tmp/cron.log")).split(round).length, 3, "both rounds are in the log");
  const healthy = [
    "-A -t 192.0.2.10:80 -s wlc",
    "-a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 1",
    "-a -t 192.0.2.10:80 -r 10.0.0.12:8080 -m -w 3",
  ];
  assert.deepEqual(await director.rules(), healthy);
  await servers[1]?.kill();
  await director.run(["sh", "-c", command], { env });
  assert.match(await Deno.readTextFile("/tmp/cron.log"), /\(web\): 1 of 2 healthy/);

  const unit = await installed("systemd/lvsctl.service", file);
  for (const name of ["lvsctl.service", "lvsctl-restore.service"]) {
    // The manual page belongs to the package.
    const text = (await installed(`systemd/${name}`, file)).replace(/^Documentation=man:.*\n/m, "");
    await Deno.writeTextFile(`/tmp/${name}`, text);
    const verified = await director.run(["systemd-analyze", "verify", `/tmp/${name}`]);
    assert.doesNotMatch(verified.stderr, /lvsctl/, "systemd knows every key");
    assert.equal(verified.code, 0, verified.stderr);
  }
  const setting = (key: string): string => new RegExp(`^${key}=(.+)$`, "m").exec(unit)?.[1] ?? "";
  // As systemd holds it, as far as that can be had without systemd.
  const capabilities = setting("CapabilityBoundingSet").toLowerCase().split(" ").map((name) => `+${name.slice(4)}`);
  const held = ["setpriv", "--no-new-privs", `--bounding-set=-all,${capabilities.join(",")}`];
  const daemon = director.startProgram([...held, ...setting("ExecStart").split(" ")]);
  await daemon.untilOutput(/watching 1 virtual service with 2 checks/);
  await until(async () => (await director.rules()).includes("-a -t 192.0.2.10:80 -r 10.0.0.12:8080 -m -w 0"), {
    withinMs: 10_000,
    what: "the server that died is quiesced",
    state: () => daemon.stderr,
  });
  const reload = await director.run([...held, ...setting("ExecReload").split(" ")]);
  assert.deepEqual({ code: reload.code, stderr: reload.stderr }, { code: 0, stderr: "" });
  await daemon.untilOutput(/watching 1 virtual service with 2 checks\n[^]*watching/);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
});
