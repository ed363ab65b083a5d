import { EXIT, type ExitCode, interruptionError, LvsctlError } from "../../../core/errors/mod.ts";
import { sleep } from "../../../core/time/mod.ts";
import type { IpvsClient } from "../../../core/ipvs/mod.ts";
import {
  type Change,
  counted,
  formatDuration,
  formatServerId,
  formatServiceId,
  listNames,
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
import { printEntryFindings } from "../../table/entry_findings.ts";
import { executeAndRecord } from "../../table/execute_and_record.ts";
import { Command, type CommandUnknownOpts } from "../../options/commander.ts";
import { examples } from "../../options/examples.ts";
import { withStatus } from "../../options/exit_status.ts";
import { connectionLookup } from "../../table/connection_lookup.ts";
import type { Context } from "../../context/context.ts";
import { warnOfDaemon } from "../../daemon/managed_services.ts";
import { existingServer, SERVER_HELP, SERVICE_HELP } from "./existing_server.ts";
import { drainJson, DrainReporter, formatDrained } from "../../format/drain.ts";
import { printJson } from "../../format/json.ts";
import { executeChanges } from "../../table/execute_changes.ts";
import { outWidth, printLines } from "../../terminal/display.ts";

/** `lvsctl server drain`. */
export function drainCommand(context: Context): CommandUnknownOpts {
  return new Command("drain")
    .summary("delete real servers when their connections have ended")
    .description(
      "Takes real servers out of service without breaking a connection: sets their weight to 0, waits until their " +
        "connections have ended, then deletes them. Connections that both ends have closed (TCP: TIME_WAIT and CLOSE, " +
        "SCTP: CLOSED) do not count: the kernel only remembers them, for up to two minutes. With dr and tun the kernel " +
        "does not see the servers' packets, and so does not know when they close a connection. At the timeout " +
        "--on-timeout decides; servers with connections left make the exit status 3, or 1 with fail. SIGINT and SIGTERM interrupt the drain. Persistent clients " +
        "still reach a server of weight 0 unless net.ipv4.vs.expire_quiescent_template is 1.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl server drain tcp://192.0.2.10:80 10.0.0.11 --timeout 10m",
        "lvsctl server drain tcp://192.0.2.10:80 10.0.0.11 --on-timeout fail --restore",
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
    .option(
      "--on-timeout <what>",
      "a server that still has connections then: delete it with them, keep it at weight 0, or fail",
      wordArgument(ON_TIMEOUT),
      "delete",
    )
    .option("--persistent", "also wait for persistence templates")
    .option("--restore", "restore the weight if the drain is interrupted or fails; otherwise it stays 0")
    .option(
      "--interval <duration>",
      "time between two looks at the connections (default: 1s)",
      durationArgument({ atLeast: "100ms" }),
    )
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(withStatus(async (id, addresses, options) => {
      using client = await context.openIpvs();
      const servers = distinctServers(client, id, addresses.map((address) => completeServer(address, id)));
      const { then } = options;
      const drained = servers.map((server): Change => ({ operation: "deleteServer", id, server }));
      await warnOfDaemon(context, drained);
      if (options.dryRun) {
        const changes = [...quiesceChanges(id, servers), ...(then === "delete" ? drained : [])];
        executeChanges(context, { client, changes, options });
        return EXIT.ok;
      }
      printEntryFindings(context, { client, changes: quiesceChanges(id, servers) });
      const request = {
        ...{ id, servers, then, onTimeout: options.onTimeout, persistent: options.persistent ?? false },
        timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
        intervalMs: options.interval ?? DEFAULT_INTERVAL_MS,
      };
      const { result, signal } = await runDrain(context, client, { request, restore: options.restore ?? false });
      if (options.json) printJson(context.io, drainJson(request, result));
      else if (context.io.verbosity !== "quiet") {
        printLines(context.io, formatDrained(id, { ...result, width: outWidth(context.io) }));
      }
      reportCut(context, result);
      if (result.isInterrupted) throw interrupted(id, { result, signal });
      if (result.hasFailed) throw timedOut(request, result);
      return drainStatus(result);
    }));
}

const THEN = ["delete", "keep"] as const;
const ON_TIMEOUT = ["delete", "keep", "fail"] as const;
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
  options: { readonly request: DrainRequest; readonly restore: boolean },
): Promise<InterruptibleResult> {
  const { request, restore } = options;
  const { clock } = context;
  using interruption = context.listenForInterruption();
  using reporter = new DrainReporter(context.io, request, { now: () => clock.now() });
  const { signal } = interruption;
  const result = await drain(locking(context, client), request, {
    now: () => clock.now(),
    sleep: (delayMs, ended) => sleep(delayMs, { clock, signal: ended }),
    signal,
    restore,
    lookUp: connectionLookup(context),
    onProgress: context.io.verbosity === "quiet" ? undefined : (progress) => reporter.report(progress),
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

/** The drain is partial if a server still has connections, if some were cut, or if another program gave a weight. */
function drainStatus({ servers }: DrainResult): ExitCode {
  const isPartial = servers.some(({ fate, connections }) =>
    fate === "reweighted" || (connections > 0 && (fate === "kept" || fate === "deleted"))
  );
  return isPartial ? EXIT.partial : EXIT.ok;
}

/** Reports the consequence of cut connections, and how to avoid it. */
function reportCut({ io, surroundings }: Context, { servers }: DrainResult): void {
  const cut = servers.reduce((sum, { fate, connections }) => fate === "deleted" ? sum + connections : sum, 0);
  if (cut === 0) return;
  const isRescheduled = surroundings.sysctl("net/ipv4/vs/expire_nodest_conn") === "1";
  const consequence = isRescheduled
    ? "the next packets of their clients go to another server"
    : "the kernel drops the packets of their clients as long as they send any; with the sysctl " +
      "net.ipv4.vs.expire_nodest_conn=1 they would go to another server";
  io.err(
    `lvsctl: ${counted(cut, "connection")} cut: ${consequence}; a longer --timeout or --on-timeout keep avoids it\n`,
  );
}

/** The error of a drain that failed because time was up. */
function timedOut({ id, timeoutMs }: DrainRequest, { servers }: DrainResult): LvsctlError {
  const left = servers.filter(({ fate, connections }) =>
    connections > 0 && (fate === "quiesced" || fate === "restored")
  );
  const others = servers.filter(({ fate }) => fate === "deleted" || fate === "kept");
  const connections = left.reduce((sum, server) => sum + server.connections, 0);
  return new LvsctlError(
    `${listNames(left.map(formatServerId))} still ${left.length === 1 ? "has" : "have"} ${
      counted(connections, "connection")
    } after ${formatDuration(timeoutMs)}`,
    {
      operation: "drain the servers of",
      object: formatServiceId(id),
      hint: quiescedHint(id, servers),
      exitCode: others.length > 0 ? EXIT.partial : EXIT.refused,
    },
  );
}

function interrupted(id: ServiceId, { result, signal }: InterruptibleResult): LvsctlError {
  return interruptionError(signal, {
    operation: "drain the servers of",
    object: formatServiceId(id),
    hint: quiescedHint(id, result.servers),
  });
}

/** The hint about the servers that stay at weight 0, if there are any. */
function quiescedHint(id: ServiceId, servers: DrainResult["servers"]): string | undefined {
  const quiesced = servers.filter(({ fate }) => fate === "quiesced");
  if (quiesced.length === 0) return undefined;
  const names = quiesced.map(formatServerId).join(" ");
  return `still at weight 0: ${names}; "lvsctl server edit ${formatServiceId(id)} SERVER --weight N" sets a weight`;
}
