import { EXIT, type ExitCode, LvsctlError } from "../../../core/errors/mod.ts";
import { sleep } from "../../../core/time/mod.ts";
import type { IpvsClient } from "../../../core/ipvs/mod.ts";
import {
  type Change,
  formatServerId,
  formatServiceId,
  type RealServer,
  type ServiceId,
} from "../../../core/model/mod.ts";
import {
  drain,
  type DrainKernel,
  type DrainRequest,
  type DrainResult,
  quiesceChanges,
} from "../../../core/reconcile/mod.ts";
import {
  completeServer,
  durationArgument,
  serversArgument,
  serviceArgument,
  wordArgument,
} from "../../options/arguments.ts";
import { executeAndRecord } from "../../table/execute_and_record.ts";
import { Command, type CommandUnknownOpts } from "../../options/commander.ts";
import { withStatus } from "../../options/exit_status.ts";
import { connectionLookup } from "../../table/connection_lookup.ts";
import type { Context } from "../../context/context.ts";
import { existingServer, SERVER_HELP, SERVICE_HELP } from "./existing_server.ts";
import { drainJson, DrainReporter, formatDrained } from "../../format/drain.ts";
import { printJson } from "../../format/json.ts";
import { executeChanges } from "../../table/execute_changes.ts";

/** `lvsctl server drain`. */
export function drainCommand(context: Context): CommandUnknownOpts {
  return new Command("drain")
    .description(
      "Takes real servers out of service without breaking a connection: sets their weight to 0, waits until their " +
        "connections are gone, then deletes them. Connections that both ends have closed (TIME_WAIT and CLOSE of TCP, " +
        "CLOSED of SCTP) are not waited for: the kernel only remembers them, for up to two minutes. With dr and tun it " +
        "does not see what servers send, and so does not know when they have closed. When the time is up they are " +
        "deleted with what they still have. SIGINT and SIGTERM call it off. Clients that are persistent keep coming to " +
        "a server of weight 0 unless net.ipv4.vs.expire_quiescent_template is 1.",
    )
    .argument("<service>", SERVICE_HELP, serviceArgument)
    .argument("<server...>", SERVER_HELP, serversArgument)
    .option(
      "--timeout <duration>",
      "how long to wait for connections to end (default: 5m)",
      durationArgument({ atLeast: "0s" }),
    )
    .option("--then <what>", "delete the server at the end, or keep it at weight 0", wordArgument(THEN), "delete")
    .option("--persistent", "wait for persistence templates too")
    .option("--restore", "when called off, put the weight back; else it stays 0")
    .option(
      "--interval <duration>",
      "how often to look at the connections (default: 1s)",
      durationArgument({ atLeast: "100ms" }),
    )
    .option("-q, --quiet", "print nothing but errors")
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(withStatus(async (id, addresses, options) => {
      using client = await context.openIpvs();
      const servers = distinctServers(client, id, addresses.map((address) => completeServer(address, id)));
      const { then } = options;
      if (options.dryRun) {
        const deletions = servers.map((server): Change => ({ operation: "deleteServer", id, server }));
        const changes = [...quiesceChanges(id, servers), ...(then === "delete" ? deletions : [])];
        executeChanges(context, { client, changes, options });
        return EXIT.ok;
      }
      const { timeout = DEFAULT_TIMEOUT_MS, interval = DEFAULT_INTERVAL_MS } = options;
      const persistent = options.persistent ?? false;
      const request = { id, servers, then, persistent, timeoutMs: timeout, intervalMs: interval } as const;
      const result = await runDrain(context, client, {
        request,
        restore: options.restore ?? false,
        quiet: options.quiet ?? false,
      });
      if (options.json) printJson(context.io, drainJson(id, result));
      else if (!options.quiet) context.io.out(formatDrained(id, result));
      if (result.isInterrupted) throw calledOff(id, result);
      return drainStatus(result);
    }));
}

const THEN = ["delete", "keep"] as const;
const DEFAULT_TIMEOUT_MS = 5 * 60_000;
const DEFAULT_INTERVAL_MS = 1000;

/** The servers as the kernel has them, each once; nothing is touched if one of them does not exist. */
function distinctServers(
  client: IpvsClient,
  id: ServiceId,
  wanted: readonly Parameters<typeof formatServerId>[0][],
): RealServer[] {
  const servers = new Map(wanted.map((server) => [formatServerId(server), server]));
  return [...servers.values()].map((server) => existingServer(client, { id, server, verb: "drain" }));
}

async function runDrain(
  context: Context,
  client: IpvsClient,
  how: { readonly request: DrainRequest; readonly restore: boolean; readonly quiet: boolean },
): Promise<DrainResult> {
  const { request, restore, quiet } = how;
  const { clock } = context;
  using interruption = context.listenForInterruption();
  using reporter = new DrainReporter(context.io, request);
  return await drain(locking(context, client), request, {
    now: () => clock.now(),
    sleep: (delayMs, signal) => sleep(delayMs, { clock, signal }),
    signal: interruption.signal,
    restore,
    lookUp: connectionLookup(context),
    ...(quiet ? {} : { onProgress: (progress) => reporter.report(progress) }),
  });
}

/**
 * The kernel, for as long as a drain takes: the table is locked for each change by itself, for the wait between them may
 * be long.
 */
function locking(context: Context, client: IpvsClient): DrainKernel {
  return {
    countedServers: (id) => client.countedServers(id),
    execute: (changes) => executeAndRecord(context, { changes }, { execute: () => client.execute(changes) }),
  };
}

/** A server that was to be kept without connections and has some, or that somebody else took back, is work left over. */
function drainStatus({ servers }: DrainResult): ExitCode {
  const isLeft = servers.some(({ fate, connections }) => fate === "reweighted" || (fate === "kept" && connections > 0));
  return isLeft ? EXIT.partial : EXIT.ok;
}

function calledOff(id: ServiceId, { servers }: DrainResult): LvsctlError {
  const quiesced = servers.filter(({ fate }) => fate === "quiesced");
  const names = quiesced.map(formatServerId).join(" ");
  const hint = quiesced.length === 0
    ? undefined
    : `at weight 0 stay: ${names}; "lvsctl server edit ${formatServiceId(id)} SERVER --weight N" puts a weight back`;
  return new LvsctlError("it was called off by a signal", {
    operation: "drain the servers of",
    object: formatServiceId(id),
    ...(hint === undefined ? {} : { hint }),
  });
}
