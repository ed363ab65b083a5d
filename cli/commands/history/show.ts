import { formatPartialState } from "../../../core/config/mod.ts";
import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import { sortEntries } from "../../../core/model/mod.ts";
import {
  COLOR_HELP,
  colorArgument,
  DOCUMENT_HELP,
  documentArgument,
  OUTPUT_FLAGS,
  WIDE_HELP,
} from "../../options/display_options.ts";
import { Command, type CommandUnknownOpts } from "../../options/commander.ts";
import { examples } from "../../options/examples.ts";
import type { Context } from "../../context/context.ts";
import { formatEntryDetails } from "../../format/history_entry.ts";
import { systemOffset } from "../../format/local_time.ts";
import { type Json, printJson, serverJson, serviceJson } from "../../format/json.ts";
import { planChangesJson } from "../../format/plan.ts";
import { describeRun, entryJson, type JournalEntry } from "../../journal/entry.ts";
import { type JournalReader, openJournal } from "../../journal/open.ts";
import { type ChangedParts, type RecordedChange, recordedChange } from "../../journal/recorded_plan.ts";
import { parseSnapshot } from "../../journal/snapshot_reader.ts";
import { outWidth, printLines } from "../../terminal/display.ts";
import { entryWithId, refusalOf } from "../undo/chosen_entry.ts";

/** `lvsctl history show`. */
export function showCommand(context: Context): CommandUnknownOpts {
  return new Command("show")
    .summary("show one change: command, user, plan and result")
    .description(
      "Shows one change of the table: its command, user, time and result, and the plan with the values before and after. " +
        "--before and --after print the services and settings that it changed as a file, in the state before and after; " +
        "the newest 20 applies, restores and batches have them.",
    )
    .addHelpText(
      "after",
      examples("lvsctl history show miko3sb3n9-2f8", "lvsctl history show miko3sb3n9-2f8 --before"),
    )
    .argument("<id>", "the ID of the change in lvsctl history")
    .option("--before", "print what it changed as it was before, as YAML")
    .option("--after", "print what it changed as it was afterwards, as YAML")
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, DOCUMENT_HELP, documentArgument)
    .action((id, { before, after, json, ...display }) => {
      const { io } = context;
      if ([before, after, json].filter((given) => given === true).length > 1) {
        throw new LvsctlError("--before, --after and --json exclude each other", { exitCode: EXIT.usage });
      }
      const journal = openJournal(context);
      const entries = journal.entries();
      const entry = entryWithId(entries, id);
      const recorded = recordedOf(journal, entry);
      if (before || after) {
        return io.out(stateText(entry, { recorded, side: before ? "before" : "after" }));
      }
      const undoneBy = entries.find(({ undoes, outcome }) => undoes === id && outcome === "done");
      const refusal = recorded === undefined && entry.undoable
        ? "its snapshot no longer exists"
        : refusalOf(entry, entries)?.reason;
      if (json) {
        printJson(io, {
          ...entryJson(entry),
          undone_by: undoneBy?.id ?? null,
          changes: recorded?.plan === undefined ? null : planChangesJson(recorded.plan),
          before: servicesJson(recorded?.before),
          after: servicesJson(recorded?.after),
        });
      } else {
        const now = Date.now();
        const local = io.outIsTerminal ? { offset: systemOffset, now } : undefined;
        const details = { now, local, plan: recorded?.plan, undoneBy, refusal, width: outWidth(io, display) };
        printLines(io, formatEntryDetails(entry, details), display);
      }
    });
}

function recordedOf(journal: JournalReader, { id, undoable }: JournalEntry): RecordedChange | undefined {
  const text = undoable ? journal.snapshot(id) : undefined;
  return text === undefined ? undefined : recordedChange(parseSnapshot(text, id));
}

function stateText(
  entry: JournalEntry,
  { recorded, side }: { readonly recorded: RecordedChange | undefined; readonly side: "before" | "after" },
): string {
  const state = recorded?.[side];
  if (state !== undefined) return formatPartialState(state);
  const reason = recorded !== undefined
    ? "the state after a change of more than 1,000 servers is not stored"
    : entry.undoable
    ? "its snapshot no longer exists, because lvsctl keeps only the newest"
    : "only an apply, a restore or a batch that was made has a snapshot";
  throw new LvsctlError(reason, {
    operation: `show the state ${side}`,
    object: describeRun(entry),
    hint: `"lvsctl history show ${entry.id}" lists its steps`,
    exitCode: EXIT.refused,
  });
}

function servicesJson(state: ChangedParts | undefined): Json {
  if (state === undefined) return null;
  return sortEntries(state.services).map(({ service, servers }) => ({
    ...serviceJson(service),
    servers: servers.map(serverJson),
  }));
}
