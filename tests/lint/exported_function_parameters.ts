import { isBelow } from "./repository_path.ts";

const OPTIONS_TYPE = /(Options|Settings|Parameters)$/;

/** An exported function has at most two positional parameters; a third is an object of options. */
export const exportedFunctionParameters: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename)) return {};
    const check = (node: Deno.lint.Node, parameters: readonly Deno.lint.Parameter[]): void => {
      const [, , third, fourth] = parameters;
      if (third === undefined || (fourth === undefined && isOptions(third))) return;
      context.report({
        range: third.range,
        message: `an exported function has at most two positional parameters, then options: ${
          nameOf(node)
        } has ${parameters.length}`,
      });
    };
    return {
      ExportNamedDeclaration({ declaration }): void {
        if (declaration?.type === "FunctionDeclaration") check(declaration, declaration.params);
        if (declaration?.type !== "VariableDeclaration") return;
        for (const { id, init } of declaration.declarations) {
          if (init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression") check(id, init.params);
        }
      },
      ExportDefaultDeclaration({ declaration }): void {
        if (declaration.type === "FunctionDeclaration") check(declaration, declaration.params);
      },
    };
  },
};

function nameOf(node: Deno.lint.Node): string {
  if (node.type === "Identifier") return node.name;
  return node.type === "FunctionDeclaration" && node.id ? node.id.name : "it";
}

/** Whether a parameter is an object of options: destructured, of a literal type, or named so. */
function isOptions(parameter: Deno.lint.Parameter): boolean {
  const written = parameter.type === "AssignmentPattern" ? parameter.left : parameter;
  if (written.type === "ObjectPattern") return true;
  if (written.type !== "Identifier") return false;
  const type = written.typeAnnotation?.typeAnnotation;
  if (type?.type === "TSTypeLiteral") return true;
  if (type?.type !== "TSTypeReference" || type.typeName.type !== "Identifier") return false;
  return OPTIONS_TYPE.test(type.typeName.name) || written.name === "options";
}
