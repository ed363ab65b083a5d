import {
  addressFamily,
  type Change,
  DEFAULT_SCHEDULER,
  defined,
  type RealServer,
  serviceFamily,
  type ServiceId,
  type SyncDaemon,
  type SyncRole,
  type VirtualService,
} from "../../../core/model/mod.ts";
import { COMMAND_OPTIONS, type CommandName } from "./commands.ts";
import { Draft } from "./draft.ts";
import { IpvsadmFailure, STATUS, UsageFailure } from "../failure.ts";
import type { ListMode } from "./list_format.ts";
import { checkOptions, checkTunnel } from "./matrix.ts";
import type { NameService } from "../names.ts";
import { type LocatedSpelling, OPTION_ROWS, SPELLINGS } from "./options.ts";
import { indexOptions, OptionScanner } from "./popt.ts";
import { readTimeout } from "./readers.ts";
import type { Request } from "./request.ts";
import { readSchedulerFlags } from "./scheduler_flags.ts";

/** The names that reading a command line depends on. */
export interface ParseContext {
  /** Looks up names. */
  readonly names: NameService;
  /** The program's name in its messages. */
  readonly program: string;
}

type AnyOption = LocatedSpelling | (typeof COMMAND_OPTIONS)[number];

const INDEX = indexOptions<AnyOption>([...COMMAND_OPTIONS, ...SPELLINGS]);

/** Returns the command that a command line begins with; `undefined` if it does not begin with a command. */
export function firstCommand(args: readonly string[]): CommandName | undefined {
  const first = new OptionScanner(args, INDEX).next();
  return first !== undefined && "command" in first ? first.command : undefined;
}

/**
 * Parses a command line by ipvsadm's rules.
 *
 * @throws {IpvsadmFailure} If the command line is invalid.
 */
export function parseCommandLine(args: readonly string[], context: ParseContext): Request {
  const scanner = new OptionScanner(args, INDEX);
  const first = scanner.next();
  if (first === undefined || !("command" in first)) throw new UsageFailure(context.program);
  const { command } = first;
  if (command === "help" || command === "version") return { kind: command };
  const draft = new Draft(context.names);
  if (command === "start-daemon" || command === "stop-daemon") draft.role = readRole(scanner.value, command);
  const given = readOptions(scanner, draft);
  if (command === "set") readTimeouts(scanner.words, draft);
  const [surplus] = scanner.words;
  if (surplus !== undefined) throw new IpvsadmFailure(`unexpected argument ${surplus}`);
  if (draft.schedulerFlagNames !== undefined) {
    draft.schedulerFlags = readSchedulerFlags(draft.schedulerFlagNames, schedulerOf(draft));
  }
  checkOptions(command, given);
  return toRequest(command, { draft, given });
}

function readRole(text: string | undefined, command: "start-daemon" | "stop-daemon"): SyncRole {
  if (text === "master" || text === "backup") return text;
  throw new IpvsadmFailure(
    command === "start-daemon" ? "illegal start-daemon parameter specified" : "illegal start_daemon specified",
  );
}

function readOptions(scanner: OptionScanner<AnyOption>, draft: Draft): boolean[] {
  const given: boolean[] = [];
  for (let option = scanner.next(); option !== undefined; option = scanner.next()) {
    if ("command" in option) throw new IpvsadmFailure(`invalid option \`${scanner.lastArgument}'`);
    const { row } = option;
    if (row !== undefined) {
      if (given[row] === true) throw new IpvsadmFailure(`multiple '${OPTION_ROWS[row]?.name}' options specified`);
      given[row] = true;
    }
    if (scanner.value === undefined && option.readBare !== undefined) option.readBare(draft);
    else readOption(option, draft, scanner.value ?? "");
  }
  if (scanner.problem !== undefined) {
    throw new IpvsadmFailure(`${scanner.lastArgument}: ${scanner.problem}`, { status: STATUS.refused, final: false });
  }
  return given;
}

/** Reads the value of an option; a failure has the value. */
function readOption(option: LocatedSpelling, draft: Draft, value: string): void {
  try {
    option.read(draft, value);
  } catch (error) {
    if (!(error instanceof IpvsadmFailure)) throw error;
    const { message, status, final } = error;
    throw new IpvsadmFailure(message, { status, final, value });
  }
}

function readTimeouts(words: string[], draft: Draft): void {
  const [tcp, tcpFin, udp] = words.splice(0, 3);
  if (tcp === undefined || tcpFin === undefined || udp === undefined) {
    throw new IpvsadmFailure("--set option requires 3 timeout values");
  }
  draft.timeouts = {
    tcpSeconds: readTimeout(tcp, 0),
    tcpFinSeconds: readTimeout(tcpFin, 0),
    udpSeconds: readTimeout(udp, 0),
  };
}

/** A parsed command line. */
interface Line {
  readonly draft: Draft;
  /** Whether the option of each row of the matrix is given. */
  readonly given: readonly boolean[];
}

function toRequest(command: Exclude<CommandName, "help" | "version">, line: Line): Request {
  const { draft } = line;
  switch (command) {
    case "add-service":
      return toChange({ operation: "addService", service: toService(draft) });
    case "edit-service":
      return toChange({ operation: "editService", service: toService(draft) });
    case "delete-service":
      return toChange({ operation: "deleteService", id: toServiceId(draft) });
    case "add-server":
      return toChange({ operation: "addServer", ...toServer(line) });
    case "edit-server":
      return toChange({ operation: "editServer", ...toServer(line) });
    case "delete-server":
      return toChange({ operation: "deleteServer", id: toServiceId(draft), server: toServerId(draft) });
    case "zero":
      return toChange(
        isGiven(line, "service-address") ? { operation: "zero", id: toServiceId(draft) } : { operation: "zero" },
      );
    case "flush":
      return toChange({ operation: "flush" });
    case "set":
      return toChange({ operation: "setTimeouts", timeouts: draft.timeouts });
    case "start-daemon":
      return toChange({ operation: "startSyncDaemon", daemon: toSyncDaemon(draft) });
    case "stop-daemon":
      return toChange({ operation: "stopSyncDaemon", role: draft.role ?? "master" });
    case "list":
      return toList(line);
    case "save":
      return { kind: "save", format: draft.format };
    case "restore":
      return { kind: "restore" };
  }
}

function toChange(change: Change): Request {
  return { kind: "change", change };
}

function toServiceId(draft: Draft): ServiceId {
  const { address, protocol, port, mark, family = "ipv4" } = draft;
  if (mark !== 0) return { kind: "fwmark", family, mark };
  if (address === undefined || protocol === undefined) throw new TypeError("The service has no address");
  return { kind: "endpoint", protocol, address, port };
}

function schedulerOf({ scheduler }: Draft): string {
  return scheduler === "" ? DEFAULT_SCHEDULER : scheduler;
}

function toService(draft: Draft): VirtualService {
  const id = toServiceId(draft);
  const { persistenceSeconds, netmask, engine, onePacket, schedulerFlags } = draft;
  if (id.kind === "endpoint" && id.port === 0 && persistenceSeconds === undefined) {
    throw new IpvsadmFailure("Zero port specified for non-persistent service");
  }
  if (onePacket && id.kind === "endpoint" && id.protocol !== "udp") {
    throw new IpvsadmFailure("One-Packet Scheduling is only for UDP virtual services");
  }
  const service = { id, scheduler: schedulerOf(draft), schedulerFlags, onePacket };
  if (persistenceSeconds === undefined) return engine === undefined ? service : { ...service, idleEngine: engine };
  const persistence = { timeoutSeconds: persistenceSeconds, netmask };
  return { ...service, persistence: engine === undefined ? persistence : { ...persistence, engine } };
}

function toServerId(draft: Draft): Pick<RealServer, "address" | "port"> {
  if (draft.server === undefined) throw new TypeError("The server has no address");
  return { address: draft.server, port: draft.serverPort };
}

const TUNNEL_OPTIONS = ["tun-type", "tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"];

function toServer(line: Line): { readonly id: ServiceId; readonly server: RealServer } {
  const { draft } = line;
  const { forward, weight, upperThreshold, lowerThreshold, tunnelType, tunnelPort, tunnelChecksum } = draft;
  const id = toServiceId(draft);
  const { address, port } = toServerId(draft);
  if (addressFamily(address) !== serviceFamily(id) && forward !== "tun") {
    throw new IpvsadmFailure("Different address family is allowed only for tunneling servers");
  }
  const isTunnelOptionGiven = TUNNEL_OPTIONS.some((name) => isGiven(line, name));
  if (isTunnelOptionGiven && forward !== "tun") {
    throw new IpvsadmFailure("Tunnel options conflict with forward method");
  }
  if (forward === "tun") checkTunnel(tunnelType, (name) => isGiven(line, name));
  return {
    id,
    server: {
      address,
      // dr and tun do not rewrite the packet's port, so the server has the service's port.
      port: id.kind === "endpoint" && forward !== "nat" ? id.port : port,
      forward,
      weight,
      upperThreshold,
      lowerThreshold,
      tunnel: { type: tunnelType, port: tunnelPort, checksum: tunnelChecksum },
    },
  };
}

function toSyncDaemon(draft: Draft): SyncDaemon {
  const { role = "master", syncId, maxLength, group, groupPort, ttl } = draft;
  return defined({
    role,
    interface: draft.interface === "" ? DEFAULT_INTERFACE : draft.interface,
    syncId,
    maxLength,
    group,
    port: groupPort,
    ttl,
  });
}

/** The default interface of a sync daemon's multicast. */
const DEFAULT_INTERFACE = "eth0";

/** The modes that replace the default columns; the first given one counts. */
const LIST_MODES: readonly ListMode[] = ["stats", "rate", "thresholds", "persistent-conn", "tun-info"];

function toList(line: Line): Request {
  const { draft: { format } } = line;
  const has = (name: string): boolean => isGiven(line, name);
  const hasSettings = has("timeout") || has("daemon");
  const hasCounters = has("stats") || has("rate") || has("thresholds");
  if ((has("connection") || hasSettings) && hasCounters || hasSettings && has("persistent-conn")) {
    throw new IpvsadmFailure("options conflicts in the list command");
  }
  if (has("connection")) return { kind: "connections", withEngine: has("persistent-conn"), format };
  if (has("timeout")) return { kind: "timeouts" };
  if (has("daemon")) return { kind: "daemons" };
  const id = has("service-address") ? toServiceId(line.draft) : undefined;
  return { kind: "list", id, mode: LIST_MODES.find(has) ?? "connections", format };
}

const ROW_BY_NAME = new Map(OPTION_ROWS.map(({ name }, row) => [name, row]));

function isGiven({ given }: Line, name: string): boolean {
  const row = ROW_BY_NAME.get(name);
  return row !== undefined && given[row] === true;
}
