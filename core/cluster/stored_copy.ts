import { formatVersion, parseFields, parseVersion, type Version } from "./version.ts";

/** The copy of a version on the disk, as text. */
export function formatCopy(version: Version, store: { readonly prefix: string }): string {
  return `${JSON.stringify({ format: 1, prefix: store.prefix, version: formatVersion(version) })}\n`;
}

/** Parses the copy of a version; `undefined` if it is damaged, or of another prefix. */
export function parseCopy(text: string, store: { readonly prefix: string }): Version | undefined {
  const { prefix, version } = parseFields(text);
  return prefix === store.prefix && typeof version === "string" ? parseVersion(version) : undefined;
}
