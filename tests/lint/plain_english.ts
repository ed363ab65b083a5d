import { PHRASES } from "./phrases.ts";
import { isBelow } from "./repository_path.ts";
import { commentTexts, stringText, type Text } from "./texts.ts";

/** Texts and comments of the product are plain English: none of the phrases that read as translated. */
export const plainEnglish: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename)) return {};
    return {
      Program(): void {
        for (const text of commentTexts(context)) report(context, text);
      },
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

/** Whether a node is not a part of a sum of strings, which is looked at as a whole, and not the name of a module. */
function isOutermost({ parent }: Deno.lint.Node & { readonly parent: Deno.lint.Node }): boolean {
  if (parent.type === "BinaryExpression") return parent.operator !== "+";
  return !/^(Import|Export(All|Named))/.test(parent.type);
}

function reportNode(context: Deno.lint.RuleContext, node: Deno.lint.Node): void {
  const text = stringText(node, context);
  if (text !== undefined) report(context, text);
}

function report(context: Deno.lint.RuleContext, { start, text }: Text): void {
  let end = 0;
  for (const { index, found, better } of findPhrases(text)) {
    if (index < end) continue;
    end = index + found.length;
    context.report({
      range: [start + index, start + end],
      message: `"${found.replace(/\s+/g, " ").replace(/\uE000+/g, "...").trim()}" is not plain English: ${better}`,
    });
  }
}

/** What a text has of the phrases, in its order; of two at one place the longer first. */
function findPhrases(text: string): readonly { index: number; found: string; better: string }[] {
  const all = PHRASES.flatMap(({ pattern, better }) =>
    [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ index, found, better }))
  );
  return all.sort((a, b) => a.index - b.index || b.found.length - a.found.length);
}
