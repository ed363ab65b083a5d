import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import type { Context } from "../context/context.ts";
import type { JournalEntry } from "./entry.ts";
import { Journal } from "./journal.ts";

/** Reads the journal. */
export interface JournalReader {
  /** Returns the entries, the oldest first. */
  entries(): readonly JournalEntry[];
  /** Returns the snapshot of an entry; undefined if it no longer exists. */
  snapshot(id: string): string | undefined;
}

/**
 * Opens the journal for reading.
 *
 * @throws {LvsctlError} If the context has no directories; its methods throw if the journal cannot be read.
 */
export function openJournal({ directories }: Context): JournalReader {
  if (directories === undefined) {
    throw new LvsctlError("this context has no directories", {
      operation: "read",
      object: "the journal",
      exitCode: EXIT.refused,
    });
  }
  const journal = new Journal(directories.state);
  const withContext = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      const hint = error instanceof Deno.errors.PermissionDenied ? "run as root" : undefined;
      throw asLvsctlError(error, { operation: "read the journal in", object: directories.state, hint });
    }
  };
  return {
    entries: () => withContext(() => journal.entries()),
    snapshot: (id) => withContext(() => journal.snapshot(id)),
  };
}
