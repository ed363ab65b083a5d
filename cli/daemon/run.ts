import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { isStreamPath } from "../../core/files/mod.ts";
import { optionalVariable } from "../../core/host/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import type { Context } from "../context/context.ts";
import { ActiveConfig } from "./active_config.ts";
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
  if (file === "-" || isStreamPath(file)) {
    throw new LvsctlError("the daemon reads its file again with every reload, so it cannot be a stream", {
      operation: "run",
      object: file,
      hint: "write the configuration to a file, and name that file",
      exitCode: EXIT.usage,
    });
  }
  const directories = dryRun ? undefined : context.directories;
  const log = new DaemonLog({
    format: settings.logFormat,
    isJournal: isJournalStream(optionalVariable("JOURNAL_STREAM")),
    isTerminal: context.io.errIsTerminal ?? false,
    write: (text) => context.io.err(text),
    timeOfDay: Date.now,
  });
  const logging = withLog(context, log);
  const config = await ActiveConfig.open(logging, { path: file, log, clock: SYSTEM_CLOCK });
  using _lock = directories === undefined ? undefined : lockDaemon(directories, {
    file,
    onUnusable: ({ message }) => log.warn(`${message}; another daemon may manage the same table`),
  });
  using kernel = await context.openIpvs();
  await new DaemonProcess(logging, { settings, kernel, log, config }).run();
}

/** The context with the log in place of standard error, for functions that the daemon shares with commands. */
function withLog(context: Context, log: DaemonLog): Context {
  const err = (text: string): void => {
    for (const line of text.split("\n")) if (line !== "") log.line(line);
  };
  return { ...context, io: { ...context.io, err } };
}
