import { LvsctlError } from "../errors/mod.ts";
import {
  addressFamily,
  bindCheck,
  type Check,
  type DesiredService,
  formatServerId,
  formatServiceId,
  fullNetmask,
  needsServerPort,
  parseNetmask,
  parseSchedulerFlags,
  type Persistence,
  type RealServer,
  schedulerFlagNames,
  serviceFamily,
  type ServiceId,
  serviceObjections,
} from "../model/mod.ts";
import { readCheck } from "./read_check.ts";
import { bindServer, readServer, type ServerDraft } from "./read_server.ts";
import type { Reading } from "./reading.ts";
import type { SectionOf, SERVICE } from "./schema.ts";
import type { Located } from "./structures.ts";
import { didYouMean } from "./suggestion.ts";
import { quote } from "./tree.ts";

/** A service in a file, and where its problems go. */
interface Source {
  readonly section: SectionOf<typeof SERVICE>;
  readonly reading: Reading;
}

/** One address of a service in a file. */
type Listen = Located<ServiceId>;

function readFlags({ section, reading }: Source): number {
  const { scheduler, scheduler_flags: flags = [] } = section.values;
  const known = schedulerFlagNames(scheduler);
  const good = flags.filter(({ value, node }) => {
    if (known.includes(value)) return true;
    const advice = `its flags are ${known.join(", ")}${didYouMean(value, known)}`;
    if (section.isSound("scheduler")) {
      reading.report(node.offset, `the scheduler ${scheduler} has no flag ${quote(value)}; ${advice}`);
    }
    return false;
  });
  return parseSchedulerFlags(scheduler, good.map(({ value }) => value));
}

function readPersistence({ section, reading }: Source, id: ServiceId): Persistence | undefined {
  const values = section.values.persistence?.values;
  if (values === undefined) return undefined;
  const { timeout: timeoutSeconds, netmask: written, engine } = values;
  let netmask = fullNetmask(serviceFamily(id));
  if (written !== undefined) {
    try {
      netmask = parseNetmask(serviceFamily(id), written.value);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      reading.report(written.node.offset, `netmask of ${formatServiceId(id)}: ${error.message}`);
    }
  }
  return { timeoutSeconds, netmask, ...(engine === undefined ? {} : { engine }) };
}

function bindServers(
  { reading }: Source,
  options: { readonly id: ServiceId; readonly drafts: readonly ServerDraft[]; readonly check: Check | undefined },
): RealServer[] {
  const { id, drafts, check } = options;
  const lines = new Map<string, number>();
  return drafts.map((draft) => {
    const server = bindServer(draft, id);
    const { section } = draft;
    const name = formatServerId(server);
    const line = lines.get(name);
    if (line !== undefined) section.report(["address"], `duplicate server ${name}: it is in line ${line} already`);
    else lines.set(name, reading.lineAt(section.node.offset));
    if (check !== undefined && needsServerPort(check) && server.port === 0) {
      section.report(["address"], `the check needs a port: ${name} has none, and neither has check`);
    }
    return server;
  });
}

function bindFallback(
  draft: ServerDraft,
  options: { readonly id: ServiceId; readonly servers: readonly RealServer[] },
): RealServer {
  const server = bindServer(draft, options.id);
  const name = formatServerId(server);
  if (options.servers.some((other) => formatServerId(other) === name)) {
    draft.section.report(["address"], `fallback ${name} must not be one of the servers`);
  }
  return server;
}

/** Makes the services of one section, one for each address that it listens on, and reports what cannot be. */
export function readService(source: Source): Located<DesiredService>[] {
  const { section, reading } = source;
  const { values } = section;
  const { forward, listen = [] } = values;
  const check = values.check === undefined ? undefined : readCheck(values.check);
  const drafts = (values.servers ?? []).flatMap((server) => readServer(server, forward) ?? []);
  const fallback = values.fallback === undefined ? undefined : readServer(values.fallback, forward);
  const schedulerFlags = readFlags(source);
  const families = new Set(listen.map(({ value }) => serviceFamily(value)));
  return listen.map(({ value: id, node }: Listen) => {
    const persistence = readPersistence(source, id);
    const service = {
      id,
      scheduler: values.scheduler,
      schedulerFlags,
      ...(persistence === undefined ? {} : { persistence }),
      onePacket: values.one_packet,
    };
    for (const { key, reason, hint } of serviceObjections(service)) {
      const message = `${formatServiceId(id)}: ${reason}; ${hint}`;
      if (key !== "listen") section.report([key], message);
      else if (section.isSound("persistence")) reading.report(node.offset, message);
    }
    // A service with addresses of both families gives each of them the servers of its own family.
    const own = families.size < 2
      ? drafts
      : drafts.filter(({ server }) => addressFamily(server.address) === serviceFamily(id));
    if (own.length === 0 && drafts.length > 0 && section.isSound("servers")) {
      const family = serviceFamily(id) === "ipv4" ? "IPv4" : "IPv6";
      reading.report(node.offset, `${formatServiceId(id)} would have no servers: none of them is ${family}`);
    }
    const servers = bindServers(source, { id, drafts: own, check });
    const last = fallback === undefined ? undefined : bindFallback(fallback, { id, servers });
    const desired: DesiredService = {
      ...(values.name === undefined ? {} : { name: values.name }),
      service,
      servers,
      ...(check === undefined ? {} : { check: bindCheck(check, id) }),
      onFailure: values.on_failure,
      ...(last === undefined ? {} : { fallback: last }),
      quorum: values.quorum,
      panicThreshold: values.panic_threshold,
    };
    return { value: desired, node };
  });
}
