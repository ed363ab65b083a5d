import { describeStep, type SetupItem, type Step } from "../../core/realserver/mod.ts";
import type { Json } from "./json.ts";
import type { PrintedChange } from "./printed_change.ts";

/** How a step is told: "+" adds, "~" edits, "-" takes away. */
export function printedStep(step: Step): PrintedChange {
  const { operation, ...sets } = step;
  const description = describeStep(step);
  const sign = /^add/.test(operation) ? "+" : /^delete/.test(operation) ? "-" : "~";
  return { line: `${sign} ${description}`, json: { operation, description, sets } };
}

/** What was looked at, a line each, and how many are wrong. */
export function formatFindings(findings: readonly SetupItem[]): string {
  const lines = findings.map(({ object, state, problem }) =>
    problem === undefined
      ? `ok     ${object} ${state}`
      : `wrong  ${object} ${state}: ${problem.effect}; fix: ${problem.fix}`
  );
  const wrong = findings.filter(({ problem }) => problem !== undefined).length;
  return [...lines, `${findings.length} checked, ${wrong} wrong`].map((line) => `${line}\n`).join("");
}

/** What was looked at as JSON. */
export function findingJson({ object, state, problem }: SetupItem): Json {
  return {
    object,
    state,
    ok: problem === undefined,
    effect: problem?.effect ?? null,
    fix: problem?.fix ?? null,
  };
}
