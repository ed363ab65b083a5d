import { type CheckResult, describeStep, type Step } from "../../core/realserver/mod.ts";
import type { Json } from "./json.ts";
import type { PrintedChange } from "./printed_change.ts";

/** A step, to be printed: "+" adds, "~" edits, "-" deletes. */
export function printedStep(step: Step): PrintedChange {
  const { operation, ...sets } = step;
  const description = describeStep(step);
  const sign = /^add/.test(operation) ? "+" : /^delete/.test(operation) ? "-" : "~";
  return { line: `${sign} ${description}`, json: { operation, description, sets } };
}

/** The checked settings, a line for each, and the number of wrong ones. */
export function formatFindings(findings: readonly CheckResult[]): string {
  const lines = findings.map(({ object, state, problem }) =>
    problem === undefined
      ? `ok     ${object} ${state}`
      : `wrong  ${object} ${state}: ${problem.effect}; fix: ${problem.fix}`
  );
  const wrong = findings.filter(({ problem }) => problem !== undefined).length;
  return [...lines, `${findings.length} checked, ${wrong} wrong`].map((line) => `${line}\n`).join("");
}

/** A checked setting as JSON. */
export function findingJson({ object, state, problem }: CheckResult): Json {
  return {
    object,
    state,
    ok: problem === undefined,
    effect: problem?.effect ?? null,
    fix: problem?.fix ?? null,
  };
}
