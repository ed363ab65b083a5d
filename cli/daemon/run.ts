import { optionalVariable } from "../../core/host/mod.ts";
import { readDesired } from "../config/read_config.ts";
import type { Context } from "../context/context.ts";
import { lockDaemon } from "./files.ts";
import { DaemonLog, isJournalStream } from "./log.ts";
import { DaemonProcess } from "./process.ts";
import type { DaemonSettings } from "./settings.ts";

/**
 * Runs the daemon until SIGTERM or SIGINT. Later problems are only logged.
 *
 * @throws {LvsctlError} If the file is not valid, another daemon manages the table, or there is no IPVS.
 */
export async function runDaemon(context: Context, settings: DaemonSettings): Promise<void> {
  const { file, dryRun } = settings;
  const directories = dryRun ? undefined : context.directories;
  const log = new DaemonLog({
    format: settings.logFormat,
    isJournal: isJournalStream(optionalVariable("JOURNAL_STREAM")),
    isTerminal: context.io.errIsTerminal ?? false,
    write: (text) => context.io.err(text),
    timeOfDay: Date.now,
  });
  const logging = withLog(context, log);
  const desired = await readDesired(logging, file, { warn: true });
  using _lock = directories === undefined ? undefined : lockDaemon(directories, {
    file,
    onUnusable: ({ message }) => log.warn(`${message}; another daemon may manage the same table`),
  });
  using kernel = await context.openIpvs();
  await new DaemonProcess(logging, { settings, kernel, log, desired }).run();
}

/** The context with the log in place of standard error, for functions that the daemon shares with commands. */
function withLog(context: Context, log: DaemonLog): Context {
  const err = (text: string): void => {
    for (const line of text.split("\n")) {
      if (line !== "") log.write({ level: "warning", event: "file", message: line.replace(/^lvsctl: /, "") });
    }
  };
  return { ...context, io: { ...context.io, err } };
}
