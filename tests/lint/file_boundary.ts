import { denoMembers } from "./deno_members.ts";
import { isBelow, repositoryPath } from "./repository_path.ts";

/** What opens or reads a file that exists already. */
const READERS = /^(open|readFile|readTextFile|create)(Sync)?$/;

/**
 * A path may lead to a pipe, a device or another user's link: core/files alone opens files, and knows what each kind of
 * file may be.
 */
export const fileBoundary: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    const isReader = repositoryPath(context.filename).startsWith("core/files/");
    if (!isBelow(context.filename, ["cli", "core"]) || isReader) return {};
    return denoMembers(({ node, name }) => {
      if (!READERS.test(name)) return;
      context.report({ node, message: `Deno.${name} opens whatever has that name: use core/files` });
    });
  },
};
