import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { visible } from "../../core/model/mod.ts";

/** The beginning of every saved plan. */
export const PLAN_START = `{\n  "lvsctl_plan": `;

/**
 * Refuses a saved plan in place of a configuration, whose keys would all be unknown.
 *
 * @param text The text of a file that should be a configuration.
 * @param file Its path; "-" is standard input.
 * @throws {LvsctlError} If it is a plan.
 */
export function refusePlan(text: string, file: string): void {
  if (!text.startsWith(PLAN_START)) return;
  const name = visible(file);
  throw new LvsctlError("it is a saved plan, not a configuration", {
    operation: "read",
    object: file === "-" ? "<stdin>" : name,
    hint: `apply it with "lvsctl apply --plan ${name}"`,
    exitCode: EXIT.usage,
  });
}
