import assert from "node:assert/strict";
import { systemSurroundings } from "../../../../cli/context/surroundings.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { FixtureTree } from "../../../support/fixture_tree.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

const A = `version: 1
services:
  - name: web
    listen: tcp://192.0.2.10:80
    check: { type: http, path: / }
    servers: [10.0.0.11:80, { address: "10.0.0.12:80", check: none }]
  - listen: udp://192.0.2.10:53
    servers: [10.0.0.11:53]
`;

const B = `version: 1
timeouts: { tcp: 20m }
sync_daemons: [{ role: master, interface: eth0, sync_id: 3 }]
services:
  - name: web
    listen: tcp://192.0.2.10:80
    scheduler: wrr
    check: { type: http, path: / }
    servers: [{ address: "10.0.0.11:80", weight: 3 }, { address: "10.0.0.13:80", check: none }]
`;

/** Compares files of a tree by a command line, in which "%" is the tree's directory. */
async function diff(files: Readonly<Record<string, string>>, line = "%/a.yaml %/b.yaml", stdin = ""): Promise<Printed> {
  using tree = new FixtureTree(files);
  return await lvsctl(`config diff ${line.replaceAll("%", tree.root)}`, { stdin });
}

Deno.test("config diff prints the plan of the second file for a table that the first one describes", async () => {
  for (const [before, after] of [[A, B], [B, A]] as const) {
    using tree = new FixtureTree({ "a.yaml": before, "b.yaml": after });
    const kernel = memoryKernel({});
    assert.equal((await lvsctl(`apply ${tree.root}/a.yaml --yes`, { kernel })).code, EXIT.ok);
    const planned = await lvsctl(`plan ${tree.root}/b.yaml --prune --drain 0s`, { kernel });
    const { out } = await lvsctl(`config diff ${tree.root}/a.yaml ${tree.root}/b.yaml`);
    // The kernel has timeouts already, whatever the files say.
    const lines = (text: string): readonly string[] =>
      text.split("\nFor the daemon:\n")[0]?.split("\n")
        .filter((each) => each !== "" && !each.startsWith("State of"))
        .map((each) => each.replace(/timeouts: tcp \S+/, "timeouts: tcp -")) ?? [];
    assert.ok(lines(out).length > 5, out);
    assert.deepEqual(lines(out), lines(planned.out));
  }
});

Deno.test("config diff finds nothing in files that mean the same", async () => {
  const same = A.replace(
    "servers: [10.0.0.11:53]",
    "servers:\n      # the resolver\n      - { weight: 1, address: '10.0.0.11:53' }",
  );
  assert.deepEqual(await diff({ "a.yaml": A, "b.yaml": same }, "%/a.yaml %/b.yaml --exit-code"), {
    code: EXIT.ok,
    out: "Nothing to change\n",
    err: "",
  });
});

Deno.test("config diff takes the place of a file from standard input", async () => {
  const files = { "a.yaml": A, "b.yaml": B };
  const { out } = await diff(files);
  assert.equal((await diff(files, "- %/b.yaml", A)).out, out);
  assert.equal((await diff(files, "%/a.yaml -", B)).out, out);
  const { code, err } = await diff(files, "- -", A);
  assert.equal(code, EXIT.usage);
  assert.match(
    err,
    /^lvsctl: Cannot compare the files: standard input can be one of the files only; name the other one\n/,
  );
});

/** Changes of the first file, and the line about them. */
const DAEMON: readonly (readonly [from: string, to: string, line: string])[] = [
  ["path: / }", "path: /health }", "~ check of tcp://192.0.2.10:80 (web)"],
  ["check: none }]", "check: { type: tcp } }]", "~ check of tcp://192.0.2.10:80 (web)"],
  ["    check: {", "    quorum: 2\n    check: {", "~ quorum of tcp://192.0.2.10:80 (web)"],
  ["    check: {", "    on_failure: quiesce\n    check: {", "~ on_failure of tcp://192.0.2.10:80 (web)"],
  ["    check: {", "    panic_threshold: 1\n    check: {", "~ panic_threshold of tcp://192.0.2.10:80 (web)"],
  ["    check: {", "    fallback: 10.0.0.99:80\n    check: {", "~ fallback of tcp://192.0.2.10:80 (web)"],
  ["    check: {", "    drain: 5m\n    check: {", "~ drain of tcp://192.0.2.10:80 (web)"],
  ["    check: {", "    slow_start: 1m\n    check: {", "~ slow_start of tcp://192.0.2.10:80 (web)"],
  ["    check: {", "    agent: { type: tcp, port: 9999 }\n    check: {", "~ agent of tcp://192.0.2.10:80 (web)"],
  [
    "    check: {",
    "    notify: [{ type: exec, command: [/bin/true] }]\n    check: {",
    "~ notify of tcp://192.0.2.10:80 (web)",
  ],
  ["name: web", "name: shop", "~ name of tcp://192.0.2.10:80 (shop)"],
  ["version: 1\n", "version: 1\nmetrics: { listen: '127.0.0.1:9180' }\n", "~ metrics of the file"],
  ["version: 1\n", "version: 1\nhealth_sharing: { quorum: 2 }\n", "~ health_sharing of the file"],
];

for (const [from, to, line] of DAEMON) {
  Deno.test(`config diff names what only the daemon uses: ${line.split(" ")[1]} by ${JSON.stringify(to)}`, async () => {
    const { code, out } = await diff({ "a.yaml": A, "b.yaml": A.replace(from, to) }, "%/a.yaml %/b.yaml --exit-code");
    assert.deepEqual([code, out], [EXIT.differs, `For the daemon:\n${line}\n`]);
  });
}

Deno.test("config diff prints no value that only the daemon uses, because it may be a secret", async () => {
  const secret = A.replace("path: / }", 'path: /, headers: ["Authorization: Bearer sesame"] }');
  for (const option of ["", " --json"]) {
    const { out } = await diff({ "a.yaml": A, "b.yaml": secret }, `%/a.yaml %/b.yaml${option}`);
    assert.match(out, /check/);
    assert.doesNotMatch(out, /sesame/);
  }
});

Deno.test("config diff refuses a file that is not valid", async () => {
  const { code, out, err } = await diff({ "a.yaml": A, "b.yaml": B.replace("scheduler", "schedule") });
  assert.deepEqual([code, out], [EXIT.usage, ""]);
  assert.match(err, /b\.yaml:7:5: unknown key "schedule"/);
});

Deno.test("config diff compares host names with an address by it, and others and sources by their names", async () => {
  const servers = (...names: readonly string[]): string =>
    `version: 1\nservices:\n  - { listen: tcp://192.0.2.10:80, servers: [${names.join(", ")}] }\n`;
  using tree = new FixtureTree({
    "a.yaml": servers("known:80", "lost:80", "{ srv: _http._tcp.a }"),
    "b.yaml": servers("10.0.0.11:80", "lost:80", "{ srv: _http._tcp.a }"),
    "c.yaml": servers("known:80", "lost:80", "{ srv: _http._tcp.b }"),
    "d.yaml": servers("known:80", "lost:80", "{ srv: _http._tcp.a, max_loss: 10 }"),
  });
  const { files } = systemSurroundings();
  const surroundings = { ...surroundingsOf({ hosts: { known: ["10.0.0.11"] } }), files };
  const same = await lvsctl(`config diff ${tree.root}/a.yaml ${tree.root}/b.yaml`, { surroundings });
  assert.deepEqual([same.code, same.out], [EXIT.ok, "Nothing to change\n"]);
  assert.match(same.err, /^lvsctl: warning: \S+\/a\.yaml: lost is compared by its name: .*\(EAI_NONAME\)$/m);
  const { out } = await lvsctl(`config diff ${tree.root}/a.yaml ${tree.root}/c.yaml`, { surroundings });
  assert.equal(out, "For the daemon:\n~ servers of tcp://192.0.2.10:80\n~ sources of the file\n");
  const settings = await lvsctl(`config diff ${tree.root}/a.yaml ${tree.root}/d.yaml --exit-code`, { surroundings });
  assert.deepEqual([settings.code, settings.out], [EXIT.differs, "For the daemon:\n~ sources of the file\n"]);
});
