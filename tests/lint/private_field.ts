/** Private state is `#field`, which JavaScript holds, never the keyword `private`, which only the type check does. */
export const privateField: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    const report = (node: Deno.lint.Node, accessibility: string | undefined): void => {
      if (accessibility !== "private") return;
      context.report({ node, message: 'the keyword "private" holds in types only: use a #name' });
    };
    return {
      PropertyDefinition: (node): void => report(node, node.accessibility),
      MethodDefinition(node): void {
        // A constructor cannot be a #name.
        if (node.kind !== "constructor") report(node, node.accessibility);
      },
    };
  },
};
