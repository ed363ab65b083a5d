import { denoMembers } from "./deno_members.ts";
import { isBelow, repositoryPath } from "./repository_path.ts";

const NATIVE = /^(dlopen|Unsafe\w*)$/;

/** Native libraries and memory (`Deno.dlopen`, `Deno.Unsafe*`) are touched in core/ffi only. */
export const ffiBoundary: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename, ["cli", "core"]) || repositoryPath(context.filename).startsWith("core/ffi/")) {
      return {};
    }
    return denoMembers(({ node, name }) => {
      if (!NATIVE.test(name)) return;
      context.report({ node, message: `Deno.${name} reaches native memory: only core/ffi may` });
    });
  },
};
