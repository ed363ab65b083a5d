/**
 * The Debian packages: built twice, read by lintian, and installed, upgraded, removed and purged in a clean Debian.
 *
 * @module
 */
import assert from "node:assert/strict";
import { PROGRAM, ROOT } from "../suite.ts";
import { CleanDebian } from "./clean_debian.ts";

/** A time later than that of every version in the changelog. */
const RELEASED = "1796000000";

const ENVIRONMENT = { DEBFULLNAME: "Example", DEBEMAIL: "lvsctl@debian.org" };

/** Builds the packages in a directory. */
async function build(directory: string, words: readonly string[], options: {
  readonly mask?: string;
  readonly time?: string;
} = {}): Promise<readonly string[]> {
  const { mask = "022", time = RELEASED } = options;
  const argv = [Deno.execPath(), "run", "-A", "--no-check", "packaging/package.ts", `--output=${directory}`, ...words];
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `umask ${mask}; exec "$@"`, "sh", ...argv],
    cwd: ROOT,
    env: { ...ENVIRONMENT, SOURCE_DATE_EPOCH: time },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n");
}

Deno.test("the packages: the same sources and the same time give the same bytes", async () => {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-package-" });
  try {
    await Deno.writeFile(`${directory}/program`, elfHeader(183));
    const words = [`--program=${directory}/program`];
    // A time before that of the files, and one after it.
    for (const time of ["1700000000", "2000000000"]) await sameBytes(directory, { words, time });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** The beginning of an ELF file for a machine. */
function elfHeader(machine: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  new DataView(bytes.buffer).setUint16(18, machine, true);
  return bytes;
}

async function sameBytes(
  directory: string,
  { words, time }: { readonly words: readonly string[]; readonly time: string },
): Promise<void> {
  const first = await build(`${directory}/1`, words, { time });
  const second = await build(`${directory}/2`, words, { time, mask: "077" });
  const names = first.map((path) => path.replace(/^.*\//, "").replace(/_.*_/, "_"));
  assert.deepEqual(names, ["lvsctl_arm64.deb", "lvsctl-ipvsadm_all.deb"]);
  assert.deepEqual(await Promise.all(first.map(sha256)), await Promise.all(second.map(sha256)));
}

async function sha256(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
}

Deno.test("the packages: lintian finds no error and warns of nothing; a clean Debian installs and removes them", async (test) => {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-package-" });
  try {
    await Deno.chmod(directory, 0o755);
    const [program = "", dropIn = ""] = await build(directory, ["--compression=gzip", `--program=${PROGRAM}`]);
    await test.step("lintian", async () => {
      const { code, stdout } = await new Deno.Command("lintian", {
        args: ["--fail-on", "error,warning", program, dropIn],
      }).output();
      assert.deepEqual({ code, text: new TextDecoder().decode(stdout) }, { code: 0, text: "" });
    });
    await using debian = await CleanDebian.create([
      "ipvsadm",
      "init-system-helpers",
      "libnl-3-200",
      "libnl-genl-3-200",
    ]);
    await installed(debian, { test, program, dropIn });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Installs, upgrades, removes and purges the packages. */
async function installed(
  debian: CleanDebian,
  { test, program, dropIn }: { readonly test: Deno.TestContext; readonly program: string; readonly dropIn: string },
): Promise<void> {
  await test.step("install: program, pages, completions and schema are where Debian looks for them", async () => {
    await debian.install(program);
    assert.match(await debian.run("lvsctl version"), /^lvsctl \d/);
    for (
      const path of [
        "/usr/share/man/man8/lvsctl-apply.8.gz",
        "/usr/share/man/man5/lvsctl.yaml.5.gz",
        "/usr/share/bash-completion/completions/lvsctl",
        "/usr/share/zsh/vendor-completions/_lvsctl",
        "/usr/share/fish/vendor_completions.d/lvsctl.fish",
        "/usr/share/lvsctl/lvsctl.schema.json",
        "/usr/share/doc/lvsctl/sbom.spdx.json",
        "/usr/share/doc/lvsctl/examples/sysctl.d/lvsctl.conf",
      ]
    ) await debian.run(`test -f ${path}`);
    assert.equal(await debian.run("lvsctl config schema | cmp - /usr/share/lvsctl/lvsctl.schema.json"), "");
    assert.equal(await debian.run("dpkg --verify lvsctl"), "");
  });
  await test.step("install: no unit is enabled, and each names a program that exists", async () => {
    assert.equal(await debian.run("find /etc/systemd/system -name 'lvsctl*'"), "");
    const programs = await debian.run(
      "sed -n 's/^Exec[A-Za-z]*=[-+]*\\([^ ]*lvsctl\\) .*/\\1/p' /lib/systemd/system/lvsctl*",
    );
    assert.deepEqual(new Set(programs.trim().split("\n")), new Set(["/usr/sbin/lvsctl"]));
  });
  await test.step("the drop-in takes the place of ipvsadm", async () => {
    await debian.install(dropIn);
    assert.match(await debian.run("/sbin/ipvsadm --help"), /lvsctl in place of ipvsadm/);
    await debian.run("test -x /usr/sbin/ipvsadm-save -a -x /usr/sbin/ipvsadm-restore");
    assert.doesNotMatch(
      await debian.run("dpkg-query --show --showformat='${db:Status-Status}' ipvsadm || true"),
      /^installed/,
    );
  });
  await test.step("upgrade: only units that run are restarted, and the state stays", async () => {
    await debian.run("mkdir -p /var/lib/lvsctl /run/systemd/system && echo kept >/var/lib/lvsctl/journal.jsonl");
    await debian.standIn("systemctl");
    await debian.standIn("deb-systemd-invoke");
    await debian.install(program);
    const calls = await debian.run("cat /calls");
    assert.equal(
      calls,
      "systemctl --system daemon-reload\ndeb-systemd-invoke try-restart lvsctl.service lvsctl-check.timer\n",
    );
    assert.equal(await debian.run("cat /var/lib/lvsctl/journal.jsonl"), "kept\n");
  });
  await test.step("remove: the daemon stops, and configuration and state stay", async () => {
    await debian.run("echo 'version: 1' >/etc/lvsctl/lvsctl.yaml; rm /calls; dpkg --remove lvsctl-ipvsadm lvsctl");
    const calls = await debian.run("cat /calls");
    assert.match(
      calls,
      /^deb-systemd-invoke stop lvsctl.service lvsctl-check.timer\nsystemctl --system daemon-reload\n/,
    );
    assert.equal(await debian.run("ls /etc/lvsctl/lvsctl.yaml /var/lib/lvsctl/journal.jsonl | wc -l"), "2\n");
    assert.equal(await debian.run("ls -d /usr/sbin/lvsctl /sbin/ipvsadm /var/cache/lvsctl 2>/dev/null || true"), "");
  });
  await test.step("purge: the state goes, the administrator's file stays, and a second purge is no error", async () => {
    await debian.run("dpkg --purge lvsctl");
    assert.equal(await debian.run("ls -d /var/lib/lvsctl 2>/dev/null || true"), "");
    assert.equal(await debian.run("cat /etc/lvsctl/lvsctl.yaml"), "version: 1\n");
    await debian.run("dpkg --purge lvsctl");
  });
}
