import assert from "node:assert/strict";
import { systemSurroundings } from "../../../../cli/context/surroundings.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { FixtureTree } from "../../../support/fixture_tree.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

const WEB = `version: 1
services:
  - { name: web, listen: tcp://192.0.2.10:80, servers: [10.0.0.11] }
`;

const MAIL = WEB.replace("web", "mail").replace(":80", ":25");

const BROKEN = WEB.replace("listen", "lisen");

/** Runs a command line with the tree's directory in place of "%". */
async function run(tree: FixtureTree, line: string): Promise<Printed> {
  const { code, out, err } = await lvsctl(line.replaceAll("%", tree.root));
  return { code, out: out.replaceAll(tree.root, "%"), err: err.replaceAll(tree.root, "%") };
}

Deno.test("config check of several files reports each by its name, and ends with the worst status", async () => {
  using tree = new FixtureTree({ "web.yaml": WEB, "broken.yaml": BROKEN, "mail.yaml": MAIL });
  const good = await run(tree, "config check %/web.yaml %/mail.yaml");
  assert.deepEqual(good, {
    code: EXIT.ok,
    out:
      "%/web.yaml: valid (virtual services: 1, real servers: 1)\n%/mail.yaml: valid (virtual services: 1, real servers: 1)\n",
    err: "",
  });
  const bad = await run(tree, "config check %/web.yaml %/broken.yaml %/none.yaml %/mail.yaml");
  assert.deepEqual([bad.code, bad.out], [EXIT.usage, good.out]);
  assert.match(
    bad.err,
    /^lvsctl: %\/broken\.yaml:3:5: missing key listen: .*\nlvsctl: %\/broken\.yaml:3:18: unknown key "lisen"; .*\nlvsctl: Cannot read %\/none\.yaml: No such file or directory \(ENOENT\)\n$/,
  );
});

Deno.test("config check of several files reports what two of them have, with --strict as an error", async () => {
  using tree = new FixtureTree({
    "a.yaml": `${WEB}vips: [{ address: 192.0.2.10, device: eth0 }]\n`,
    "b.yaml": `${WEB}vips: [{ address: 192.0.2.10, device: eth1 }]\n`,
    "c.yaml": MAIL,
  });
  const conflicts = ["tcp://192.0.2.10:80", "the name web", "the VIP 192.0.2.10"];
  const loose = await run(tree, "config check %/a.yaml %/b.yaml %/c.yaml");
  assert.equal(loose.code, EXIT.ok);
  assert.equal(
    loose.err,
    conflicts.map((what) => `lvsctl: warning: both %/a.yaml and %/b.yaml have ${what}\n`).join(""),
  );
  const strict = await run(tree, "config check --strict %/a.yaml %/b.yaml");
  assert.equal(strict.code, EXIT.usage);
  assert.equal(strict.err, conflicts.map((what) => `lvsctl: both %/a.yaml and %/b.yaml have ${what}\n`).join(""));
});

Deno.test("config check takes a file and a file that it includes for no conflict", async () => {
  using tree = new FixtureTree({
    "main.yaml": "version: 1\ninclude: lvs.d/*.yaml\n",
    "other.yaml": "version: 1\ninclude: lvs.d/web.yaml\n",
    "lvs.d/web.yaml": WEB,
  });
  const { code, err } = await run(tree, "config check --strict %/main.yaml %/lvs.d/web.yaml %/other.yaml %/main.yaml");
  assert.deepEqual([code, err], [EXIT.ok, ""]);
});

Deno.test("config check --json of several files has a document for each, and the conflicts", async () => {
  using tree = new FixtureTree({ "a.yaml": WEB, "b.yaml": WEB, "broken.yaml": BROKEN });
  const { code, out } = await run(tree, "config check --json %/a.yaml %/b.yaml %/broken.yaml %/none.yaml");
  assert.equal(code, EXIT.usage);
  const { valid, files, conflicts } = JSON.parse(out);
  assert.equal(valid, false);
  assert.deepEqual(
    files.map(({ file, valid: each }: { readonly file: string; readonly valid: boolean }) => [file, each]),
    [["%/a.yaml", true], ["%/b.yaml", true], ["%/broken.yaml", false], ["%/none.yaml", false]],
  );
  assert.deepEqual([files[2].problems[0].line, files[2].problems[0].column], [3, 5]);
  assert.deepEqual(conflicts[0], { what: "tcp://192.0.2.10:80", files: ["%/a.yaml", "%/b.yaml"] });
});

const SPREAD: Readonly<Record<string, string>> = {
  "lvsctl.yaml": `version: 1
include: lvs.d/*.yaml
defaults: { scheduler: rr, weight: 2 }
services:
  - listen: tcp://192.0.2.10:[80-81]
    check: { type: http, bearer: "s3cret" }
    servers: ["10.0.0.[11-12]:\${PORT}"]
`,
  "lvs.d/mail.yaml": MAIL,
};

Deno.test("apply and plan of what config show prints do the same as with the file", async () => {
  const surroundings = surroundingsOf({ files: SPREAD, variables: { PORT: "8080" } });
  const [kernel, other] = [memoryKernel({}), memoryKernel({})];
  const stdin = SPREAD["lvsctl.yaml"] ?? "";
  const shown = await lvsctl("config show -", { stdin, surroundings });
  assert.equal(shown.code, EXIT.ok);
  assert.doesNotMatch(shown.out, /s3cret|include|defaults|\$|\[11-12\]/);
  assert.equal(
    shown.err,
    "lvsctl: 1 value is not printed, because of secrets; the table of this file is the same, but its checks, agents and " +
      "notifications need these values\n",
  );
  const bare = surroundingsOf({});
  const plans = [
    await lvsctl("plan -", { kernel, stdin, surroundings }),
    await lvsctl("plan -", { kernel: other, stdin: shown.out, surroundings: bare }),
  ];
  assert.equal(plans[0]?.out, plans[1]?.out);
  await lvsctl("apply - --yes", { kernel, stdin, surroundings });
  await lvsctl("apply - --yes", { kernel: other, stdin: shown.out, surroundings: bare });
  using one = kernel.openClient();
  using two = other.openClient();
  assert.deepEqual(stateOf(two), stateOf(one));
  assert.equal(stateOf(one).services.length, 3);
});

Deno.test("config show reports every problem of a file that is not valid, and prints nothing", async () => {
  const { code, out, err } = await lvsctl("config show -", { stdin: BROKEN });
  assert.deepEqual([code, out], [EXIT.usage, ""]);
  assert.match(err, /^lvsctl: <stdin>:3:5: missing key listen: .*\nlvsctl: <stdin>:3:18: unknown key "lisen"/);
});

Deno.test("config show and config check without a file take the default file", async () => {
  using tree = new FixtureTree({ "lvsctl.yaml": WEB });
  const file = `${tree.root}/lvsctl.yaml`;
  const surroundings = {
    ...systemSurroundings(),
    variables: (name: string) => name === "LVSCTL_FILE" ? file : undefined,
  };
  assert.match(
    (await lvsctl("config show", { surroundings })).out,
    /^# The effective content of \S+lvsctl\.yaml\nversion: 1\n/,
  );
  assert.match((await lvsctl("config check", { surroundings })).out, /lvsctl\.yaml: valid/);
});

Deno.test("config fmt prints the file in one layout, or replaces it with --write if it differs", async () => {
  const stdin = "version:   1\nservices:\n- {listen: fwmark:1} # mark\n";
  const formatted = "version: 1\nservices:\n  - { listen: fwmark:1 } # mark\n";
  const printed = await lvsctl("config fmt -", { stdin });
  assert.deepEqual([printed.code, printed.out, printed.err], [0, formatted, ""]);
  assert.equal((await lvsctl("config fmt --write -", { stdin })).code, 2);
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, stdin);
    const { code, out } = await lvsctl(`config fmt --write ${path}`);
    assert.deepEqual([code, out, Deno.readTextFileSync(path)], [0, "", formatted]);
    Deno.utimeSync(path, 5, 5);
    await lvsctl(`config fmt --write ${path}`);
    assert.equal(Deno.statSync(path).mtime?.getTime(), 5000, "a formatted file is not written");
    Deno.writeTextFileSync(path, "a: [\n");
    const broken = await lvsctl(`config fmt --write ${path}`);
    assert.equal(broken.code, 2);
    assert.equal(Deno.readTextFileSync(path), "a: [\n");
  } finally {
    Deno.removeSync(path);
  }
});
