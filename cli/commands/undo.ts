import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { readKernel, stateDigest } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import type { Context } from "../context/context.ts";
import { undoneIds } from "../format/history.ts";
import type { JournalEntry } from "../journal/entry.ts";
import { openJournal } from "../journal/open.ts";
import { changesSince, parseSnapshot, targetBefore } from "../journal/snapshot.ts";
import { DEFAULT_DRAIN_MS, DRAIN_HELP, LOCK_TIMEOUT_HELP, waitArgument } from "../options/apply_options.ts";
import { tableNamespace } from "../state/namespace.ts";
import { applyWithConfirmation } from "../table/apply_with_confirmation.ts";

/** Changes of others that a message names. */
const TOLD_CHANGES = 5;

/** `lvsctl undo`. */
export function undoCommand(context: Context): CommandUnknownOpts {
  return new Command("undo")
    .description(
      "Goes back to before the last apply or restore, or if that has been undone, to before the one before it. Only " +
        "what that changed is touched. Refused if it has been changed again since.",
    )
    .option("--drain <duration>", `${DRAIN_HELP} (default: 10s)`, waitArgument)
    .option("--lock-timeout <duration>", LOCK_TIMEOUT_HELP, waitArgument)
    .option("--force", "go back though others have changed it since; VIPs though another host answers for them")
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (options) => {
      const journal = openJournal(context);
      const entry = lastUndoable(journal.entries());
      const object = `lvsctl ${entry.command.join(" ")} of ${entry.at.replace(/\.\d+Z$/, "Z")}`;
      const text = journal.snapshot(entry.id);
      if (text === undefined) {
        throw new LvsctlError("what was before is not kept any more", { operation: "undo", object });
      }
      const snapshot = parseSnapshot(text, entry.id);
      using client = await context.openIpvs();
      using vips = snapshot.made.vips === undefined ? undefined : await context.openVips();
      const present = vips?.vips();
      const current = {
        ...readKernel(client, new Set(snapshot.services.keys())),
        ...(present === undefined ? {} : { vips: present }),
      };
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
          // What was looked at must not change before the lock is had.
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
    });
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
  throw new LvsctlError("what was before could not be kept", {
    operation: "undo",
    object: `lvsctl ${entry.command.join(" ")}`,
  });
}

function refuse({ outcome }: JournalEntry, object: string, changes: readonly string[]): void {
  const hint = '"lvsctl undo --dry-run --force" shows what going back would change; --force alone does it';
  if (outcome !== "done") {
    const reason = outcome === "begun" ? "it did not end" : "it was only partly done";
    throw new LvsctlError(reason, { operation: "undo", object, hint });
  }
  if (changes.length === 0) return;
  const more = changes.length > TOLD_CHANGES ? `, and ${changes.length - TOLD_CHANGES} more` : "";
  const told = changes.slice(0, TOLD_CHANGES).join(", ");
  throw new LvsctlError(`the table has been changed since: ${told}${more}`, { operation: "undo", object, hint });
}
