import { ConfigError, type Problem } from "../../core/config/mod.ts";
import {
  type Change,
  DEFAULT_QUORUM,
  defined,
  describeChange,
  type DesiredService,
  type DesiredState,
  firstWord,
  formatServerId,
  formatServiceId,
  type IpAddress,
  type Protocol,
  type RealServer,
  serverObjections,
  serviceObjections,
  type SyncDaemon,
  type Timeouts,
  type VirtualService,
} from "../../core/model/mod.ts";
import { IpvsadmFailure, UsageFailure } from "./failure.ts";
import type { NameService } from "./names.ts";
import { parseCommandLine } from "./parse/command_line.ts";
import { splitWords } from "./parse/rule_words.ts";

/** Most problems that an error reports. */
const MAX_PROBLEMS = 100;

/**
 * Parses rules of `ipvsadm -R` to the table that they create from an empty one. Lines that begin with "#" are comments.
 *
 * @param text The whole file.
 * @param options.file Its name, for messages; "-" is standard input.
 * @param options.names Looks up host and service names.
 * @param options.lines Receives the line of each service and server, by `SERVICE` or `SERVICE/SERVER`.
 * @param options.invalid Receives the invalid rules, which are then left out.
 * @throws {ConfigError} If a rule is invalid, without `invalid`; it names every invalid rule.
 */
export function readRules(
  text: string,
  options: {
    readonly file: string;
    readonly names: NameService;
    readonly lines?: Map<string, number> | undefined;
    readonly invalid?: Problem[] | undefined;
  },
): DesiredState {
  const { file, names, lines, invalid } = options;
  const table = new RulesTable();
  const problems: Problem[] = invalid ?? [];
  const most = invalid === undefined ? MAX_PROBLEMS : Infinity;
  let line = 0;
  for (let start = 0; start < text.length && problems.length < most;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    line++;
    const words = text[start] === "#" ? [] : splitWords(text, { start, end });
    const message = words.length === 0
      ? undefined
      : runRule(words, { table, names, onChanged: (object) => lines?.set(object, line) });
    if (message !== undefined) problems.push({ line, column: 1, message });
    start = end + 1;
  }
  if (problems.length > 0 && invalid === undefined) throw new ConfigError(file, problems);
  return table.state();
}

/** Runs a rule; returns its problem, if it has one. */
function runRule(
  words: readonly string[],
  options: { readonly table: RulesTable; readonly names: NameService; readonly onChanged: (object: string) => void },
): string | undefined {
  const { table, onChanged } = options;
  const names = new FailedLookups(options.names);
  const notRule = `"${firstWord(words[0] ?? "")}" is not a rule; begin a rule with -A or -a`;
  try {
    const request = parseCommandLine(words, { names, program: "ipvsadm" });
    if (request.kind === "change") {
      const { change } = request;
      if ("service" in change) onChanged(formatServiceId(change.service.id));
      if ("server" in change) onChanged(`${formatServiceId(change.id)}/${formatServerId(change.server)}`);
      return table.run(change);
    }
    return notRule;
  } catch (error) {
    if (!(error instanceof IpvsadmFailure)) throw error;
    if (error instanceof UsageFailure) return notRule;
    const reason = error.message.trim().replaceAll("\n", "; ");
    const { value } = error;
    if (names.reason !== undefined) return `${reason}: ${names.reason}`;
    return value === undefined || reason.includes(value) ? reason : `${reason}: ${JSON.stringify(value)}`;
  }
}

/** Looks up names, and remembers the last one that has no answer. */
class FailedLookups implements NameService {
  readonly #names: NameService;
  /** Why a name has no answer; undefined if all had one. */
  reason: string | undefined;

  constructor(names: NameService) {
    this.#names = names;
  }

  hostName(address: IpAddress): string | undefined {
    return this.#names.hostName(address);
  }

  hostAddress(name: string): IpAddress | undefined {
    const address = this.#names.hostAddress(name);
    if (address === undefined) this.reason = `Cannot resolve ${JSON.stringify(name)} to an IPv4 address`;
    return address;
  }

  serviceName(port: number, protocol: Protocol): string | undefined {
    return this.#names.serviceName(port, protocol);
  }

  servicePort(name: string, protocol: Protocol): number | undefined {
    const port = this.#names.servicePort(name, protocol);
    if (port === undefined) this.reason = `${JSON.stringify(name)} is neither a port nor a service of /etc/services`;
    return port;
  }

  [Symbol.dispose](): void {
    this.#names[Symbol.dispose]();
  }
}

const MISSING = "no earlier rule adds it";
const DUPLICATE = "an earlier rule adds it already";

/** A service that rules have added so far. */
interface Entry {
  service: VirtualService;
  readonly servers: Map<string, RealServer>;
}

/** The table that rules have created so far. */
class RulesTable {
  readonly #entries = new Map<string, Entry>();
  readonly #daemons = new Map<SyncDaemon["role"], SyncDaemon>();
  #timeouts: Timeouts | undefined;

  /** Makes a change; returns the reason if the change is impossible. */
  run(change: Change): string | undefined {
    const problem = this.#run(change);
    if (problem === undefined) return undefined;
    const { verb, object } = describeChange(change);
    return `cannot ${verb}${object === "" ? "" : ` ${object}`}: ${problem}`;
  }

  /** Returns the table. Timeouts and sync daemons are absent if no rule sets them, and then stay as they are. */
  state(): DesiredState {
    const services = [...this.#entries.values()].map(({ service, servers }): DesiredService => {
      // ipvsadm alone can set an engine without persistence, which has no effect.
      const { idleEngine: _idleEngine, ...effective } = service;
      return {
        service: effective,
        servers: [...servers.values()],
        onFailure: "remove",
        quorum: DEFAULT_QUORUM,
        panicThreshold: 0,
      };
    });
    return defined({
      services,
      timeouts: this.#timeouts,
      syncDaemons: this.#daemons.size === 0 ? undefined : [...this.#daemons.values()],
    });
  }

  #run(change: Change): string | undefined {
    switch (change.operation) {
      case "addService":
      case "editService":
        return this.#setService(change.service, change.operation === "addService");
      case "deleteService":
        return this.#entries.delete(formatServiceId(change.id)) ? undefined : MISSING;
      case "addServer":
      case "editServer":
        return this.#setServer(change, change.operation === "addServer");
      case "deleteServer": {
        const entry = this.#entries.get(formatServiceId(change.id));
        return entry?.servers.delete(formatServerId(change.server)) === true ? undefined : MISSING;
      }
      case "setTimeouts":
        this.#timeouts = change.timeouts;
        return undefined;
      case "startSyncDaemon":
        this.#daemons.set(change.daemon.role, change.daemon);
        return undefined;
      case "stopSyncDaemon":
        this.#daemons.delete(change.role);
        return undefined;
      case "flush":
        this.#entries.clear();
        return undefined;
      case "zero":
        return undefined;
    }
  }

  #setService(service: VirtualService, isNew: boolean): string | undefined {
    const name = formatServiceId(service.id);
    const entry = this.#entries.get(name);
    if (isNew === (entry !== undefined)) return isNew ? DUPLICATE : MISSING;
    const [objection] = serviceObjections(service);
    if (objection !== undefined) return `${objection.reason}; ${objection.hint}`;
    if (entry === undefined) this.#entries.set(name, { service, servers: new Map() });
    else entry.service = service;
    return undefined;
  }

  #setServer(
    { id, server }: Extract<Change, { readonly operation: "addServer" | "editServer" }>,
    isNew: boolean,
  ): string | undefined {
    const entry = this.#entries.get(formatServiceId(id));
    if (entry === undefined) return "no earlier rule adds its service";
    const name = formatServerId(server);
    if (isNew === entry.servers.has(name)) return isNew ? DUPLICATE : MISSING;
    const [objection] = serverObjections(id, server);
    if (objection !== undefined) return `${objection.reason}; ${objection.hint}`;
    entry.servers.set(name, server);
    return undefined;
  }
}
