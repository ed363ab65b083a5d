/**
 * Converts other programs' configurations to configuration files: text in, text and a report out.
 *
 * @module
 */

export type { Imported, Importer, ImportFinding, ImportSource, Unmapped } from "./imported.ts";

/** Loads the parts that importers share. */
export async function loadImporting(): Promise<typeof import("./importer_parts.ts")> {
  return await import("./importer_parts.ts");
}

/** Loads the importer of ldirectord's files. */
export async function loadLdirectord(): Promise<typeof import("./ldirectord/import_ldirectord.ts")> {
  return await import("./ldirectord/import_ldirectord.ts");
}

/** Loads the importer of ipvsctl's files. */
export async function loadIpvsctl(): Promise<typeof import("./ipvsctl/import_ipvsctl.ts")> {
  return await import("./ipvsctl/import_ipvsctl.ts");
}

/** Loads the importer of keepalived's files. */
export async function loadKeepalived(): Promise<typeof import("./keepalived/import_keepalived.ts")> {
  return await import("./keepalived/import_keepalived.ts");
}
