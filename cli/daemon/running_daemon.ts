import { LvsctlError } from "../../core/errors/mod.ts";
import {
  type Change,
  formatServerId,
  formatServiceId,
  oneLine,
  type RealServer,
  type ServiceEntry,
  type ServiceId,
} from "../../core/model/mod.ts";
import type { Kernel, Target } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import { inform } from "../context/verbosity.ts";
import { type DaemonDecisions, readDecisions, type ServiceDecisions } from "../format/decisions.ts";
import { askDaemon, findDaemon } from "./client.ts";

/** How long the daemon may take to answer a command that changes the table; milliseconds. */
const ANSWER_MS = 5000;

/** The most servers that are listed: of thousands that are down, some suffice. */
const MAX_LISTED = 20;

/**
 * The daemon that listens here, with its decisions; undefined without one, or if it does not answer.
 *
 * @param options.warns Whether a daemon that does not answer is a warning.
 */
export async function askForDecisions(
  context: Context,
  { warns }: { readonly warns: boolean },
): Promise<DaemonDecisions | undefined> {
  try {
    using client = await findDaemon(context);
    return client === undefined
      ? undefined
      : readDecisions(await askDaemon(client, "decisions", { timeoutMs: ANSWER_MS }));
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    if (warns) context.io.err(`lvsctl: warning: ${oneLine(error.message)}; what the daemon has decided is unknown\n`);
    return undefined;
  }
}

/** Options of {@linkcode respectDecisions}. */
export interface RespectOptions {
  /** The daemon. */
  readonly daemon: DaemonDecisions;
  /** The kernel. */
  readonly client: Pick<Kernel, "services" | "servers">;
  /** The path of the file, without symbolic links; undefined if there is no file. */
  readonly file: string | undefined;
}

/**
 * The target with the daemon's decisions about servers: what it has taken out stays out, and what it has in the table for
 * a reason of its own stays in. Prints these decisions.
 */
export function respectDecisions(context: Context, target: Target, options: RespectOptions): Target {
  const { daemon, client, file } = options;
  const current = currentServers(client);
  const lines: string[] = [];
  let managed = 0;
  const services = target.services.map((entry) => {
    const decisions = daemon.services.get(formatServiceId(entry.service.id));
    if (decisions === undefined) return entry;
    managed++;
    return withDecisions(entry, {
      decisions,
      current: current(entry.service.id),
      onDiffers: (line) => lines.push(line),
    });
  });
  const { io } = context;
  const stream = "err";
  for (const line of lines.slice(0, MAX_LISTED)) inform(io, `lvsctl: the daemon has ${line}\n`, { stream });
  if (lines.length > MAX_LISTED) inform(io, `lvsctl: and ${lines.length - MAX_LISTED} more servers\n`, { stream });
  if (managed > 0) {
    const way = file === daemon.file
      ? '"lvsctl reload" makes it read the file again'
      : 'it drains servers that its file does not name; change that file, and run "lvsctl reload"';
    io.err(`lvsctl: warning: ${managesWords(daemon)} ${managed} of these services by ${daemon.file}; ${way}\n`);
  }
  reportDeletions(context, target, daemon);
  return { ...target, services };
}

function withDecisions(
  entry: ServiceEntry,
  options: {
    readonly decisions: ServiceDecisions;
    readonly current: readonly RealServer[];
    readonly onDiffers: (line: string) => void;
  },
): ServiceEntry {
  const { decisions, current, onDiffers } = options;
  const named = new Set(entry.servers.map(formatServerId));
  const servers = entry.servers.flatMap((server): RealServer[] => {
    const name = formatServerId(server);
    // A server that is the fallback now, too, has the fallback's weight.
    if (decisions.others.has(name)) return current.filter((each) => formatServerId(each) === name);
    const verdict = decisions.servers.get(name);
    if (verdict === undefined) return [server];
    const { weight, reason, isOverridden } = verdict;
    if (weight === server.weight) return [server];
    const place = weight === undefined ? "out" : `with weight ${weight}`;
    if (!isOverridden) onDiffers(`${name} of ${formatServiceId(entry.service.id)} ${place}: ${oneLine(reason)}`);
    return weight === undefined ? [] : [{ ...server, weight }];
  });
  const others = current.filter((server) => {
    const name = formatServerId(server);
    return decisions.others.has(name) && !named.has(name);
  });
  return { service: entry.service, servers: [...servers, ...others] };
}

/** Reads the servers of existing services. */
function currentServers(client: Pick<Kernel, "services" | "servers">): (id: ServiceId) => readonly RealServer[] {
  const existing = new Set(client.services().map(({ id }) => formatServiceId(id)));
  return (id) => existing.has(formatServiceId(id)) ? client.servers(id) : [];
}

/** Reports services of the daemon's file that an exact target deletes. */
function reportDeletions(context: Context, { exact, within, services }: Target, daemon: DaemonDecisions): void {
  if (!exact) return;
  const named = new Set(services.map(({ service }) => formatServiceId(service.id)));
  const deleted = [...daemon.services.keys()].filter((name) => !named.has(name) && within?.has(name) !== false);
  const [first] = deleted;
  if (first === undefined) return;
  const others = deleted.length === 1 ? "" : ` and ${deleted.length - 1} others`;
  context.io.err(
    `lvsctl: warning: ${managesWords(daemon)} ${first}${others}, which would be deleted, and adds it again; ` +
      `remove it from ${daemon.file} and run "lvsctl reload" first\n`,
  );
}

/** Warns of changes to a service that the daemon manages, and names the way that lasts. */
export function warnOfManaged(
  { io }: Context,
  changes: readonly Change[],
  { daemon }: { readonly daemon: DaemonDecisions },
): void {
  for (const change of changes) {
    const way = lastingWay(change, daemon);
    if (way === undefined) continue;
    io.err(`lvsctl: warning: ${way}\n`);
    return;
  }
}

function lastingWay(change: Change, daemon: DaemonDecisions): string | undefined {
  const { file } = daemon;
  const reload = 'run "lvsctl reload"';
  if (change.operation === "flush") {
    const count = daemon.services.size;
    if (count === 0) return undefined;
    const what = count === 1 ? "one of the services" : `${count} of the services`;
    return `${managesWords(daemon)} ${what} by ${file} and may add them again; stop it first`;
  }
  const id = "service" in change ? change.service.id : "id" in change ? change.id : undefined;
  const name = id === undefined ? undefined : formatServiceId(id);
  const decisions = name === undefined ? undefined : daemon.services.get(name);
  if (decisions === undefined || change.operation === "zero") return undefined;
  const subject = `${managesWords(daemon)} ${name} by ${file}`;
  if (!("server" in change)) return `${subject} and may undo this; change that file and ${reload}`;
  const server = formatServerId(change.server);
  const verdict = decisions.servers.get(server);
  switch (change.operation) {
    case "addServer":
      if (verdict === undefined) {
        return `${subject} and drains ${server}, which the file does not name; add it there and ${reload}`;
      }
      return `${subject} and has ${server} out: ${oneLine(verdict.reason)}; it adds the server when it is healthy`;
    case "editServer":
      if (verdict === undefined) {
        return `${subject} and drains ${server}, which the file does not name; add it there and ${reload}`;
      }
      return `${subject} and may undo this; for a weight use "lvsctl server weight" or "maint", else change the file and ${reload}`;
    case "deleteServer":
      if (verdict === undefined) return undefined;
      return `${subject} and may add ${server} again; use "lvsctl server maint", or remove it from the file and ${reload}`;
  }
}

/** Warns of the deletion of an address that the daemon keeps. */
export function warnOfKeptVip(
  { io }: Context,
  addresses: readonly string[],
  { daemon }: { readonly daemon: DaemonDecisions },
): void {
  const address = addresses.find((each) => daemon.vips.has(each));
  if (address === undefined) return;
  io.err(
    `lvsctl: warning: the daemon (process ${daemon.pid}) keeps ${address} and adds it again; remove it from ` +
      `${daemon.file} and run "lvsctl reload"\n`,
  );
}

function managesWords({ pid }: DaemonDecisions): string {
  return `the daemon (process ${pid}) manages`;
}
