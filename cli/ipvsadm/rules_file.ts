import { ConfigError, type Problem } from "../../core/config/mod.ts";
import {
  type Change,
  DEFAULT_QUORUM,
  describeChange,
  type DesiredState,
  formatServerId,
  formatServiceId,
  type RealServer,
  serverObjections,
  serviceObjections,
  type SyncDaemon,
  type Timeouts,
  type VirtualService,
} from "../../core/model/mod.ts";
import { IpvsadmFailure } from "./failure.ts";
import type { NameService } from "./names.ts";
import { parseCommandLine } from "./parse/command_line.ts";
import { splitWords } from "./parse/rule_words.ts";

/** Problems that are told of one file. */
const MAX_PROBLEMS = 100;

/**
 * Reads rules as `ipvsadm -R` takes them, all of them, as what they make of an empty table. Lines that begin with "#" are
 * left out.
 *
 * @param text The whole file.
 * @param options.file Its name, for messages; "-" is standard input.
 * @param options.names Looks up host and service names.
 * @param options.lines Is told the line that each service and server is from, by `SERVICE` or `SERVICE/SERVER`.
 * @throws {ConfigError} If anything is wrong with it: then it names everything that is.
 */
export function readRules(
  text: string,
  options: { readonly file: string; readonly names: NameService; readonly lines?: Map<string, number> },
): DesiredState {
  const { file, names, lines } = options;
  const table = new RulesTable();
  const problems: Problem[] = [];
  let line = 0;
  for (let start = 0; start < text.length && problems.length < MAX_PROBLEMS;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    line++;
    const words = text[start] === "#" ? [] : splitWords(text, start, end);
    const message = words.length === 0
      ? undefined
      : runRule(words, { table, names, told: (what) => lines?.set(what, line) });
    if (message !== undefined) problems.push({ line, column: 1, message });
    start = end + 1;
  }
  if (problems.length > 0) throw new ConfigError(file, problems);
  return table.state();
}

/** Runs a rule; gives what is wrong with it. */
function runRule(
  words: readonly string[],
  options: { readonly table: RulesTable; readonly names: NameService; readonly told: (what: string) => void },
): string | undefined {
  const { table, names, told } = options;
  try {
    const request = parseCommandLine(words, { names, program: "ipvsadm" });
    if (request.kind === "change") {
      const { change } = request;
      if ("service" in change) told(formatServiceId(change.service.id));
      if ("server" in change) told(`${formatServiceId(change.id)}/${formatServerId(change.server)}`);
      return table.run(change);
    }
    return `"${words[0]}" is no rule; a rule begins with -A or -a`;
  } catch (error) {
    if (!(error instanceof IpvsadmFailure)) throw error;
    const message = error.message.trim().replaceAll("\n", "; ");
    return message.startsWith("Try ") ? `"${words[0]}" is no rule; a rule begins with -A or -a` : message;
  }
}

/** A service while rules are read. */
interface Entry {
  service: VirtualService;
  readonly servers: Map<string, RealServer>;
}

/** What rules have made of an empty table so far. */
class RulesTable {
  readonly #entries = new Map<string, Entry>();
  readonly #daemons = new Map<SyncDaemon["role"], SyncDaemon>();
  #timeouts: Timeouts | undefined;

  /** Makes a change; gives why it cannot be made. */
  run(change: Change): string | undefined {
    const problem = this.#run(change);
    if (problem === undefined) return undefined;
    const { verb, object } = describeChange(change);
    return `cannot ${verb}${object === "" ? "" : ` ${object}`}: ${problem}`;
  }

  /** What they made of it. Timeouts and sync daemons are left as they are where no rule is about them. */
  state(): DesiredState {
    return {
      services: [...this.#entries.values()].map(({ service, servers }) => {
        // What only ipvsadm can set, and does nothing.
        const { idleEngine: _idleEngine, ...told } = service;
        return {
          service: told,
          servers: [...servers.values()],
          onFailure: "remove",
          quorum: DEFAULT_QUORUM,
          panicThreshold: 0,
        };
      }),
      ...(this.#timeouts === undefined ? {} : { timeouts: this.#timeouts }),
      ...(this.#daemons.size === 0 ? {} : { syncDaemons: [...this.#daemons.values()] }),
    };
  }

  #run(change: Change): string | undefined {
    switch (change.operation) {
      case "addService":
      case "editService":
        return this.#setService(change.service, change.operation === "addService");
      case "deleteService":
        return this.#entries.delete(formatServiceId(change.id)) ? undefined : "no rule before has added it";
      case "addServer":
      case "editServer":
        return this.#setServer(change, change.operation === "addServer");
      case "deleteServer": {
        const entry = this.#entries.get(formatServiceId(change.id));
        return entry?.servers.delete(formatServerId(change.server)) === true
          ? undefined
          : "no rule before has added it";
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
    if (isNew === (entry !== undefined)) return isNew ? "a rule before has added it" : "no rule before has added it";
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
    if (entry === undefined) return "no rule before has added its service";
    const name = formatServerId(server);
    if (isNew === entry.servers.has(name)) return isNew ? "a rule before has added it" : "no rule before has added it";
    const [objection] = serverObjections(id, server);
    if (objection !== undefined) return `${objection.reason}; ${objection.hint}`;
    entry.servers.set(name, server);
    return undefined;
  }
}
