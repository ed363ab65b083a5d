import { isBelow } from "./repository_path.ts";

/** A function at the top of a module is a `function`, unless a type annotation says what it is an entry of. */
export const noTopLevelArrowFunction: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename, ["cli", "core", "packaging", "examples"])) return {};
    const check = (statement: Deno.lint.Node | null): void => {
      if (statement?.type !== "VariableDeclaration") return;
      for (const { id, init } of statement.declarations) {
        if (id.type !== "Identifier" || id.typeAnnotation !== undefined) continue;
        if (init?.type !== "ArrowFunctionExpression" && init?.type !== "FunctionExpression") continue;
        context.report({ node: id, message: `write "function ${id.name}(...)" at the top of a module` });
      }
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
