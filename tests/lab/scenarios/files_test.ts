/**
 * Files around a change, with the compiled program on a real kernel: saved plans, the effective file, one entry of the
 * history, and names of services without a daemon.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Director } from "../director.ts";

const WEB = "tcp://192.0.2.10:80";

const FILE = `version: 1
defaults: { scheduler: rr, weight: 2 }
include: /tmp/files/lvs.d/*.yaml
services:
  - name: web
    listen: ${WEB}
    check: { type: http, bearer: S3CR3T }
    servers: ["10.0.0.[11-12]:8080"]
`;

const MAIL = `version: 1
services:
  - { name: mail, listen: tcp://192.0.2.10:25, servers: [10.0.0.21] }
`;

const RULES = [
  "-A -t 192.0.2.10:25 -s rr",
  "-a -t 192.0.2.10:25 -r 10.0.0.21:25 -m -w 2",
  "-A -t 192.0.2.10:80 -s rr",
  "-a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 2",
  "-a -t 192.0.2.10:80 -r 10.0.0.12:8080 -m -w 2",
];

/** Writes the files; returns the path of the main one. */
async function writeFiles(): Promise<string> {
  await Deno.mkdir("/tmp/files/lvs.d", { recursive: true });
  await Deno.writeTextFile("/tmp/files/lvsctl.yaml", FILE);
  await Deno.writeTextFile("/tmp/files/lvs.d/mail.yaml", MAIL);
  return "/tmp/files/lvsctl.yaml";
}

Deno.test("apply --plan makes the changes of plan --out, and refuses a table or a file that has changed", async () => {
  await using director = await Director.create();
  const file = await writeFiles();
  const planned = await director.must(`plan ${file} --out /tmp/files/web.plan`);
  assert.match(planned, /\nSaved; "lvsctl apply --plan \/tmp\/files\/web\.plan" makes these changes in this state\n$/);
  assert.deepEqual(await director.rules(), []);
  await director.ipvsadm(["-A", "-t", "192.0.2.10:80", "-s", "wlc"]);
  const changed = await director.lvsctl("apply --plan /tmp/files/web.plan --yes");
  assert.equal(changed.code, 1);
  assert.match(changed.stderr, /the table has changed since the plan was made: .*; nothing was changed; plan again\n$/);
  await director.ipvsadm(["-D", "-t", "192.0.2.10:80"]);
  await Deno.writeTextFile("/tmp/files/lvs.d/mail.yaml", MAIL.replace("10.0.0.21", "10.0.0.22"));
  const other = await director.lvsctl("apply --plan /tmp/files/web.plan --yes");
  assert.equal(other.code, 1);
  assert.match(
    other.stderr,
    /lvsctl\.yaml or the plan itself has changed since the plan was made; nothing was changed; plan again\n$/,
  );
  assert.deepEqual(await director.rules(), []);
  await writeFiles();
  await director.must("apply --plan /tmp/files/web.plan --yes");
  assert.deepEqual(await director.rules(), RULES.toSorted());
});

Deno.test("the file that config show prints makes the same table, and has no secret", async () => {
  await using director = await Director.create();
  const file = await writeFiles();
  const { code, stdout, stderr } = await director.lvsctl(`config show ${file}`);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /S3CR3T|include|defaults|\[11-12\]/);
  assert.match(stderr, /^lvsctl: 1 value is not printed, because of secrets; /);
  await director.must("apply - --yes", { stdin: stdout });
  assert.deepEqual(await director.rules(), RULES.toSorted());
  assert.equal((await director.lvsctl(`plan ${file} --exit-code`)).code, 0);
});

Deno.test("save names the schema, restore reads that as fast as before, and plan of it is empty", async () => {
  await using director = await Director.create();
  await director.must(`apply ${await writeFiles()} --yes`);
  const saved = await director.must("save");
  assert.match(
    saved,
    /^# .*\n# yaml-language-server: \$schema=\/usr\/share\/lvsctl\/lvsctl\.schema\.json\nversion: 1\n/,
  );
  assert.match(await director.must("plan - --exit-code", { stdin: saved }), /^Nothing to change\n/);
  await director.must("flush --yes");
  await director.must("restore - --yes", { stdin: saved });
  assert.deepEqual(await director.rules(), RULES.toSorted());
});

Deno.test("undo of an earlier change keeps a later one, and refuses if both are about the same", async () => {
  await using director = await Director.create();
  const file = await writeFiles();
  await director.must(`apply ${file} --yes`);
  const other = 'version: 1\nservices: [{ listen: "fwmark:7", scheduler: rr, servers: [10.0.0.7] }]\n';
  await director.must("apply - --yes", { stdin: other });
  await director.must("apply - --yes", { stdin: other.replace("10.0.0.7", "10.0.0.8") });
  const entries = await director.items("history", { key: "entries" });
  const [first, second, third] = entries.slice(-3).map(({ id }) => String(id));
  assert.match(
    await director.must(`history show ${third}`),
    /\n\+ add real server 10\.0\.0\.8:0 of fwmark:7: nat, weight 1\n/,
  );
  const refused = await director.lvsctl(`undo ${second} --yes`);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`run "lvsctl undo ${third}" first`));
  await director.must(`undo ${first} --yes`);
  assert.deepEqual(await director.rules(), ["-A -f 7 -s rr", "-a -f 7 -r 10.0.0.8:0 -m -w 1"]);
  const before = await director.must(`history show ${third} --before`);
  await director.must("apply - --yes --drain 0s", { stdin: before });
  assert.deepEqual(await director.rules(), ["-A -f 7 -s rr", "-a -f 7 -r 10.0.0.7:0 -m -w 1"]);
});

Deno.test("commands of every bundle take the names of the default file without a daemon", async () => {
  await using director = await Director.create();
  const file = await writeFiles();
  await director.must(`apply ${file} --yes`);
  const env = { LVSCTL_FILE: file };
  for (
    const words of [
      "list web",
      "service show web",
      "server list mail",
      "server edit web 10.0.0.11:8080 --weight 5",
      "zero web",
    ]
  ) {
    await director.must(words, { env });
  }
  await director.must("batch -", { env, stdin: "server edit mail 10.0.0.21 --weight 6\n" });
  const explained = await director.lvsctl("explain 198.51.100.7 web", { env });
  assert.match(explained.stdout, /^198\.51\.100\.7 to tcp:\/\/192\.0\.2\.10:80: /);
  const rules = await director.rules();
  assert.ok(rules.includes("-a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 5"), rules.join("\n"));
  assert.ok(rules.includes("-a -t 192.0.2.10:25 -r 10.0.0.21:25 -m -w 6"), rules.join("\n"));
  assert.match(
    (await director.lvsctl("service show wbe", { env })).stderr,
    /no service has the name "wbe"; did you mean "web"/,
  );
});
