/**
 * Runs a case with both programs and compares all that can be seen of it.
 *
 * @module
 */
import { openIpvs } from "../../../core/system/ipvs.ts";
import type { Case, Outcome } from "./case_file.ts";
import { type Programs, runLvsctl } from "./programs.ts";

/** What is left behind. */
interface Table {
  /** `/proc/net/ip_vs`, without its first line, whose size may differ. */
  readonly proc: string;
  /** What the real `ipvsadm -Sn` says. */
  readonly rules: string;
}

interface Run {
  readonly outcomes: readonly Outcome[];
  readonly table: Table;
}

/** Who runs a case. */
export interface Contestants {
  /** The real programs. */
  readonly installed: Programs;
  /**
   * lvsctl under their names.
   *
   * @default in this process
   */
  readonly lvsctl?: Programs;
}

/**
 * Runs a case with both programs, each on an empty table.
 *
 * @param testCase The case.
 * @param contestants Who runs it.
 * @returns What differs from what should be; empty if nothing does.
 */
export async function compare(testCase: Case, contestants: Contestants): Promise<string[]> {
  const real = await runReal(testCase, contestants);
  const ours = await runOurs(testCase, contestants);
  const problems: string[] = [];
  const check = (what: string, values: { readonly expected: unknown; readonly actual: unknown }): void => {
    if (values.actual !== values.expected) {
      problems.push(
        `${what}\n expected ${JSON.stringify(values.expected)}\n      got ${JSON.stringify(values.actual)}`,
      );
    }
  };
  let differs = false;
  for (const [index, step] of testCase.steps.entries()) {
    const [ipvsadm, lvsctl] = [real.outcomes[index], ours.outcomes[index]];
    if (ipvsadm === undefined || lvsctl === undefined) throw new Error("a step was not run");
    const expected = step.expected ?? ipvsadm;
    for (const part of ["stdout", "stderr", "status"] as const) {
      check(`${step.argv.join(" ")}: ${part}`, { expected: expected[part], actual: lvsctl[part] });
      if (expected[part] !== ipvsadm[part]) differs = true;
    }
  }
  if (testCase.table === undefined) {
    check("/proc/net/ip_vs", { expected: real.table.proc, actual: ours.table.proc });
    check("table", { expected: real.table.rules, actual: ours.table.rules });
  } else {
    check("table", { expected: testCase.table, actual: ours.table.rules });
    if (testCase.table !== real.table.rules) differs = true;
  }
  if (testCase.difference !== undefined && !differs) problems.push("ipvsadm does the same: it is no difference");
  return problems;
}

const PRINT_RULES = { argv: ["ipvsadm", "-S", "-n"], stdin: "" };

async function runReal({ steps }: Case, { installed }: Contestants): Promise<Run> {
  clear();
  const outcomes = await installed.run([...steps, PRINT_RULES]);
  return { outcomes, table: { proc: readProc(), rules: outcomes.at(-1)?.stdout ?? "" } };
}

async function runOurs({ steps }: Case, { installed, lvsctl }: Contestants): Promise<Run> {
  clear();
  const outcomes = lvsctl === undefined ? [] : await lvsctl.run(steps);
  if (lvsctl === undefined) { for (const step of steps) outcomes.push(await runLvsctl(step)); }
  const [rules] = await installed.run([PRINT_RULES]);
  return { outcomes, table: { proc: readProc(), rules: rules?.stdout ?? "" } };
}

function readProc(): string {
  return Deno.readTextFileSync("/proc/net/ip_vs").split("\n").slice(1).join("\n");
}

/** An empty table, no sync daemons, the kernel's own timeouts. */
function clear(): void {
  using client = openIpvs();
  client.flush();
  for (const { role } of client.syncDaemons()) client.stopSyncDaemon(role);
  client.setTimeouts({ tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 });
}
