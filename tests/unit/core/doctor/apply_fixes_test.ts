import assert from "node:assert/strict";
import type { FixStep } from "../../../../core/doctor/finding.ts";
import { applyFixes, type Finding, type RunStep } from "../../../../core/doctor/mod.ts";
import { FixtureTree } from "../../../support/fixture_tree.ts";

function problem(...steps: readonly FixStep[]): Finding {
  return { id: "problem", severity: "error", what: "something is wrong", fix: { steps, isSafe: true } };
}

function run(findings: readonly Finding[], tree: FixtureTree, loadModule = (_: string): string => ""): RunStep[] {
  return applyFixes(findings, { sysctls: { root: tree.root }, loadModule });
}

Deno.test("applyFixes() sets sysctls, tells what they were, and looks whether they took effect", () => {
  using tree = new FixtureTree({ "net/ipv4/ip_forward": "0\n", "net/ipv4/vs/sync_threshold": "3\t0\n" });
  const steps = run([
    problem({ kind: "sysctl", name: "net.ipv4.ip_forward", value: "1" }),
    problem({ kind: "sysctl", name: "net.ipv4.vs.sync_threshold", value: "3 50" }),
  ], tree);
  assert.deepEqual(steps, [
    { id: "problem", command: "sysctl -w net.ipv4.ip_forward=1", former: "0" },
    { id: "problem", command: 'sysctl -w net.ipv4.vs.sync_threshold="3 50"', former: "3\t0" },
  ]);
  assert.equal(tree.read("net/ipv4/ip_forward"), "1\n");
});

Deno.test("applyFixes() goes on after a step that fails, and undoes nothing", () => {
  using tree = new FixtureTree({ "net/ipv4/ip_forward": "0\n" });
  const steps = run(
    [
      problem({ kind: "sysctl", name: "net.ipv4.nope", value: "1" }, { kind: "module", name: "ip_vs" }),
      problem({ kind: "sysctl", name: "net.ipv4.ip_forward", value: "1" }),
    ],
    tree,
    () => "loading its module failed: no such module",
  );
  assert.deepEqual(steps.map(({ command, problem }) => [command, problem]), [
    ["sysctl -w net.ipv4.nope=1", "Cannot set to 1 net.ipv4.nope: No such file or directory (ENOENT)"],
    ["modprobe ip_vs", "loading its module failed: no such module"],
    ["sysctl -w net.ipv4.ip_forward=1", undefined],
  ]);
  assert.equal(tree.read("net/ipv4/ip_forward"), "1\n");
});

Deno.test("applyFixes() says so if the kernel has another value afterwards", () => {
  using tree = new FixtureTree({ "net/ipv4/": "" });
  // What is written to it is gone, as the kernel does with some settings.
  tree.link("net/ipv4/ip_forward", "/dev/null");
  const [step] = run([problem({ kind: "sysctl", name: "net.ipv4.ip_forward", value: "1" })], tree);
  assert.equal(step?.problem, "the kernel still has no value");
});

Deno.test("applyFixes() leaves alone notes, and what a person has to decide about", () => {
  using tree = new FixtureTree({ "net/ipv4/ip_forward": "0\n" });
  const step = { kind: "sysctl", name: "net.ipv4.ip_forward", value: "1" } as const;
  const findings: Finding[] = [
    { ...problem(step), severity: "note" },
    { ...problem(step), severity: "ok" },
    { ...problem(), fix: { steps: [step], isSafe: false } },
    { id: "x", severity: "error", what: "x", fix: { steps: [{ kind: "command", command: "reboot" }], isSafe: false } },
  ];
  assert.deepEqual(run(findings, tree), []);
  assert.equal(tree.read("net/ipv4/ip_forward"), "0\n");
});
