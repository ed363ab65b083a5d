import { reportPhrases } from "./phrases.ts";
import { isBelow } from "./repository_path.ts";
import { stringText } from "./texts.ts";

/** Texts of the product are plain English: they have none of the phrases that read as translated. */
export const plainEnglish: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename)) return {};
    return {
      Literal(node): void {
        if (isOutermost(node)) reportNode(context, node);
      },
      TemplateLiteral(node): void {
        if (isOutermost(node)) reportNode(context, node);
      },
      BinaryExpression(node): void {
        if (isOutermost(node)) reportNode(context, node);
      },
    };
  },
};

/** Whether a node is neither part of a sum of strings, which is read as a whole, nor the name of a module. */
function isOutermost({ parent }: Deno.lint.Node & { readonly parent: Deno.lint.Node }): boolean {
  if (parent.type === "BinaryExpression") return parent.operator !== "+";
  return !/^(Import|Export(All|Named))/.test(parent.type);
}

function reportNode(context: Deno.lint.RuleContext, node: Deno.lint.Node): void {
  const text = stringText(node, context);
  if (text !== undefined) reportPhrases(context, text);
}
