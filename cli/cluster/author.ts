import { oneLine } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";

/** The author of a version: the user, also behind sudo, and the host. */
export function authorOf({ surroundings: { variables, host } }: Context): string {
  const user = variables("SUDO_USER") || variables("USER") || variables("LOGNAME") ||
    (Deno.uid() === 0 ? "root" : `uid ${Deno.uid()}`);
  return oneLine(`${user}@${host()}`).slice(0, 200);
}
