/** A use of a member of the global `Deno`. */
export interface DenoMember {
  /** The node that names the member. */
  readonly node: Deno.lint.Node;
  /** The member: "dlopen". */
  readonly name: string;
}

/** Calls `found` for each member of `Deno` that a file uses: by name, by string, by destructuring, or in a type. */
export function denoMembers(found: (member: DenoMember) => void): Deno.lint.LintVisitor {
  return {
    MemberExpression(node): void {
      if (!isDeno(node.object)) return;
      const { property } = node;
      if (property.type === "Identifier" && !node.computed) found({ node, name: property.name });
      if (property.type === "Literal") found({ node, name: String(property.value) });
    },
    TSQualifiedName(node): void {
      if (isDeno(node.left)) found({ node, name: node.right.name });
    },
    VariableDeclarator({ id, init }): void {
      if (init === null || !isDeno(init) || id.type !== "ObjectPattern") return;
      for (const property of id.properties) {
        if (property.type !== "Property") continue;
        const { key } = property;
        if (key.type === "Identifier") found({ node: property, name: key.name });
        if (key.type === "Literal") found({ node: property, name: String(key.value) });
      }
    },
  };
}

/** Whether a node is `Deno`, `globalThis.Deno` or the like. */
function isDeno(node: Deno.lint.Node): boolean {
  if (node.type === "Identifier") return node.name === "Deno";
  return node.type === "MemberExpression" && isDeno(node.property);
}
