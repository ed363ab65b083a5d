import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { defined } from "../../core/model/mod.ts";
import { readKernel, stateDigest } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { respectDaemon } from "../daemon/managed_services.ts";
import { undoneIds } from "../format/history.ts";
import { describeRun, type JournalEntry } from "../journal/entry.ts";
import { openJournal } from "../journal/open.ts";
import { changesSince, targetBefore } from "../journal/snapshot.ts";
import { parseSnapshot } from "../journal/snapshot_reader.ts";
import { DEFAULT_DRAIN_MS, DRAIN_HELP, LOCK_TIMEOUT_HELP, waitArgument } from "../options/apply_options.ts";
import { tableNamespace } from "../state/namespace.ts";
import { applyWithConfirmation } from "../table/apply_with_confirmation.ts";

/** The number of changes that a message lists. */
const MAX_LISTED_CHANGES = 5;

/** `lvsctl undo`. */
export function undoCommand(context: Context): CommandUnknownOpts {
  return new Command("undo")
    .description(
      "Restores the state before the last apply, restore or batch that has not been undone. Only what that changed is touched. " +
        "Refused if the same services have changed since. A command that was killed before it ended is undone too. " +
        "On a terminal it asks for confirmation; without one, an undo that takes something away needs --yes.",
    )
    .option("--drain <duration>", `${DRAIN_HELP} (default: 10s)`, waitArgument)
    .option("--lock-timeout <duration>", LOCK_TIMEOUT_HELP, waitArgument)
    .option(
      "--force",
      "undo even if the services have changed since, and add VIPs even if another host answers for them",
    )
    .option("-y, --yes", "do not ask for confirmation")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (options) => {
      const journal = openJournal(context);
      const entries = journal.entries();
      const entry = lastUndoable(entries);
      const object = describeRun(entry);
      const text = journal.snapshot(entry.id);
      if (text === undefined) {
        throw new LvsctlError("its snapshot no longer exists", { operation: "undo", object });
      }
      const snapshot = parseSnapshot(text, entry.id);
      using client = await context.openIpvs();
      using vips = snapshot.settings.vips === undefined ? undefined : await context.openVips();
      const present = vips?.vips();
      const current = defined({ ...readKernel(client, new Set(snapshot.digests.keys())), vips: present });
      const target = targetBefore(snapshot, present ?? []);
      const force = options.force ?? false;
      if (!force) refuseUncertain(entry, { object, entries, changes: () => changesSince(snapshot, current) });
      await applyWithConfirmation(
        context,
        {
          client,
          vips,
          target: await respectDaemon(context, target, { client }),
          drainMs: options.drain ?? DEFAULT_DRAIN_MS,
          force,
          // The state must not change until the lock is held.
          ifUnchanged: stateDigest(current, {
            timeouts: target.timeouts !== undefined,
            syncDaemons: target.syncDaemons !== undefined,
          }),
        },
        {
          operation: "undo",
          undoes: entry.id,
          ...options,
          lockTimeoutMs: options.lockTimeout,
        },
      );
    })
    .addHelpText("after", examples("lvsctl undo --dry-run", "lvsctl undo --yes"));
}

/** The last apply, restore or batch of this table that changed something and has not been undone. */
function lastUndoable(entries: readonly JournalEntry[]): JournalEntry {
  const undone = undoneIds(entries);
  const namespace = tableNamespace();
  const entry = entries.findLast((candidate) =>
    ["apply", "restore", "batch"].includes(candidate.operation) && candidate.namespace === namespace &&
    candidate.outcome !== "undone" && !undone.has(candidate.id)
  );
  if (entry === undefined) {
    throw new LvsctlError("there is no apply or restore to undo", {
      hint: '"lvsctl history" shows what has been changed',
      exitCode: EXIT.refused,
    });
  }
  if (entry.undoable) return entry;
  throw new LvsctlError("it has no snapshot, because it could not be written", {
    operation: "undo",
    object: `lvsctl ${entry.command.join(" ")}`,
  });
}

/**
 * Refuses to undo a run if that could undo changes by others.
 *
 * After an unfinished run, the table does not show which changes are its own; then only the journal decides.
 *
 * @throws {LvsctlError} With the changes.
 */
function refuseUncertain(
  entry: JournalEntry,
  { object, entries, changes }: {
    readonly object: string;
    readonly entries: readonly JournalEntry[];
    readonly changes: () => readonly string[];
  },
): void {
  const refusal = (reason: string): LvsctlError =>
    new LvsctlError(reason, {
      operation: "undo",
      object,
      hint: '"lvsctl undo --dry-run --force" shows what undoing would change; --force undoes it',
    });
  if (entry.outcome === "partly") throw refusal("it was only partly done");
  if (entry.outcome === "begun") {
    const later = laterChange(entries, entry);
    if (later === undefined) return;
    throw refusal(`it did not finish, and ${describeRun(later)} may have changed the same since`);
  }
  const found = changes();
  if (found.length === 0) return;
  const more = found.length > MAX_LISTED_CHANGES ? `, and ${found.length - MAX_LISTED_CHANGES} more` : "";
  const listed = found.slice(0, MAX_LISTED_CHANGES).join(", ");
  throw refusal(`the table has been changed since: ${listed}${more}`);
}

/** The first entry behind another of the same table that may have left changes. */
function laterChange(entries: readonly JournalEntry[], entry: JournalEntry): JournalEntry | undefined {
  const undone = undoneIds(entries);
  return entries.slice(entries.indexOf(entry) + 1).find(({ id, namespace, operation, outcome, undoes }) => {
    if (namespace !== entry.namespace || outcome === "undone" || undone.has(id)) return false;
    const isUndoOfOther = operation === "undo" && undoes !== entry.id && outcome === "done";
    const isRetry = operation === "undo" && undoes === entry.id;
    return !isUndoOfOther && !isRetry;
  });
}
