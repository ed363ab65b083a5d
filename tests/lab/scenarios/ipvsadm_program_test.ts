/**
 * The compiled lvsctl behind links of ipvsadm's names: the cases that show that the names are wired, and what only a
 * program of its own can show.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { lvsctlPath } from "../director.ts";
import { prepareGuest, readCase } from "../ipvsadm/cases.ts";
import { compare } from "../ipvsadm/comparison.ts";
import { linkPrograms, Programs } from "../ipvsadm/programs.ts";
import { ruleSet } from "../ipvsadm/rule_sets.ts";
import { run } from "../namespace.ts";

/** At least one of each kind of command, outcome and name. */
const NAMES = [
  "add_service_bundled",
  "add_service_long_options_equals",
  "add_service_twice",
  "all_service_options",
  "clear",
  "command_unknown",
  "delete_server",
  "edit_server",
  "flags_only_comma",
  "host_by_name",
  "list_names",
  "list_one_service_missing",
  "list_sorted_far_apart",
  "list_all_modes",
  "list_connections_empty",
  "no_arguments",
  "restore",
  "restore_carriage_returns",
  "restore_many_kernel_errors",
  "restore_wrapper",
  "restore_wrapper_error",
  "save_wrapper",
  "set_timeouts",
  "start_daemon_all_options",
  "tunnel_gue",
  "unknown_option",
];

Deno.test("the compiled lvsctl does what ipvsadm does", async (t) => {
  await prepareGuest();
  await using installed = new Programs();
  await using lvsctl = new Programs({ directory: linkPrograms(lvsctlPath()) });
  for (const name of NAMES) {
    await t.step(name.replaceAll("_", " "), async () => {
      assert.equal((await compare(readCase(name), { installed, lvsctl })).join("\n"), "");
    });
  }
});

Deno.test("lvsctl ipvsadm is the same as ipvsadm", async () => {
  const rules = "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n";
  const lvsctl = lvsctlPath();
  assert.deepEqual(await run([lvsctl, "ipvsadm", "-C"]), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await run([lvsctl, "ipvsadm", "-R"], { stdin: rules }), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await run([lvsctl, "ipvsadm", "-Sn"]), { code: 0, stdout: rules, stderr: "" });
  assert.deepEqual(await run([lvsctl, "ipvsadm", "-A", "-t", "x"]), {
    code: 2,
    stdout: "",
    stderr: "illegal virtual server address[:port] specified\n",
  });
});

Deno.test("who may not is told so as by ipvsadm", async () => {
  await using installed = new Programs();
  await using lvsctl = new Programs({ directory: linkPrograms(lvsctlPath()) });
  const nobody = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "ipvsadm"];
  const real = await installed.runOne(...nobody, "-L", "-n");
  assert.match(real.stderr, /^Can't initialize ipvs: /m);
  const ours = await lvsctl.runOne(...nobody, "-L", "-n");
  assert.deepEqual([ours.status, ours.stdout], [real.status, real.stdout]);
  // Before it, ipvsadm asks for the module, and modprobe may have something to say.
  assert.equal(ours.stderr, real.stderr.replace(/^modprobe: .*\n/gm, ""));
});

Deno.test("1,000 services with 10 servers: each restores what the other saved", async () => {
  const rules = ruleSet({ services: 1000, servers: 10 });
  await using installed = new Programs();
  await using lvsctl = new Programs({ directory: linkPrograms(lvsctlPath()) });
  const restored = async (programs: Programs, input: string): Promise<void> => {
    const [outcome] = await programs.run([{ argv: ["ipvsadm-restore"], stdin: input }]);
    assert.deepEqual(outcome, { stdout: "", stderr: "", status: 0 });
  };
  await restored(installed, rules);
  const saved = await lvsctl.runOne("ipvsadm-save", "-n");
  assert.equal(saved.stdout, rules);
  await restored(lvsctl, saved.stdout);
  assert.deepEqual(await installed.runOne("ipvsadm-save", "-n"), saved);
  assert.deepEqual(await lvsctl.runOne("ipvsadm", "-L", "-n"), await installed.runOne("ipvsadm", "-L", "-n"));
  await lvsctl.runOne("ipvsadm", "-C");
});

Deno.test("whoever stops reading is no error", async () => {
  await using lvsctl = new Programs({ directory: linkPrograms(lvsctlPath()) });
  const { stderr } = await lvsctl.runOne("sh", "-c", "ipvsadm --help | true");
  assert.equal(stderr, "");
});
