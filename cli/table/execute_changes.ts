import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type IpvsClient, rehearse } from "../../core/ipvs/mod.ts";
import type { Change } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { type ChangeOptions, printTableChanges } from "../format/printed_change.ts";
import { printEntryFindings } from "./entry_findings.ts";
import { executeAndRecord } from "./execute_and_record.ts";

/** The changes of one command. */
export interface ChangeRequest {
  /** The kernel. */
  readonly client: IpvsClient;
  /** The changes, or what plans them from the kernel's state once the table is locked. */
  readonly changes: readonly Change[] | (() => readonly Change[]);
  /** The options of the output. */
  readonly options: ChangeOptions;
}

/**
 * Makes the changes of one command and prints them as its options ask. No change is reported, and recorded nowhere.
 *
 * @throws {LvsctlError} If the kernel refuses a change; with {@linkcode EXIT.partial} if it took others of them.
 */
export function executeChanges(context: Context, request: ChangeRequest): void {
  const { options } = request;
  const { changes, errors } = options.dryRun ? rehearseAll(request) : execute(context, request);
  const [first, ...others] = errors;
  if (first !== undefined) {
    if (changes.length === 1) throw first;
    const isPartial = !options.dryRun && errors.length < changes.length;
    throw new LvsctlError(
      [first, ...others].map(({ message }) => message).join("\n"),
      { exitCode: isPartial ? EXIT.partial : first.exitCode },
    );
  }
  printEntryFindings(context, { client: request.client, changes });
  printTableChanges(context, { changes, options });
}

/** The changes of a command, and the errors of those that failed. */
interface Execution {
  readonly changes: readonly Change[];
  readonly errors: readonly LvsctlError[];
}

function rehearseAll({ client, changes: planned }: ChangeRequest): Execution {
  const changes = planned instanceof Function ? planned() : planned;
  return { changes, errors: changes.map((change) => rehearse(client, change)).filter((error) => error !== undefined) };
}

function execute(context: Context, { client, changes: planned }: ChangeRequest): Execution {
  let changes: readonly Change[] = [];
  const plan = (): { readonly changes: readonly Change[] } => {
    changes = planned instanceof Function ? planned() : planned;
    return { changes };
  };
  const errors = executeAndRecord(context, plan, {
    execute: () => changes.length === 0 ? new Map() : client.execute(changes),
  });
  return { changes, errors: [...errors.values()] };
}
