import { isBelow } from "./repository_path.ts";

const TIME = /(timeout|interval|delay|duration|period|latency|elapsed|uptime|deadline|age)$/i;
const NO_TIME = /(message|usage|image|page|package|language|coverage|storage|percentage|stage|manage|average)$/i;

/** A plain number that is a time has its unit in its name: `timeoutSeconds`, `intervalMs`. */
export const numberUnits: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename)) return {};
    const check = (node: Deno.lint.Node, name: Deno.lint.Node, type: Deno.lint.TSTypeAnnotation | undefined): void => {
      if (name.type !== "Identifier" || type?.typeAnnotation.type !== "TSNumberKeyword") return;
      if (!TIME.test(name.name) || NO_TIME.test(name.name)) return;
      context.report({
        node,
        message: `"${name.name}" is a number without its unit: write ${name.name}Ms or ${name.name}Seconds`,
      });
    };
    return {
      TSPropertySignature(node): void {
        // The keys of a user's file name these values, and their text has a unit.
        if (!isCast(node.parent.parent)) check(node, node.key, node.typeAnnotation);
      },
      PropertyDefinition: (node): void => check(node, node.key, node.typeAnnotation),
      Identifier: (node): void => check(node, node, node.typeAnnotation),
    };
  },
};

/** Whether a type is that of a cast. */
function isCast(node: Deno.lint.Node): boolean {
  return node.type === "TSAsExpression";
}
