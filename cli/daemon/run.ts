import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { isStreamPath } from "../../core/files/mod.ts";
import { optionalVariable } from "../../core/host/mod.ts";
import { formatLabels } from "../../core/model/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import { type FileCalls, openFileCalls } from "../../core/system/files.ts";
import type { Context } from "../context/context.ts";
import { readNamedFile } from "../context/io.ts";
import { count } from "../format/count.ts";
import { describeBug } from "../format/events.ts";
import type { Exporter, ExporterOptions, ExporterSettings } from "../http/exporter.ts";
import { ActiveConfig } from "./active_config.ts";
import { exporterSettings } from "./exporter_settings.ts";
import { lockDaemon, statePathOf } from "./files.ts";
import { DaemonLog, isJournalStream } from "./log.ts";
import { LogStream } from "./log_stream.ts";
import { DaemonProcess } from "./process.ts";
import { ReloadSignal } from "./reload_signal.ts";
import type { DaemonSettings } from "./settings.ts";
import { DaemonSources } from "./sources.ts";
import { readDaemonState } from "./state_file.ts";
import type { StoredConfig } from "./stored_config.ts";

/** The number of standard error. */
const STDERR = 2;

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
  using files = openFileCalls();
  using stream = new LogStream({
    write: (text) => context.io.err(text),
    canWrite: (waitMs) => files.canWrite(STDERR, { waitMs }),
    onLost: (lines) =>
      log.warn(`${count(lines, "line")} of the log are lost: the reader of standard error was too slow`),
    clock: SYSTEM_CLOCK,
  });
  const log: DaemonLog = new DaemonLog({
    format: settings.logFormat,
    isJournal: isJournalStream(optionalVariable("JOURNAL_STREAM")),
    isTerminal: context.io.errIsTerminal ?? false,
    isQuiet: context.io.verbosity === "quiet",
    write: (text) => stream.write(text),
    timeOfDay: Date.now,
  });
  const logging = withPromptFiles(withLog(context, log), files);
  using reloadSignal = new ReloadSignal({
    onMeaningless: (signal) =>
      log.warn(`${signal} has no meaning; SIGHUP reads the file again, SIGTERM and SIGUSR2 end the daemon`),
  });
  await using sources = new DaemonSources({
    log,
    readState: () => {
      const path = statePathOf(settings, directories);
      return path === undefined ? undefined : readDaemonState(path, { onProblem: (message) => log.warn(message) });
    },
  });
  using stored = settings.store === undefined ? undefined : await openStored(logging, settings, log);
  const config = await ActiveConfig.open(logging, {
    path: file,
    log,
    clock: SYSTEM_CLOCK,
    read: stored === undefined ? (path) => logging.surroundings.files.readFile(path) : () => stored.text,
    sources,
    isStored: stored !== undefined,
  });
  using _lock = directories === undefined ? undefined : lockDaemon(directories, {
    file,
    onUnusable: ({ message }) => log.warn(`${message}; another daemon may manage the same table`),
  });
  using kernel = await context.openIpvs();
  const exported = await exporterSettings(settings, config.desired.metrics);
  // Over a connection of its own, because a reading in steps must not meet another request.
  using table = exported === undefined ? undefined : await context.openIpvs();
  await using exporter = exported === undefined || table === undefined ? undefined : await openExporter(exported, {
    table,
    onTrouble: (error) => {
      if (error === undefined) log.write({ level: "info", event: "metrics", message: "the metrics are written again" });
      else log.warn(`${error.message}; it is tried again`);
    },
    onBug: (error) => log.write(describeBug(error)),
    group: settings.socketGroup,
  });
  for (const message of exporter?.places ?? []) log.write({ level: "info", event: "http", message });
  await new DaemonProcess(logging, { settings, kernel, log, config, sources, reloadSignal, exporter, stored }).run();
}

/** Reads the configuration from a store; a daemon with a file never loads that code. */
async function openStored(
  { surroundings, directories }: Context,
  settings: DaemonSettings,
  log: DaemonLog,
): Promise<StoredConfig> {
  const { StoredConfig } = await import("./stored_config.ts");
  return await StoredConfig.open({
    ...settings.store,
    address: settings.file,
    name: surroundings.host(),
    labels: formatLabels(surroundings.labels()),
    directories,
    log,
  });
}

async function openExporter(settings: ExporterSettings, options: ExporterOptions): Promise<Exporter> {
  const { Exporter } = await import("../http/exporter.ts");
  return await Exporter.open(settings, options);
}

/** The context with the log in place of standard error, for functions that the daemon shares with commands. */
function withLog(context: Context, log: DaemonLog): Context {
  const err = (text: string): void => {
    for (const line of text.split("\n")) if (line !== "") log.line(line);
  };
  return { ...context, io: { ...context.io, err } };
}

/** The context with files that are opened without waiting: a named pipe in place of one must not stop the checks. */
function withPromptFiles(context: Context, calls: FileCalls): Context {
  const { surroundings } = context;
  const readFile = (path: string): string => readNamedFile(path, { open: (name) => calls.openForReading(name) });
  return { ...context, surroundings: { ...surroundings, files: { ...surroundings.files, readFile } } };
}
