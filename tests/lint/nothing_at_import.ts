import { isBelow, repositoryPath } from "./repository_path.ts";

const DECLARATION =
  /^(Import|Export|Function|Class|Variable|TS)\w*Declaration$|^ExportDefault|^TSModule|^EmptyStatement$/;
const FUNCTION =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|PropertyDefinition|MethodDefinition)$/;

/** The modules that are started and not imported: of the program, and of its workers. */
const ENTRIES: readonly string[] = ["cli/main.ts", "core/system/probe_worker.ts"];

/** Importing a module of cli or core has no effect: no statements, no await and no call of Deno at its top. */
export const nothingAtImport: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename, ["cli", "core"])) return {};
    const { sourceCode } = context;
    const isMain = ENTRIES.includes(repositoryPath(context.filename));
    const isAtTop = (node: Deno.lint.Node): boolean =>
      !sourceCode.getAncestors(node).some(({ type, range }) =>
        FUNCTION.test(type) || (isMain && type === "IfStatement" && isMainTest(sourceCode.text.slice(...range)))
      );
    return {
      Program({ body }): void {
        for (const statement of body) {
          if (DECLARATION.test(statement.type)) continue;
          if (isMain && statement.type === "IfStatement" && isMainTest(sourceCode.getText(statement))) continue;
          context.report({
            node: statement,
            message: "a statement runs when the module is imported: move it into a function",
          });
        }
      },
      AwaitExpression(node): void {
        if (isAtTop(node)) context.report({ node, message: "the import waits for this: move it into a function" });
      },
      CallExpression(node): void {
        if (!/^Deno\./.test(sourceCode.getText(node.callee)) || !isAtTop(node)) return;
        context.report({ node, message: "the system is asked when the module is imported: move it into a function" });
      },
    };
  },
};

function isMainTest(statement: string): boolean {
  return /^if \(import\.meta\.main\)/.test(statement);
}
