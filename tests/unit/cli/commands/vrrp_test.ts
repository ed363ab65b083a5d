import assert from "node:assert/strict";
import { statusCommands } from "../../../../cli/daemon/control.ts";
import { speakerSocket } from "../../../../cli/daemon/vrrp_files.ts";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { AnsweringDaemon } from "../../../support/answering_daemon.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { routerStatuses } from "../../../support/router_status.ts";

/** A daemon with virtual routers. */
class Daemon extends AnsweringDaemon {
  /** What was asked for: "release edge". */
  readonly asked: string[] = [];

  constructor() {
    super({
      routers: () => ({ routers: routerStatuses(), groups: [], discarded: { vrid: 12 } }),
      setReleased: (name, isReleased) => {
        if (name !== "edge") {
          throw new LvsctlError(`no virtual router has the name "${name}"`, { exitCode: EXIT.usage });
        }
        this.asked.push(`${isReleased ? "release" : "resume"} ${name}`);
      },
    });
  }
}

Deno.test("vrrp status shows the daemon's routers", async () => {
  await using daemon = new Daemon();
  const { code, out, err } = await daemon.run("vrrp status");
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.match(out, /^NAME +INTERFACE +VRID +STATE/);
  assert.match(out, /^edge +eth0 +51 +active +\S+ +90 \(150\) +10\.0\.0\.2 90 /m);
  assert.match(out, /^edge: 10\.0\.0\.2 has the priority 90 too: the greater address decides$/m);
  assert.match(out, /^discarded without a router: vrid 12$/m);
  const names = await daemon.run("vrrp status -o name");
  assert.equal(names.out, "edge\nedge\n");
});

Deno.test("vrrp status NAME shows all of one instance, and refuses unknown names", async () => {
  await using daemon = new Daemon();
  const { code, out } = await daemon.run("vrrp status edge");
  assert.equal(code, EXIT.ok);
  assert.match(out, /^edge: active for /);
  assert.match(out, /^ {2}heard +10\.0\.0\.2 /m);
  assert.match(out, /^edge \(IPv6\): fault for /m);
  const { routers } = JSON.parse((await daemon.run("vrrp status edge --json")).out);
  assert.equal(routers.length, 2);
  const unknown = await daemon.run("vrrp status egde");
  assert.equal(unknown.code, EXIT.usage);
  assert.match(unknown.err, /no virtual router of the daemon has the name "egde"; its file has edge/);
});

Deno.test("a completion offers the daemon's routers, each once", async () => {
  await using daemon = new Daemon();
  assert.equal((await daemon.run("__complete -- vrrp release e")).out, "edge\t\n");
});

Deno.test("vrrp status --json counts the messages of no router", async () => {
  await using daemon = new Daemon();
  const { discarded } = JSON.parse((await daemon.run("vrrp status --json")).out);
  assert.deepEqual(discarded, [{ reason: "vrid", count: 12 }]);
});

Deno.test("vrrp release and resume ask the daemon, which refuses unknown names", async () => {
  await using daemon = new Daemon();
  assert.deepEqual(await daemon.run("vrrp release edge"), { code: EXIT.ok, out: "", err: "" });
  assert.equal((await daemon.run("vrrp resume edge")).code, EXIT.ok);
  assert.deepEqual(daemon.asked, ["release edge", "resume edge"]);
  const { code, err } = await daemon.run("vrrp release egde");
  assert.equal(code, EXIT.usage);
  assert.match(err, /no virtual router has the name "egde"/);
});

Deno.test("vrrp cleanup is refused while a daemon runs", async () => {
  await using daemon = new Daemon();
  const { code, err } = await daemon.run("vrrp cleanup");
  assert.equal(code, EXIT.refused);
  assert.match(err, /Cannot remove addresses: a daemon runs/);
});

Deno.test("vrrp cleanup is refused while the process of the routers runs, says how long that lasts after a restart, and leaves it to the next daemon of a unit", async () => {
  const root = Deno.makeTempDirSync();
  const directories = { run: root, state: root };
  const path = speakerSocket(directories);
  assert.ok(path !== undefined);
  const listener = Deno.listen({ transport: "unix", path });
  const { code, err } = await lvsctl("vrrp cleanup", { directories });
  assert.equal(code, EXIT.refused);
  assert.match(err, /Cannot remove addresses: the process of the virtual routers still runs/);
  assert.match(err, /wait for 30 s, or for three intervals if those are longer/);
  // No systemd has this unit, so that nothing stops it.
  const ofUnit = await lvsctl("vrrp cleanup --unit lvsctl-test.service", { directories });
  assert.deepEqual([ofUnit.code, ofUnit.err], [EXIT.ok, ""]);
  listener.close();
  Deno.removeSync(root, { recursive: true });
});

Deno.test("vrrp status, release and resume need a daemon", async () => {
  const root = Deno.makeTempDirSync();
  for (const line of ["vrrp status", "vrrp release edge", "vrrp resume edge"]) {
    const { code } = await lvsctl(line, { directories: { run: `${root}/run`, state: `${root}/state` } });
    assert.equal(code, EXIT.noDaemon, line);
  }
  Deno.removeSync(root);
});

Deno.test("the socket for a group of users reports the routers, and changes none", async () => {
  await using daemon = new Daemon();
  const allowed = Object.keys(statusCommands(daemon.commands));
  assert.ok(allowed.includes("vrrp"));
  assert.ok(!allowed.includes("vrrp-release") && !allowed.includes("vrrp-resume"));
});
