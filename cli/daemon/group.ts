import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { readRegularFile } from "../../core/files/mod.ts";
import { visible } from "../../core/model/mod.ts";

/** The groups of this machine. */
const GROUPS = "/etc/group";

/** Largest id of a group. */
const MAX_ID = 0xffff_fffe;

/**
 * The id of a group.
 *
 * @param text Its name, or the id itself.
 * @throws {LvsctlError} If this machine has no such group.
 */
export function groupArgument(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_ID) return Number(text);
  const id = groupIn(readGroups(), text);
  if (id !== undefined) return id;
  throw new LvsctlError(`"${visible(text)}" is not a group of this machine`, {
    hint: `name a group of ${GROUPS}`,
    exitCode: EXIT.usage,
  });
}

/** The id of a group in the text of a file like /etc/group; undefined if it has no such group. */
export function groupIn(groups: string, name: string): number | undefined {
  for (const line of groups.split("\n")) {
    const [known, , id = ""] = line.split(":");
    if (known === name && /^\d{1,10}$/.test(id)) return Number(id);
  }
  return undefined;
}

function readGroups(): string {
  try {
    return new TextDecoder().decode(readRegularFile(GROUPS));
  } catch {
    // Without the file, no name is a group.
    return "";
  }
}
