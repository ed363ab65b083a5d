import { Daemon } from "../../core/daemon/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import { openNetwork, probeBy } from "../../core/open_network.ts";
import { Command, type CommandUnknownOpts } from "../commander.ts";
import { readDesired } from "../config_file.ts";
import type { Context } from "../context.ts";
import { formatEvent } from "../format/events.ts";
import { tryLockTable } from "../table_lock.ts";

/** `lvsctl run`. */
export function runCommand(context: Context): CommandUnknownOpts {
  return new Command("run")
    .description(
      "Checks the real servers continuously and keeps the table right, until SIGTERM or SIGINT; then the table stays " +
        "as it is. SIGHUP reads the file again.",
    )
    .argument("<file>", "YAML")
    .action(async (file) => {
      const desired = await readDesired(context, file, { warn: true });
      using client = await context.openIpvs();
      using network = openNetwork();
      const controller = new AbortController();
      const log = (line: string): void => context.io.err(`lvsctl: ${line}\n`);
      const daemon = new Daemon(client, {
        onEvent: (event) => log(formatEvent(event)),
        signal: controller.signal,
        lockTable: () => tryLockTable(context, `run ${file}`),
        probe: probeBy(network),
      });
      const reload = (): void => void reloadFile(daemon, { context, file, log });
      const stop = (): void => controller.abort();
      Deno.addSignalListener("SIGHUP", reload);
      Deno.addSignalListener("SIGTERM", stop);
      Deno.addSignalListener("SIGINT", stop);
      try {
        daemon.load(desired);
        await daemon.finished;
        log("stopped; the table stays as it is");
      } finally {
        Deno.removeSignalListener("SIGHUP", reload);
        Deno.removeSignalListener("SIGTERM", stop);
        Deno.removeSignalListener("SIGINT", stop);
      }
    });
}

/** Takes the file again; one that is not valid changes nothing but the log. */
async function reloadFile(
  daemon: Daemon,
  source: { readonly context: Context; readonly file: string; readonly log: (line: string) => void },
): Promise<void> {
  const { context, file, log } = source;
  try {
    daemon.load(await readDesired(context, file, { warn: true }));
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    for (const line of error.message.split("\n")) log(line);
    log(`${file} is not valid: the one that was read before stays in force`);
  }
}
