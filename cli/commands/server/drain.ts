import { EXIT, type ExitCode, interruptionError, type LvsctlError } from "../../../core/errors/mod.ts";
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
import { examples } from "../../options/examples.ts";
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
    .summary("delete real servers when their connections have ended")
    .description(
      "Takes real servers out of service without breaking a connection: sets their weight to 0, waits until their " +
        "connections have ended, then deletes them. Connections that both ends have closed (TCP: TIME_WAIT and CLOSE, " +
        "SCTP: CLOSED) do not count: the kernel only remembers them, for up to two minutes. With dr and tun the kernel " +
        "does not see the servers' packets, and so does not know when they close a connection. At the timeout the " +
        "servers are deleted with their remaining connections. SIGINT and SIGTERM interrupt the drain. Persistent clients " +
        "still reach a server of weight 0 unless net.ipv4.vs.expire_quiescent_template is 1.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl server drain tcp://192.0.2.10:80 10.0.0.11 --timeout 10m",
        "lvsctl server drain tcp://192.0.2.10:80 10.0.0.11 --then keep --restore",
      ),
    )
    .argument("<service>", SERVICE_HELP, serviceArgument)
    .argument("<server...>", SERVER_HELP, serversArgument)
    .option(
      "--timeout <duration>",
      "wait at most this long for connections to end (default: 5m)",
      durationArgument({ atLeast: "0s" }),
    )
    .option("--then <what>", "delete the server at the end, or keep it at weight 0", wordArgument(THEN), "delete")
    .option("--persistent", "also wait for persistence templates")
    .option("--restore", "restore the weight if the drain is interrupted; otherwise it stays 0")
    .option(
      "--interval <duration>",
      "time between two looks at the connections (default: 1s)",
      durationArgument({ atLeast: "100ms" }),
    )
    .option("-q, --quiet", "print only errors")
    .option("--dry-run", "print the changes without making them")
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
      const { result, signal } = await runDrain(context, client, {
        request,
        restore: options.restore ?? false,
        quiet: options.quiet ?? false,
      });
      if (options.json) printJson(context.io, drainJson(id, result));
      else if (!options.quiet) context.io.out(formatDrained(id, result));
      if (result.isInterrupted) throw interrupted(id, { result, signal });
      return drainStatus(result);
    }));
}

const THEN = ["delete", "keep"] as const;
const DEFAULT_TIMEOUT_MS = 5 * 60_000;
const DEFAULT_INTERVAL_MS = 1000;

/** The kernel's servers, each once; nothing is changed if one of them does not exist. */
function distinctServers(
  client: IpvsClient,
  id: ServiceId,
  wanted: readonly Parameters<typeof formatServerId>[0][],
): RealServer[] {
  const servers = new Map(wanted.map((server) => [formatServerId(server), server]));
  return [...servers.values()].map((server) => existingServer(client, { id, server, verb: "drain" }));
}

/** The result of a drain, and the signal that may have interrupted it. */
interface InterruptibleResult {
  readonly result: DrainResult;
  readonly signal: AbortSignal;
}

async function runDrain(
  context: Context,
  client: IpvsClient,
  options: { readonly request: DrainRequest; readonly restore: boolean; readonly quiet: boolean },
): Promise<InterruptibleResult> {
  const { request, restore, quiet } = options;
  const { clock } = context;
  using interruption = context.listenForInterruption();
  using reporter = new DrainReporter(context.io, request);
  const { signal } = interruption;
  const result = await drain(locking(context, client), request, {
    now: () => clock.now(),
    sleep: (delayMs, ended) => sleep(delayMs, { clock, signal: ended }),
    signal,
    restore,
    lookUp: connectionLookup(context),
    onProgress: quiet ? undefined : (progress) => reporter.report(progress),
  });
  return { result, signal };
}

/** The kernel for a drain: each change takes the table lock on its own, because the wait between them may be long. */
function locking(context: Context, client: IpvsClient): DrainKernel {
  return {
    countedServers: (id) => client.countedServers(id),
    execute: (changes) => executeAndRecord(context, { changes }, { execute: () => client.execute(changes) }),
  };
}

/** The drain is partial if a server to keep still has connections, or if another program gave a server a weight. */
function drainStatus({ servers }: DrainResult): ExitCode {
  const isLeft = servers.some(({ fate, connections }) => fate === "reweighted" || (fate === "kept" && connections > 0));
  return isLeft ? EXIT.partial : EXIT.ok;
}

function interrupted(id: ServiceId, { result, signal }: InterruptibleResult): LvsctlError {
  const quiesced = result.servers.filter(({ fate }) => fate === "quiesced");
  const names = quiesced.map(formatServerId).join(" ");
  const hint = quiesced.length === 0
    ? undefined
    : `still at weight 0: ${names}; "lvsctl server edit ${formatServiceId(id)} SERVER --weight N" sets a weight`;
  return interruptionError(signal, {
    operation: "drain the servers of",
    object: formatServiceId(id),
    hint,
  });
}
