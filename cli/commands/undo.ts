import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { defined } from "../../core/model/mod.ts";
import { readKernel, stateDigest } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { undoneIds } from "../format/history.ts";
import type { JournalEntry } from "../journal/entry.ts";
import { openJournal } from "../journal/open.ts";
import { changesSince, parseSnapshot, targetBefore } from "../journal/snapshot.ts";
import { DEFAULT_DRAIN_MS, DRAIN_HELP, LOCK_TIMEOUT_HELP, waitArgument } from "../options/apply_options.ts";
import { tableNamespace } from "../state/namespace.ts";
import { applyWithConfirmation } from "../table/apply_with_confirmation.ts";

/** The number of changes that a message lists. */
const MAX_LISTED_CHANGES = 5;

/** `lvsctl undo`. */
export function undoCommand(context: Context): CommandUnknownOpts {
  return new Command("undo")
    .description(
      "Restores the state before the last apply or restore that has not been undone. Only what that changed is touched. " +
        "Refused if the same services have changed since.",
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
      const entry = lastUndoable(journal.entries());
      const object = `lvsctl ${entry.command.join(" ")} of ${entry.at.replace(/\.\d+Z$/, "Z")}`;
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
      if (!force) refuse(entry, object, changesSince(snapshot, current));
      await applyWithConfirmation(
        context,
        {
          client,
          vips,
          target,
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

/** The last apply or restore of this table that changed something and has not been undone. */
function lastUndoable(entries: readonly JournalEntry[]): JournalEntry {
  const undone = undoneIds(entries);
  const namespace = tableNamespace();
  const entry = entries.findLast((candidate) =>
    (candidate.operation === "apply" || candidate.operation === "restore") && candidate.namespace === namespace &&
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

function refuse({ outcome }: JournalEntry, object: string, changes: readonly string[]): void {
  const hint = '"lvsctl undo --dry-run --force" shows what undoing would change; --force undoes it';
  if (outcome !== "done") {
    const reason = outcome === "begun" ? "it did not finish" : "it was only partly done";
    throw new LvsctlError(reason, { operation: "undo", object, hint });
  }
  if (changes.length === 0) return;
  const more = changes.length > MAX_LISTED_CHANGES ? `, and ${changes.length - MAX_LISTED_CHANGES} more` : "";
  const listed = changes.slice(0, MAX_LISTED_CHANGES).join(", ");
  throw new LvsctlError(`the table has been changed since: ${listed}${more}`, { operation: "undo", object, hint });
}
