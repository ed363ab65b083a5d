import { EXIT, LvsctlError } from "../../core/errors/mod.ts";

/** Help for `--ensure` of a command that adds. */
export const ENSURE_ADDED_HELP = "succeed if it exists, and change it to the given settings";

/** Help for `--ensure` of a command that deletes. */
export const ENSURE_DELETED_HELP = "succeed if it does not exist";

/** Help for `--if-exists`. */
export const IF_EXISTS_HELP = "do nothing if it does not exist";

/** The options of a command that deletes; each of them accepts a missing object. */
export interface AbsenceOptions {
  /** The wanted end is that the object does not exist. */
  readonly ensure?: true | undefined;
  /** The command is for an object that may not exist. */
  readonly ifExists?: true | undefined;
}

/** Whether a missing object is accepted. */
export function acceptsAbsence({ ensure, ifExists }: AbsenceOptions): boolean {
  return ensure === true || ifExists === true;
}

/**
 * Refuses an edit that names no setting: it would change nothing, and hide a forgotten option.
 *
 * @param values The settings that the command line names; undefined ones are not named.
 * @param edit.operation The verb of the error message.
 * @param edit.object The object of the error message.
 * @param edit.example An option to add, as an example.
 * @throws {LvsctlError} If no setting is named.
 */
export function refuseNoSettings(
  values: readonly unknown[],
  edit: { readonly operation: string; readonly object: string; readonly example: string },
): void {
  if (values.some((value) => value !== undefined)) return;
  const { operation, object, example } = edit;
  throw new LvsctlError("no option names a setting", {
    operation,
    object,
    hint: `add one, such as ${example}`,
    exitCode: EXIT.usage,
  });
}
