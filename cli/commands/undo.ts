import { LvsctlError } from "../../core/errors/mod.ts";
import { defined } from "../../core/model/mod.ts";
import { readKernel, stateDigest } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { respectDaemon } from "../daemon/managed_services.ts";
import { describeRun } from "../journal/entry.ts";
import { type JournalReader, openJournal } from "../journal/open.ts";
import { changesSince, type Snapshot, targetBefore } from "../journal/snapshot.ts";
import { parseSnapshot } from "../journal/snapshot_reader.ts";
import { DEFAULT_DRAIN_MS, DRAIN_HELP, LOCK_TIMEOUT_HELP, waitArgument } from "../options/apply_options.ts";
import { applyWithConfirmation } from "../table/apply_with_confirmation.ts";
import { refuseUncertain } from "./undo/certainty.ts";
import { chosenEntry } from "./undo/chosen_entry.ts";

/** `lvsctl undo`. */
export function undoCommand(context: Context): CommandUnknownOpts {
  return new Command("undo")
    .description(
      "Restores the state before an apply, restore or batch: the one with an ID of lvsctl history, or the last that has not " +
        "been undone. Only what that changed is touched. Refused if the same services have changed since. A command that was killed before it ended is undone too. " +
        "On a terminal it asks for confirmation; without one, an undo that takes something away needs --yes.",
    )
    .argument("[id]", "the ID of the change in lvsctl history; by default the last one")
    .option("--drain <duration>", `${DRAIN_HELP} (default: 10s)`, waitArgument)
    .option("--lock-timeout <duration>", LOCK_TIMEOUT_HELP, waitArgument)
    .option(
      "--force",
      "undo even if the services have changed since, and add VIPs even if another host answers for them",
    )
    .option("-y, --yes", "do not ask for confirmation")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (id, options) => {
      const journal = openJournal(context);
      const entries = journal.entries();
      const entry = chosenEntry(entries, id);
      const object = describeRun(entry);
      const text = journal.snapshot(entry.id);
      if (text === undefined) {
        throw new LvsctlError("its snapshot no longer exists, because lvsctl keeps only the newest", {
          operation: "undo",
          object,
          hint: `"lvsctl history show ${entry.id}" lists what it changed`,
        });
      }
      const snapshot = parseSnapshot(text, entry.id);
      using client = await context.openIpvs();
      using vips = snapshot.settings.vips === undefined ? undefined : await context.openVips();
      const present = vips?.vips();
      const current = defined({ ...readKernel(client, new Set(snapshot.digests.keys())), vips: present });
      const target = targetBefore(snapshot, present ?? []);
      const force = options.force ?? false;
      if (!force) {
        refuseUncertain(entry, {
          object,
          command: id === undefined ? "lvsctl undo" : `lvsctl undo ${id}`,
          entries,
          changes: () => changesSince(snapshot, current),
          snapshotOf: (other) => readSnapshot(journal, other),
        });
      }
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

/** The snapshot of an entry; undefined if it no longer exists, or if another version of lvsctl wrote it. */
function readSnapshot(journal: JournalReader, id: string): Snapshot | undefined {
  const text = journal.snapshot(id);
  try {
    return text === undefined ? undefined : parseSnapshot(text, id);
  } catch (error) {
    if (error instanceof LvsctlError) return undefined;
    throw error;
  }
}
