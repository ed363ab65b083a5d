import { isBelow, repositoryPath } from "./repository_path.ts";

const NATIVE = /^(dlopen|Unsafe\w*)$/;

/** Native libraries and memory (`Deno.dlopen`, `Deno.Unsafe*`) are touched in core/ffi only. */
export const ffiBoundary: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename, ["cli", "core"]) || repositoryPath(context.filename).startsWith("core/ffi/")) {
      return {};
    }
    const report = (node: Deno.lint.Node, name: string): void => {
      if (!NATIVE.test(name)) return;
      context.report({ node, message: `Deno.${name} reaches native memory: only core/ffi may` });
    };
    return {
      MemberExpression(node): void {
        if (node.object.type !== "Identifier" || node.object.name !== "Deno") return;
        if (node.property.type === "Identifier") report(node, node.property.name);
        if (node.property.type === "Literal") report(node, String(node.property.value));
      },
      TSQualifiedName(node): void {
        if (node.left.type === "Identifier" && node.left.name === "Deno") report(node, node.right.name);
      },
    };
  },
};
