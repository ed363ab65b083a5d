import { isBelow } from "./repository_path.ts";

/** A module holds no state: no `let` or `var` at its top. */
export const noModuleState: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename)) return {};
    const check = (statement: Deno.lint.Node | null): void => {
      if (statement?.type !== "VariableDeclaration" || !/^(let|var)$/.test(statement.kind)) return;
      context.report({
        node: statement,
        message: `"${statement.kind}" at the top of a module is state: keep it in a value`,
      });
    };
    return {
      Program({ body }): void {
        for (const statement of body) {
          check(statement.type === "ExportNamedDeclaration" ? statement.declaration : statement);
        }
      },
    };
  },
};
