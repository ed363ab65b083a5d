import { isBelow } from "./repository_path.ts";

/** The methods that compile a text as a regular expression. */
const COMPILING = /^(?:match|matchAll|search)$/;

/** Whether an expression has the value that the source code gives it: literals, and constants in capitals. */
function isConstant(node: Deno.lint.Node | undefined): boolean {
  switch (node?.type) {
    case "Literal":
      return true;
    case "Identifier":
      return /^[A-Z][A-Z0-9_]*$/.test(node.name);
    case "TemplateLiteral":
      return node.expressions.every(isConstant);
    case "TaggedTemplateExpression":
      return isConstant(node.quasi);
    case "BinaryExpression":
      return isConstant(node.left) && isConstant(node.right);
    case "NewExpression":
      // The rule checks its text by itself.
      return isRegExp(node.callee);
    default:
      return false;
  }
}

/** JavaScript's regular expressions, which backtrack, are constants; core/regex matches the expressions of files. */
export const patternBoundary: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename, ["cli", "core"])) return {};
    const report = (node: Deno.lint.Node): void => {
      context.report({
        node,
        message: "a pattern that is not a constant can backtrack without end: use Regex of core/regex",
      });
    };
    const check = (node: Deno.lint.CallExpression | Deno.lint.NewExpression): void => {
      const { callee, arguments: [pattern] } = node;
      if (isRegExp(callee)) {
        if (!isConstant(pattern)) report(node);
        return;
      }
      if (callee.type !== "MemberExpression") return;
      const { property } = callee;
      const name = property.type === "Identifier" && !callee.computed
        ? property.name
        : property.type === "Literal"
        ? String(property.value)
        : "";
      if (COMPILING.test(name) && pattern !== undefined && !isConstant(pattern)) report(node);
    };
    return {
      CallExpression: check,
      NewExpression: check,
      // Another name for the constructor hides it from this rule.
      VariableDeclarator({ init }): void {
        if (init !== null && isRegExp(init)) report(init);
      },
    };
  },
};

/** Whether a node is `RegExp`, `globalThis.RegExp` or the like. */
function isRegExp(node: Deno.lint.Node): boolean {
  if (node.type === "Identifier") return node.name === "RegExp";
  return node.type === "MemberExpression" && isRegExp(node.property);
}
