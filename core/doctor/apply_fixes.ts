import { LvsctlError } from "../errors/mod.ts";
import { defined } from "../model/mod.ts";
import { readSysctl, type SysctlOptions, writeSysctl } from "../host/mod.ts";
import { isProblem } from "./examine.ts";
import { type Finding, type FixStep, stepCommand } from "./finding.ts";

/** Access to the machine for fixes. */
export interface Fixer {
  /** Where sysctls are. */
  readonly sysctls: SysctlOptions;
  /** Loads a module; returns why that failed, or "". */
  readonly loadModule: (name: string) => string;
}

/** A step that was run. */
export interface RunStep {
  /** The id of its finding. */
  readonly id: string;
  /** Its command line. */
  readonly command: string;
  /** The value of the sysctl before; undefined for modules, and if it could not be read. */
  readonly former?: string | undefined;
  /** Why it failed; undefined if it took effect, or was not run. */
  readonly problem?: string | undefined;
}

/** The safe steps of findings that need a fix; each once. */
export function safeSteps(
  findings: readonly Finding[],
): readonly { readonly id: string; readonly step: FixStep }[] {
  const steps = new Map<string, { readonly id: string; readonly step: FixStep }>();
  for (const finding of findings) {
    if (!isProblem(finding) || finding.fix?.isSafe !== true) continue;
    for (const step of finding.fix.steps) {
      const command = stepCommand(step);
      if (!steps.has(command)) steps.set(command, { id: finding.id, step });
    }
  }
  return [...steps.values()];
}

/**
 * Runs the safe steps and reads back whether each took effect. A failure does not stop the others, and nothing is
 * undone.
 */
export function applyFixes(findings: readonly Finding[], fixer: Fixer): RunStep[] {
  return safeSteps(findings).map(({ id, step }) => ({ id, command: stepCommand(step), ...runStep(step, fixer) }));
}

function runStep(step: FixStep, { sysctls, loadModule }: Fixer): Pick<RunStep, "former" | "problem"> {
  if (step.kind === "command") throw new TypeError(`Only a person runs "${step.command}"`);
  if (step.kind === "module") {
    const problem = loadModule(step.name);
    return problem === "" ? {} : { problem };
  }
  const { name, value } = step;
  let former: string | undefined;
  try {
    former = readSysctl(name, sysctls);
    writeSysctl(name, value, sysctls);
    const now = readSysctl(name, sysctls);
    const took = now?.trim().replaceAll(/\s+/g, " ") === value;
    return defined({ former, problem: took ? undefined : `the kernel still has ${now || "no value"}` });
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return defined({ former, problem: error.message });
  }
}
