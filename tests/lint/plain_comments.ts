import { reportPhrases } from "./phrases.ts";
import { isBelow } from "./repository_path.ts";
import { commentTexts } from "./texts.ts";

/** Comments of the product are plain English, as the texts that users read: see plain_english.ts. */
export const plainComments: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename)) return {};
    return {
      Program(): void {
        for (const text of commentTexts(context)) reportPhrases(context, text);
      },
    };
  },
};
