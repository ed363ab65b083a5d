import assert from "node:assert/strict";
import { AS_NOBODY_WITHOUT_LIBNL, lines, lvsctlPath } from "../director.ts";
import { type GuestOptions, runInGuest } from "../guest.ts";

/** How a command in a guest ended, and what it wrote. */
interface Ended {
  readonly status: string;
  readonly output: string;
}

/** Runs shell lines in a guest that has the compiled program as `lvsctl` and, as `nobody`, without any right. */
async function runLines(ipvs: GuestOptions["ipvs"], commands: readonly string[]): Promise<readonly Ended[]> {
  const program = lvsctlPath();
  const script = `lvsctl() { "$LVSCTL_BIN" "$@"; }
nobody() { ${
    AS_NOBODY_WITHOUT_LIBNL.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ")
  } "$LVSCTL_BIN" "$@"; }
${commands.map((command) => `(${command}) 2>&1\necho "ended with $?"`).join("\n")}
`;
  const env = { LVSCTL_BIN: program, LVSCTL_CACHE_DIR: Deno.env.get("LVSCTL_CACHE_DIR") ?? "" };
  const { code, stdout, stderr } = await runInGuest(["bash", "-c", script], {
    env,
    ...(ipvs === undefined ? {} : { ipvs }),
  });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const ended = [...stdout.matchAll(/([^]*?)^ended with (\d+)\n/gm)];
  assert.equal(ended.length, commands.length, stdout);
  return ended.map(([, output = "", status = ""]) => ({ status, output }));
}

Deno.test("without the kernel module every command that needs it says how to get it, and the others work", async () => {
  const file = "services: []\nversion: 1\n";
  const needy = ["lvsctl list", "lvsctl service add tcp://192.0.2.10:80", `printf '${file}' | lvsctl restore -`];
  const others = ["version", "help", "completions bash", "config check /tmp/file.yaml", "service add --help"];
  const ended = await runLines("missing", [
    ...needy,
    "echo /nonexistent >/proc/sys/kernel/modprobe; lvsctl list",
    `printf '${file}' >/tmp/file.yaml`,
    ...others.map((words) => `nobody ${words}`),
  ]);
  const advice = 'load its module as root with "modprobe ip_vs"; in a container, load it on the host';
  const failed = new RegExp(
    `^lvsctl: Cannot talk to the kernel: this kernel has no IPVS, and loading its module failed: .+; ${advice}\n$`,
  );
  for (const { status, output } of ended.slice(0, needy.length)) {
    assert.match(output, failed);
    assert.equal(status, "1");
  }
  assert.deepEqual(ended[needy.length], {
    status: "1",
    output: `lvsctl: Cannot talk to the kernel: this kernel has no IPVS, and /nonexistent cannot be run; ${advice}\n`,
  });
  const worked = ended.slice(-others.length);
  assert.deepEqual(worked.map(({ status }) => status), others.map(() => "0"));
  assert.match(worked[0]?.output ?? "", /^lvsctl \d+\.\d+\.\d+\n$/);
  assert.match(worked[3]?.output ?? "", /: valid \(virtual services: 0, real servers: 0\)\n$/);
});

Deno.test("a kernel module that is not loaded yet is loaded by the first command that needs it", async () => {
  const table = "cat /proc/net/ip_vs";
  const ended = await runLines("loadable", [
    table,
    // As on kernels that do not load IPVS when they are asked for its netlink family.
    `printf '%s\\n' '#!/bin/sh' 'case $* in *net-pf-*) exit 1 ;; esac' 'exec /run/guest/modprobe "$@"' >/tmp/modprobe
     chmod +x /tmp/modprobe; echo /tmp/modprobe >/proc/sys/kernel/modprobe`,
    "lvsctl version",
    table,
    "lvsctl service add tcp://192.0.2.10:80 --scheduler sed",
    table,
  ]);
  assert.deepEqual(ended.map(({ status }) => status), ["1", "0", "0", "1", "0", "0"]);
  assert.equal(ended[4]?.output, "");
  assert.deepEqual(lines(ended[5]?.output ?? "").slice(3), ["TCP  C000020A:0050 sed"]);
});

Deno.test("doctor says that the kernel has no IPVS, or has not loaded it, and loads it only with --fix", async () => {
  const missing = await runLines("missing", ["lvsctl doctor", "nobody doctor --fix"]);
  for (const { status, output } of missing) {
    assert.equal(status, "1");
    assert.match(output, /^error +ipvs-module: the kernel \S+ has no IPVS, and no module ip_vs is found for it\n/);
  }
  const table = "cat /proc/net/ip_vs";
  const [found, before, mended, after] = await runLines("loadable", [
    "lvsctl doctor",
    table,
    "lvsctl doctor --fix",
    table,
  ]);
  assert.equal(found?.status, "1");
  assert.match(found?.output ?? "", /^warning +ipvs-module: the kernel's module ip_vs is not loaded\n/);
  assert.match(found?.output ?? "", /\n +fix: modprobe ip_vs\n/);
  assert.equal(before?.status, "1");
  assert.equal(mended?.status, "0");
  assert.match(mended?.output ?? "", /^ran: modprobe ip_vs\n/);
  assert.equal(after?.status, "0");
});
