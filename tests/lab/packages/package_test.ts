/**
 * The packages in a clean Debian: installed, upgraded, removed and purged by apt and dpkg, also under systemd, with a
 * daemon that balances.
 *
 * @module
 */
import assert from "node:assert/strict";
import { VERSION } from "../../../cli/context/version.ts";
import { denoTest, PROGRAM_ENVIRONMENT, ROOT } from "../../suite.ts";
import { blocksOf, chapter, readPage } from "../../support/manual.ts";
import { runInGuest } from "../guest.ts";
import { CleanDebian } from "./clean_debian.ts";
import { buildPackages, EARLIER, type Packages } from "./versions.ts";

/** What the clean Debian has for the tests: a process 1, commands for links, and a reader of manual pages. */
const INCLUDED = ["systemd-sysv", "iproute2", "procps", "man-db", "apt-utils", "gpg", "gpg-agent"];

/** Where a step finds the packages. */
interface Stage {
  readonly test: Deno.TestContext;
  readonly debian: CleanDebian;
  readonly packages: Packages;
}

Deno.test("a clean Debian installs, starts, upgrades, removes and purges the packages", async (test) => {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-packages-" });
  try {
    const [packages, debian] = await Promise.all([buildPackages(directory), CleanDebian.create(INCLUDED)]);
    await using stage = debian;
    for (const steps of [install, serve, replaceIpvsadm, remove]) await steps({ test, debian: stage, packages });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

async function install({ test, debian, packages }: Stage): Promise<void> {
  await test.step("install: apt gets what the package depends on; all is where Debian looks for it", async () => {
    await debian.install(await debian.copyIn(packages.earlier, "/root"));
    assert.equal(await debian.run("lvsctl version"), `lvsctl ${EARLIER}\n`);
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
  await test.step("install: man finds and renders the pages", async () => {
    assert.match(await debian.run("man lvsctl-apply"), /^NAME\n +lvsctl-apply - /m);
    assert.match(await debian.run("man 5 lvsctl.yaml"), /^NAME\n +lvsctl\.yaml - /m);
  });
  await test.step("install: no unit is enabled, also by the presets of a first boot, and each names a program that exists", async () => {
    assert.equal(await debian.run("find /etc/systemd/system -name 'lvsctl*'"), "");
    // As the first boot of an image does.
    await debian.run(
      "cd /lib/systemd/system; systemctl preset --preset-mode=enable-only lvsctl*.service lvsctl*.timer",
    );
    assert.equal(await debian.run("find /etc/systemd/system -name 'lvsctl*'"), "");
    const programs = await debian.run(
      "sed -n 's/^Exec[A-Za-z]*=[-+]*\\([^ ]*lvsctl\\) .*/\\1/p' /lib/systemd/system/lvsctl*",
    );
    assert.deepEqual(new Set(programs.trim().split("\n")), new Set(["/usr/sbin/lvsctl"]));
  });
}

/** What the guests do with the Debian stays in them. */
async function serve(stage: Stage): Promise<void> {
  await stage.test.step("under systemd the daemon serves over a reboot, an upgrade and the removal", async () => {
    await runWithDebian("in_guest.ts", stage);
  });
  await stage.test.step(
    "an active director keeps its addresses over an upgrade and a downgrade, and hands over when it is removed",
    async () => {
      const printed = await runWithDebian("failover_in_guest.ts", stage);
      const measured = printed.split("\n").filter((line) => line.includes(" ms without an answer"));
      Deno.stdout.writeSync(new TextEncoder().encode(`${measured.join("\n")}\n`));
    },
  );
}

/** Runs the tests of a file in a guest whose director has the Debian, and returns what they print. */
async function runWithDebian(file: string, { debian, packages }: Stage): Promise<string> {
  const env = {
    LVSCTL_DEBIAN: debian.root,
    LVSCTL_PACKAGE: await debian.copyIn(packages.present, "/root"),
    LVSCTL_EARLIER_PACKAGE: await debian.copyIn(packages.earlier, "/root"),
    LVSCTL_LAB_VERSIONS: `${EARLIER} ${VERSION}`,
  };
  const { code, stdout, stderr } = await runInGuest(denoTest(`${import.meta.dirname}/${file}`), {
    cwd: ROOT,
    env: { ...PROGRAM_ENVIRONMENT, ...env, NO_COLOR: "1" },
    visible: [debian.root],
    ipvs: "loadable",
    timeLimitSeconds: 600,
    memory: "2G",
  });
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

async function replaceIpvsadm({ test, debian, packages }: Stage): Promise<void> {
  await test.step("the repository of the manual has the packages, and apt upgrades from it", async () => {
    for (const path of [packages.present, packages.dropIn]) await debian.copyIn(path, "/srv/packages");
    const commands = blocksOf(chapter((await readPage("docs/packages.md")).text, "A repository for apt"))
      .filter(({ language }) => language === "sh").map(({ text }) => text);
    assert.ok(commands.length > 0);
    // As a web server would give it.
    for (const text of commands) await debian.run(text.replaceAll("https://apt.example.org", "file:///srv/apt"));
    assert.equal(await debian.run("lvsctl version"), `lvsctl ${VERSION}\n`);
    assert.equal(await debian.run("ls /var/cache/lvsctl | wc -l"), "1\n", "the earlier version's cache is gone");
  });
  await test.step("the drop-in takes the place of ipvsadm", async () => {
    await debian.install("ipvsadm");
    await debian.install("lvsctl-ipvsadm");
    assert.match(await debian.run("/sbin/ipvsadm --help"), /lvsctl in place of ipvsadm/);
    await debian.run("test -x /usr/sbin/ipvsadm-save -a -x /usr/sbin/ipvsadm-restore");
    const state = await debian.run("dpkg-query --show --showformat='${db:Status-Status}' ipvsadm || true");
    assert.doesNotMatch(state, /^installed/);
  });
}

async function remove({ test, debian }: Stage): Promise<void> {
  await test.step("remove: the program and its cache go, configuration and state stay", async () => {
    await debian.run(
      "mkdir -p /var/lib/lvsctl && echo kept >/var/lib/lvsctl/journal.jsonl && echo 'version: 1' >/etc/lvsctl/lvsctl.yaml",
    );
    await debian.run("dpkg --remove lvsctl-ipvsadm lvsctl");
    assert.equal(await debian.run("cat /etc/lvsctl/lvsctl.yaml /var/lib/lvsctl/journal.jsonl"), "version: 1\nkept\n");
    assert.equal(await debian.run("ls -d /usr/sbin/lvsctl /sbin/ipvsadm /var/cache/lvsctl 2>/dev/null || true"), "");
  });
  await test.step("purge: the state goes, the administrator's file stays, and a second purge is no error", async () => {
    await debian.run("dpkg --purge lvsctl");
    assert.equal(await debian.run("ls -d /var/lib/lvsctl 2>/dev/null || true"), "");
    assert.equal(await debian.run("cat /etc/lvsctl/lvsctl.yaml"), "version: 1\n");
    await debian.run("dpkg --purge lvsctl");
  });
}
