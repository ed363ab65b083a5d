import assert from "node:assert/strict";
import { EXIT } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";
import { FixtureMachine } from "../../core/doctor/machine.ts";

/** A director with one service; its VIP is there, and its nat server is on the link. */
function director(): { readonly kernel: MemoryKernel; readonly routes: MemoryRoutes } {
  const kernel = memoryKernel({
    services: [{
      service: virtualService("tcp://192.0.2.10:80", { scheduler: "wlc" }),
      servers: [realServer("10.0.0.11:80")],
    }],
  });
  const routes = new MemoryRoutes();
  routes.addForeign([192, 0, 2, 10], { index: 2, prefixLength: 32 });
  routes.routes.set("10,0,0,11", { index: 3, source: [10, 0, 0, 1] });
  routes.lan.hosts.push({ hardwareAddress: "02:00:00:00:00:11", answersFor: ["10.0.0.11"] });
  return { kernel, routes };
}

async function doctor(
  machine: FixtureMachine,
  options = "",
  parts: { readonly kernel?: MemoryKernel; readonly routes?: MemoryRoutes } = director(),
): Promise<Printed> {
  return await lvsctl(`doctor ${options}`.trim(), { host: machine, ...parts });
}

const NOTE = `note     nat-return-path: whether answers of 10.0.0.11 return through the director is visible only there
         they must, because the director puts the VIP into them; on each of the servers, the kernel\'s route to a client must be "via 10.0.0.1"
         run: ip route get CLIENT
`;

Deno.test("doctor says what is wrong, why, and what mends it, and ends with 1", async () => {
  using machine = new FixtureMachine();
  assert.deepEqual(await doctor(machine), {
    code: EXIT.refused,
    out: `error    ip-forward: net.ipv4.ip_forward is 0, and there is 1 nat server
         answers of nat servers pass through the director, which drops them unless it forwards packets
         fix: sysctl -w net.ipv4.ip_forward=1
${NOTE}1 error, 1 note; --fix runs what is marked "fix:"
`,
    err: "",
  });
  assert.equal(machine.tree.read("proc/sys/net/ipv4/ip_forward"), "0\n");
});

Deno.test("doctor --quiet prints errors and warnings alone, and nothing without them", async () => {
  using machine = new FixtureMachine();
  const { code, out } = await doctor(machine, "--quiet");
  assert.equal(code, EXIT.refused);
  assert.match(out, /^error {4}ip-forward: .*\n.*\n.*\n1 error; --fix runs what is marked "fix:"\n$/);
  assert.deepEqual(await doctor(machine, "--fix --quiet"), { code: EXIT.ok, out: "", err: "" });
  assert.match((await doctor(machine, "--quiet --json")).out, /"severity": "note"/);
});

Deno.test("doctor --fix runs what is safe, says what was before and how it is kept, and ends with 0 if that was all", async () => {
  using machine = new FixtureMachine();
  assert.deepEqual(await doctor(machine, "--fix"), {
    code: EXIT.ok,
    out: `ran: sysctl -w net.ipv4.ip_forward=1 (it was 0)
to keep this after a reboot, write to /etc/sysctl.d/90-lvsctl.conf:
  net.ipv4.ip_forward=1

${NOTE}1 note left
`,
    err: "",
  });
  assert.equal(machine.tree.read("proc/sys/net/ipv4/ip_forward"), "1\n");
  assert.equal((await doctor(machine, "--fix")).out, `${NOTE}1 note left\n`);
});

Deno.test("doctor --fix --dry-run says what it would run, and runs nothing", async () => {
  using machine = new FixtureMachine();
  const { code, out } = await doctor(machine, "--fix --dry-run");
  assert.equal(code, EXIT.refused);
  assert.match(out, /^would run: sysctl -w net\.ipv4\.ip_forward=1\n\nerror /);
  assert.equal(machine.tree.read("proc/sys/net/ipv4/ip_forward"), "0\n");
});

Deno.test("doctor --fix loads a module that is missing, and looks again", async () => {
  using machine = new FixtureMachine({
    "proc/net/ip_vs": undefined,
    "sys/module/ip_vs/parameters/conn_tab_bits": undefined,
  });
  machine.available.set("ip_vs", "");
  const { code, out } = await doctor(machine, "--fix", { kernel: memoryKernel({}), routes: new MemoryRoutes() });
  assert.deepEqual([code, machine.loaded], [EXIT.ok, ["ip_vs"]]);
  assert.equal(
    out,
    `ran: modprobe ip_vs
to keep this after a reboot, write to /etc/modules-load.d/lvsctl.conf:
  ip_vs

No problems found
`,
  );
});

Deno.test("doctor --fix says what failed, and ends with 1", async () => {
  using machine = new FixtureMachine({
    "proc/net/ip_vs": undefined,
    "sys/module/ip_vs/parameters/conn_tab_bits": undefined,
  });
  machine.available.set("ip_vs", "loading its module failed: no memory");
  const { code, out } = await doctor(machine, "--fix", { routes: new MemoryRoutes() });
  assert.equal(code, EXIT.refused);
  assert.match(out, /^failed: modprobe ip_vs: loading its module failed: no memory\n\nwarning +ipvs-module: /);
});

Deno.test("doctor without IPVS and without libnl is a report, not a crash", async () => {
  using machine = new FixtureMachine({
    "proc/net/ip_vs": undefined,
    "sys/module/ip_vs/parameters/conn_tab_bits": undefined,
  });
  const { code, out, err } = await doctor(machine, "", { routes: new MemoryRoutes([]) });
  assert.deepEqual([code, err], [EXIT.refused, ""]);
  assert.match(
    out,
    /^error +ipvs-module: the kernel 6\.1\.0-18-amd64 has no IPVS, and no module ip_vs is found for it\n/,
  );
});

Deno.test("doctor --verbose tells what is in order too", async () => {
  using machine = new FixtureMachine({ "proc/sys/net/ipv4/ip_forward": "1\n" });
  const { code, out } = await doctor(machine, "--verbose");
  assert.equal(code, EXIT.ok);
  assert.match(out, /\nok +scheduler-module: wlc: the scheduler is loaded\n/);
  assert.match(out, /\nok +vip: 192\.0\.2\.10: it is on eth0\n/);
  assert.ok(!(await doctor(machine)).out.includes("ok  "));
});

Deno.test("doctor --json has a stable form", async () => {
  using machine = new FixtureMachine();
  const { code, out } = await doctor(machine, "--fix --dry-run --json");
  assert.equal(code, EXIT.refused);
  const report = JSON.parse(out);
  assert.deepEqual(Object.keys(report), [
    "version",
    "dry_run",
    "changed",
    "errors",
    "warnings",
    "notes",
    "steps",
    "findings",
  ]);
  assert.deepEqual([report.version, report.dry_run, report.errors, report.warnings, report.notes], [2, true, 1, 0, 1]);
  assert.deepEqual(report.steps, [
    { finding: "ip-forward", command: "sysctl -w net.ipv4.ip_forward=1", former: null, problem: null },
  ]);
  assert.deepEqual(report.findings[0], {
    id: "ip-forward",
    severity: "error",
    object: null,
    what: "net.ipv4.ip_forward is 0, and there is 1 nat server",
    why: "answers of nat servers pass through the director, which drops them unless it forwards packets",
    fix: { commands: ["sysctl -w net.ipv4.ip_forward=1"], safe: true },
  });
  const mended = JSON.parse((await doctor(machine, "--fix --json")).out);
  assert.deepEqual([mended.steps[0].former, mended.errors, mended.dry_run, mended.changed], ["0", 0, false, true]);
});

Deno.test("doctor looks at the services of a file", async () => {
  using machine = new FixtureMachine({ "proc/sys/net/ipv4/ip_forward": "1\n" });
  const stdin =
    "version: 1\nservices:\n  - { listen: 'tcp://192.0.2.99:80', scheduler: mh, servers: ['10.0.0.99:80'] }\n";
  const { code, out } = await lvsctl("doctor -", { host: machine, ...director(), stdin });
  assert.equal(code, EXIT.refused);
  assert.deepEqual(out.match(/^error .*?: /gm), [
    "error    scheduler-module: ",
    "error    vip-missing: ",
    "error    server-unreachable: ",
  ]);
});

Deno.test("doctor takes the VIPs of a file for what they are", async () => {
  using machine = new FixtureMachine({ "proc/sys/net/ipv4/ip_forward": "1\n" });
  const service =
    "{ listen: 'tcp://192.0.2.10:80', withdraw_vips: true, check: { type: tcp }, quorum: 1, servers: ['10.0.0.11:80'] }";
  const file = (vips: string): string => `version: 1\n${vips}services:\n  - ${service}\n`;
  const found = async (stdin: string): Promise<string> =>
    (await lvsctl("doctor -", { host: machine, ...director(), stdin })).out;
  assert.equal(await found(file("vips: [{ address: 192.0.2.10/32, device: eth0 }]\n")), `${NOTE}1 note\n`);
  assert.match(await found(file("vips: []\n")), /^warning {2}nothing-to-withdraw: .*\n/);
});

Deno.test("doctor reads included files, variables and host names of a file, and names hosts without an address", async () => {
  using machine = new FixtureMachine({ "proc/sys/net/ipv4/ip_forward": "1\n" });
  const surroundings = surroundingsOf({
    files: {
      "lvs.d/web.yaml": "version: 1\nservices:\n" +
        "  - { listen: 'tcp://192.0.2.10:81', servers: ['${SERVER}:80'] }\n" +
        "  - { listen: 'tcp://192.0.2.10:82', servers: ['web.example:80', 'none.example:80'] }\n",
    },
    variables: { SERVER: "10.0.0.11" },
    hosts: { "web.example": ["10.0.0.11"] },
  });
  const stdin = "version: 1\ninclude: lvs.d/*.yaml\n";
  const { code, out, err } = await lvsctl("doctor -", { host: machine, ...director(), stdin, surroundings });
  assert.deepEqual([code, out], [EXIT.ok, `${NOTE}1 note\n`]);
  assert.match(err, /^lvsctl: warning: Cannot resolve none\.example: .*; the doctor does not see its servers\n$/);
});

Deno.test("doctor reads the items of a file that the labels of this director choose", async () => {
  using machine = new FixtureMachine({ "proc/sys/net/ipv4/ip_forward": "1\n" });
  const item = "{ only_on: role=edge, listen: 'tcp://192.0.2.99:80', servers: ['10.0.0.11:80'] }";
  const stdin = `version: 1\nservices:\n  - ${item}\n`;
  const found = async (labels: readonly string[]): Promise<string> =>
    (await lvsctl("doctor -", { host: machine, ...director(), stdin, surroundings: surroundingsOf({ labels }) })).out;
  assert.match(await found(["role=edge"]), /^error {4}vip-missing: .*192\.0\.2\.99/);
  assert.doesNotMatch(await found(["role=core"]), /vip-missing/);
});

Deno.test("doctor refuses what makes no sense, in one line and with 2", async () => {
  using machine = new FixtureMachine();
  const lonely = await doctor(machine, "--dry-run");
  assert.deepEqual([lonely.code, lonely.err], [EXIT.usage, "lvsctl: --dry-run needs --fix\n"]);
  const broken = await lvsctl("doctor -", { host: machine, stdin: "version: 2\n" });
  assert.deepEqual([broken.code, broken.out], [EXIT.usage, ""]);
  assert.equal((await doctor(machine, "/nonexistent.yaml")).code, EXIT.usage);
});
