import { denoMembers } from "./deno_members.ts";
import { isBelow, repositoryPath } from "./repository_path.ts";

/** The program ends in cli/main.ts only: no other file uses `Deno.exit` or `Deno.exitCode`. */
export const processEnd: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename, ["cli", "core"]) || repositoryPath(context.filename) === "cli/main.ts") return {};
    return denoMembers(({ node, name }) => {
      if (!/^exit(Code)?$/.test(name)) return;
      context.report({ node, message: `Deno.${name} ends the process: return a status to cli/main.ts` });
    });
  },
};
