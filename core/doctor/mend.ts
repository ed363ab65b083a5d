import { LvsctlError } from "../errors/mod.ts";
import { readSysctl, type SysctlOptions, writeSysctl } from "../host/mod.ts";
import { isProblem } from "./examine.ts";
import { type Finding, type FixStep, stepCommand } from "./finding.ts";

/** What changes the machine. */
export interface Mender {
  /** Where sysctls are. */
  readonly sysctls: SysctlOptions;
  /** Loads a module; gives what stood in the way, or "". */
  readonly loadModule: (name: string) => string;
}

/** A step that was run, or would be. */
export interface RunStep {
  /** The finding that it is for. */
  readonly id: string;
  /** Its command line. */
  readonly command: string;
  /** The value of the sysctl before; undefined for modules, and where it could not be read. */
  readonly former?: string;
  /** Why it failed; undefined if it took effect, or was not run. */
  readonly problem?: string;
}

/** The steps that can be run without asking, of what has to be mended; each once. */
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
 * Runs the steps that can be run without asking, and looks whether each took effect. One that fails does not keep the
 * others from being run, and nothing is undone.
 */
export function mend(findings: readonly Finding[], mender: Mender): RunStep[] {
  return safeSteps(findings).map(({ id, step }) => ({ id, command: stepCommand(step), ...runStep(step, mender) }));
}

function runStep(step: FixStep, { sysctls, loadModule }: Mender): Pick<RunStep, "former" | "problem"> {
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
    return {
      ...(former === undefined ? {} : { former }),
      ...(took ? {} : { problem: `the kernel has ${now || "nothing"} afterwards` }),
    };
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return { ...(former === undefined ? {} : { former }), problem: error.message };
  }
}
