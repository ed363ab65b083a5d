import { denoMembers } from "./deno_members.ts";
import { isBelow, repositoryPath } from "./repository_path.ts";

const READER = "core/host/environment.ts";

/** The environment may hold any bytes, at which `Deno.env` throws: one file reads it. */
export const environmentBoundary: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename, ["cli", "core"]) || repositoryPath(context.filename) === READER) return {};
    return denoMembers(({ node, name }) => {
      if (name !== "env" && name !== "Env") return;
      context.report({ node, message: `Deno.${name} throws at text that is not UTF-8: use ${READER}` });
    });
  },
};
