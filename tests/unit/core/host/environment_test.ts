import assert from "node:assert/strict";
import { hasVariable, initialVariable, optionalVariable, readVariable } from "../../../../core/host/mod.ts";

const MAIN = new URL("../../../../cli/main.ts", import.meta.url).pathname;

/** Runs lvsctl with bytes that are not UTF-8 in these variables. */
async function lvsctlWith(
  variables: readonly string[],
  options: { readonly args: readonly string[]; readonly input?: string },
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  // Deno passes only UTF-8 on; the shell makes other bytes.
  const assignments = variables.map((each) => each.includes("=") ? each : `${each}="$bytes"`).join(" ");
  const script = `bytes=$(printf '\\377\\033[2J'); ${assignments} exec "$@"`;
  const words = [Deno.execPath(), "run", "-A", "--no-check", "--quiet", MAIN, ...options.args];
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", ...words],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(options.input ?? ""));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

const FILE = "version: 1\nservices:\n  - { listen: tcp://192.0.2.10:80, servers: [10.0.0.11] }\n";

Deno.test("a file's variable that is not UTF-8 is a problem at its place", async () => {
  const input = FILE.replace("10.0.0.11", '"${X}"');
  assert.deepEqual(await lvsctlWith(["X"], { args: ["config", "check", "-"], input }), {
    code: 2,
    out: "",
    err: "lvsctl: <stdin>:3:47: the environment variable X is not UTF-8 text; set it to UTF-8 text, or unset it\n",
  });
});

for (const name of ["LVSCTL_RUN_DIR", "LVSCTL_STATE_DIR"]) {
  Deno.test(`${name} that is not UTF-8 is refused in one line`, async () => {
    assert.deepEqual(await lvsctlWith([name], { args: ["config", "check", "-"], input: FILE }), {
      code: 2,
      out: "",
      err: `lvsctl: the environment variable ${name} is not UTF-8 text; set it to UTF-8 text, or unset it\n`,
    });
  });
}

Deno.test("variables of other programs that are not UTF-8 are ignored", async () => {
  const names = [
    "SUDO_USER",
    "USER",
    "JOURNAL_STREAM",
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "LVSCTL_HOME",
    "LVSCTL_ARGV0",
  ];
  const { code, err } = await lvsctlWith(names, { args: ["config", "check", "-"], input: FILE });
  assert.deepEqual([code, err], [0, ""]);
});

Deno.test("the program's name is found behind a directory that is not UTF-8", async () => {
  const { out } = await lvsctlWith(['LVSCTL_ARGV0="$bytes/ipvsadm"'], { args: ["--help"] });
  assert.match(out, /ipvsadm/);
  assert.doesNotMatch(out, /lvsctl config/);
});

Deno.test("readVariable() and its kin read what is set, and nothing where nothing is", () => {
  const present = "PATH";
  assert.equal(readVariable(present), Deno.env.get(present));
  assert.equal(initialVariable(present), Deno.env.get(present));
  assert.equal(hasVariable(present), true);
  for (const read of [readVariable, optionalVariable, initialVariable]) assert.equal(read("LVSCTL_NONE"), undefined);
  assert.equal(hasVariable("LVSCTL_NONE"), false);
});
