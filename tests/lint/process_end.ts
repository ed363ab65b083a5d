import { isBelow, repositoryPath } from "./repository_path.ts";

/** The program ends in cli/main.ts only: `Deno.exit` and `Deno.exitCode` stand nowhere else. */
export const processEnd: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename, ["cli", "core"]) || repositoryPath(context.filename) === "cli/main.ts") return {};
    return {
      MemberExpression(node): void {
        if (node.object.type !== "Identifier" || node.property.type !== "Identifier") return;
        const name = `${node.object.name}.${node.property.name}`;
        if (!/^Deno\.exit(Code)?$/.test(name)) return;
        context.report({ node, message: `${name} ends the process: return a status to cli/main.ts` });
      },
    };
  },
};
