import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import type { Context } from "../context/context.ts";
import type { JournalEntry } from "./entry.ts";
import { Journal } from "./journal.ts";

/** What can be read of the journal. */
export interface JournalReader {
  /** The entries, the oldest first. */
  entries(): readonly JournalEntry[];
  /** The snapshot of an entry; undefined if there is none any more. */
  snapshot(id: string): string | undefined;
}

/**
 * The journal, for those who read it.
 *
 * @throws {LvsctlError} If there is none here, and of what it gives each, if it cannot be read.
 */
export function openJournal({ directories }: Context): JournalReader {
  if (directories === undefined) throw new LvsctlError("no journal is kept here", { exitCode: EXIT.refused });
  const journal = new Journal(directories.state);
  const reading = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw asLvsctlError(error, { operation: "read the journal in", object: directories.state });
    }
  };
  return {
    entries: () => reading(() => journal.entries()),
    snapshot: (id) => reading(() => journal.snapshot(id)),
  };
}
