import assert from "node:assert/strict";
import { Director, until } from "../director.ts";
import { ip, mustRun } from "../namespace.ts";
import { DIRECTOR } from "../network.ts";

/** A director with a directory of files. */
async function prepare(files: Readonly<Record<string, string>>): Promise<{ director: Director; directory: string }> {
  const directory = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(`${directory}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${directory}/${name}`, text);
  }
  return { director: await Director.create(), directory };
}

Deno.test("config init writes the kernel's table with comments, and restoring it changes nothing", async () => {
  const { director, directory } = await prepare({});
  await using _ = director;
  await director.load([
    "-A -t 192.0.2.10:80 -s sh -b sh-port,sh-fallback -p 300 -M 255.255.255.0",
    "-a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 3 -x 100 -y 50",
    "-a -t 192.0.2.10:80 -r 10.0.0.12:80 -i --tun-type gue --tun-port 6080",
    "-A -f 1 -6 -s rr",
    "-a -f 1 -6 -r [2001:db8::1]:0 -g -w 0",
  ]);
  await director.must("vip add 192.0.2.10 --device lo");
  const before = await director.everything();
  const file = `${directory}/lvs.yaml`;
  assert.equal(await director.must(`config init ${file}`), "");
  assert.match(await Deno.readTextFile(file), /^ {4}# check: \{ type: tcp, .*\}\n {4}# on_failure: quiesce$/m);
  const { code, stdout } = await director.lvsctl(`config check ${file}`);
  assert.deepEqual([code, stdout], [0, `${file}: valid (virtual services: 2, real servers: 3, warnings: 2)\n`]);
  assert.equal(await director.must(`restore --dry-run ${file}`), "Nothing to change\n");
  await director.must("flush --yes");
  await director.must(`restore ${file}`);
  assert.equal(await director.everything(), before);
});

Deno.test("environment variables reach the table, and an unset one changes nothing", async () => {
  const { director, directory } = await prepare({
    "lvs.yaml":
      "version: 1\nservices:\n  - listen: tcp://${VIP}:80\n    weight: ${WEIGHT:-7}\n    servers: [10.0.0.11]\n",
  });
  await using _ = director;
  await director.must(`restore ${directory}/lvs.yaml`, { env: { VIP: "192.0.2.20" } });
  assert.deepEqual(await director.rules(), [
    "-A -t 192.0.2.20:80 -s wlc",
    "-a -t 192.0.2.20:80 -r 10.0.0.11:80 -m -w 7",
  ]);
  await director.must(`restore --yes ${directory}/lvs.yaml`, { env: { VIP: "192.0.2.20", WEIGHT: "0" } });
  assert.deepEqual((await director.rules())[1], "-a -t 192.0.2.20:80 -r 10.0.0.11:80 -m -w 0");
  await director.refuses(`restore ${directory}/lvs.yaml`, {
    code: 2,
    lines: [`${directory}/lvs.yaml:3:19: the environment variable VIP is not set; set it, or write \${VIP:-DEFAULT}`],
  });
});

Deno.test("check, run and restore read included files, and problems name the included file", async () => {
  const service = (port: number): string =>
    `version: 1\nservices:\n  - listen: tcp://192.0.2.10:${port}\n    servers: [10.0.0.11]\n`;
  const { director, directory } = await prepare({
    "lvs.yaml": "version: 1\ninclude: lvs.d/*.yaml\n",
    "lvs.d/a.yaml": service(80),
    "lvs.d/b.yaml": service(443),
    "lvs.d/c.yml": "not read",
  });
  await using _ = director;
  const file = `${directory}/lvs.yaml`;
  await director.must(`check --apply --state ${directory}/state.json ${file}`);
  assert.equal((await director.rules()).length, 4);
  const daemon = director.start(["run", file]);
  await daemon.untilOutput(/watching 2 virtual services/);
  // A reload finds a new file; an invalid one changes nothing.
  await Deno.writeTextFile(`${directory}/lvs.d/d.yaml`, service(80));
  daemon.signal("SIGHUP");
  await daemon.untilOutput(
    /lvs\.d\/d\.yaml:3:13: duplicate service tcp:\/\/192\.0\.2\.10:80: line 3 of .*a\.yaml has it already/,
  );
  await Deno.writeTextFile(`${directory}/lvs.d/d.yaml`, service(8080));
  daemon.signal("SIGHUP");
  await daemon.untilOutput(/watching 3 virtual services/);
  await until(async () => (await director.rules()).length === 6, {
    withinMs: 30_000,
    what: "the third service and its server",
    state: () => daemon.stderr,
  });
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
});

Deno.test("config check warns about the sysctl, and with --kernel about addresses", async () => {
  const { director, directory } = await prepare({
    "lvs.yaml":
      "version: 1\nservices:\n  - listen: [tcp://192.0.2.10:80, tcp://192.0.2.11:80]\n    persistence: {}\n    servers: [10.0.0.11]\n",
  });
  await using _ = director;
  const file = `${directory}/lvs.yaml`;
  const sysctl = (value: number) => director.run(["sysctl", "-qw", `net.ipv4.vs.expire_quiescent_template=${value}`]);
  await ip(["addr add 192.0.2.10/32 dev lo"], DIRECTOR);
  await sysctl(0);
  const warned = await director.lvsctl(`config check ${file}`);
  assert.equal(warned.code, 0);
  assert.match(
    warned.stderr,
    /^lvsctl: .*\/lvs\.yaml:4:18: warning: .*expire_quiescent_template is 0.* \[template-kept\]\n$/,
  );
  await sysctl(1);
  await director.must(`config check --strict ${file}`);
  const { code, stderr } = await director.lvsctl(`config check --strict --kernel ${file}`);
  assert.equal(code, 2);
  assert.equal(stderr, `lvsctl: ${file}:3:35: the IPv4 address 192.0.2.11 is on no interface [vip-missing]\n`);
});

Deno.test("a host name is resolved by restore; one with several addresses or none changes nothing", async () => {
  const file = (server: string): string =>
    `version: 1\nservices:\n  - listen: tcp://192.0.2.10:80\n    servers: [${server}]\n`;
  const { director, directory } = await prepare({
    "one.yaml": file("web1.example.com:8080"),
    "several.yaml": file("pool.example.com"),
    "first.yaml": file("{ address: pool.example.com, resolve: first }"),
    "none.yaml": file("nowhere.invalid"),
  });
  await using _ = director;
  await mustRun(["mount", "--bind", new URL("examples/hosts", import.meta.url).pathname, "/etc/hosts"]);
  for (const name of ["one", "several", "first", "none"]) await director.must(`config check ${directory}/${name}.yaml`);
  await director.must(`restore ${directory}/one.yaml`);
  assert.deepEqual(await director.rules(), [
    "-A -t 192.0.2.10:80 -s wlc",
    "-a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 1",
  ]);
  await director.refuses(`restore ${directory}/several.yaml`, {
    code: 2,
    lines: [
      `${directory}/several.yaml:4:15: pool.example.com has 2 IPv4 addresses, 10.0.0.21, 10.0.0.22; ` +
      "write one of them, or set resolve to first or all",
    ],
  });
  await director.refuses(`restore ${directory}/none.yaml`, {
    code: 1,
    lines: [/none\.yaml:4:15: Cannot resolve nowhere\.invalid: .+ \(EAI_(?:NONAME|AGAIN)\)$/],
  });
  await director.must(`restore ${directory}/first.yaml`);
  assert.equal((await director.rules())[1], "-a -t 192.0.2.10:80 -r 10.0.0.21:80 -m -w 1");
});
