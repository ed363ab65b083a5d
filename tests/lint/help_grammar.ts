import { isBelow } from "./repository_path.ts";
import { CONTRACTION, startsWithCapital } from "./sentence.ts";
import { readable, stringText } from "./texts.ts";

/** The columns that the longest command name leaves on a line of 80. */
const MAX_SUMMARY = 65;

/** A line of help (an option's, an argument's, a summary) is one phrase: no capital, no period, no contraction. */
export const helpGrammar: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename, ["cli"]) || isBelow(context.filename, ["cli/ipvsadm"])) return {};
    const check = (node: Deno.lint.Node | undefined): string => {
      const text = node === undefined ? undefined : stringText(node, context);
      if (node === undefined || text === undefined) return "";
      const line = readable(text);
      const report = (message: string): void => context.report({ node, message });
      if (line.endsWith(".") && !line.endsWith("...")) report("a line of help ends without a period");
      if (CONTRACTION.test(line)) report("help has no contractions: write the words out");
      if (startsWithCapital(line)) report("a line of help begins with a lower-case letter");
      return line;
    };
    return {
      CallExpression({ callee, arguments: given }): void {
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        if (/^(option|argument|requiredOption)$/.test(callee.property.name)) check(given[1]);
      },
      NewExpression({ callee, arguments: given }): void {
        if (callee.type === "Identifier" && /^(Option|Argument)$/.test(callee.name)) check(given[1]);
      },
      Property({ key, value }): void {
        if (key.type !== "Identifier" || key.name !== "summary") return;
        const line = check(value);
        if (line.length <= MAX_SUMMARY) return;
        context.report({
          node: value,
          message: `a summary has at most ${MAX_SUMMARY} characters, one line of the help: this has ${line.length}`,
        });
      },
    };
  },
};
