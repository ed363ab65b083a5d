import plugin from "../../lint/plugin.ts";

/** The messages of one of the project's rules about a source file. */
export function messagesOf(rule: string, source: string, path: string = "core/model/address.ts"): readonly string[] {
  return Deno.lint.runPlugin(plugin, path, source)
    .filter(({ id }) => id === `lvsctl/${rule}`)
    .map(({ message }) => message);
}

/** How often one of the project's rules reports something in a source file. */
export function countOf(rule: string, source: string, path?: string): number {
  return messagesOf(rule, source, path).length;
}
