import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type IpvsClient, rehearse } from "../../core/ipvs/mod.ts";
import { type Change, formatServiceId, type ServiceId } from "../../core/model/mod.ts";
import { CurrentState, readKernel } from "../../core/reconcile/mod.ts";
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
  /** Changes that another process has made for this command already: they are only printed. */
  readonly made?: readonly Change[] | undefined;
  /** The kernel's state before all changes; by default it is read, if the output needs it. */
  readonly before?: CurrentState | undefined;
  /** Whether the command changed something else too. */
  readonly isOtherChanged?: boolean | undefined;
}

/**
 * Makes the changes of one command and prints them as its options ask. No change is reported, and recorded nowhere.
 *
 * @throws {LvsctlError} If the kernel refuses a change; with {@linkcode EXIT.partial} if it took others of them.
 */
export function executeChanges(context: Context, request: ChangeRequest): void {
  const { options, made = [], isOtherChanged } = request;
  const { changes, before, errors } = options.dryRun ? rehearseAll(request) : execute(context, request);
  const [first, ...others] = errors;
  if (first !== undefined) {
    if (changes.length === 1) throw first;
    const isPartial = !options.dryRun && errors.length < changes.length;
    throw new LvsctlError(
      [first, ...others].map(({ message }) => message).join("\n"),
      { exitCode: isPartial ? EXIT.partial : first.exitCode },
    );
  }
  printEntryFindings(context, { client: request.client, changes, isRehearsal: options.dryRun });
  printTableChanges(context, { changes: [...made, ...changes], before, options, isOtherChanged });
}

/** The changes of a command, and the errors of those that failed. */
interface Execution {
  readonly changes: readonly Change[];
  /** The kernel's state before them, if the output needs it. */
  readonly before: CurrentState | undefined;
  readonly errors: readonly LvsctlError[];
}

function rehearseAll(request: ChangeRequest): Execution {
  const { client, changes: planned } = request;
  const changes = planned instanceof Function ? planned() : planned;
  const errors = changes.map((change) => rehearse(client, change)).filter((error) => error !== undefined);
  return { changes, before: stateBefore(servicesOf(changes), request), errors };
}

/** The kernel's settings and some of its services; undefined if only JSON would show them. */
export function stateBefore(
  services: readonly ServiceId[],
  { client, options }: Pick<ChangeRequest, "client" | "options">,
): CurrentState | undefined {
  return options.json ? new CurrentState(readKernel(client, new Set(services.map(formatServiceId)))) : undefined;
}

/** The services that changes are about. */
function servicesOf(changes: readonly Change[]): readonly ServiceId[] {
  return changes.flatMap((change) =>
    "service" in change ? [change.service.id] : "id" in change && change.id !== undefined ? [change.id] : []
  );
}

function execute(context: Context, request: ChangeRequest): Execution {
  const { client, changes: planned } = request;
  let changes: readonly Change[] = [];
  let before: CurrentState | undefined;
  const plan = (): { readonly changes: readonly Change[] } => {
    changes = planned instanceof Function ? planned() : planned;
    before = request.before ?? stateBefore(servicesOf(changes), request);
    return { changes };
  };
  const errors = executeAndRecord(context, plan, {
    execute: () => changes.length === 0 ? new Map() : client.execute(changes),
  });
  return { changes, before, errors: [...errors.values()] };
}
