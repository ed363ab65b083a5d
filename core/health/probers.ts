import type { CheckMethod, CheckType } from "../model/mod.ts";
import type { Prober, ProberJob } from "./prober.ts";
import { probeTcp } from "./probers/tcp.ts";
import type { ExchangeOptions, Outcome } from "../net/mod.ts";

/** Probers by type of check. */
export type Probers = { readonly [Type in CheckType]?: Prober<Extract<CheckMethod, { readonly type: Type }>> };

/** Loads each prober when it is first needed; the one for TCP is small and always loaded. */
const LOADERS: { readonly [Type in CheckType]: () => Promise<Prober<Extract<CheckMethod, { readonly type: Type }>>> } =
  {
    tcp: () => Promise.resolve(probeTcp),
    tls: async () => (await import("./probers/exchange.ts")).probeExchange,
    udp: async () => (await import("./probers/udp.ts")).probeUdp,
    http: async () => (await import("./probers/http.ts")).probeHttp,
    https: async () => (await import("./probers/http.ts")).probeHttp,
    smtp: async () => (await import("./probers/smtp.ts")).probeSmtp,
    smtps: async () => (await import("./probers/smtp.ts")).probeSmtp,
    submission: async () => (await import("./probers/smtp.ts")).probeSmtp,
    pop3: async () => (await import("./probers/mailbox.ts")).probeMailbox,
    pop3s: async () => (await import("./probers/mailbox.ts")).probeMailbox,
    imap: async () => (await import("./probers/mailbox.ts")).probeMailbox,
    imaps: async () => (await import("./probers/mailbox.ts")).probeMailbox,
    ftp: async () => (await import("./probers/ftp.ts")).probeFtp,
    ftps: async () => (await import("./probers/ftp.ts")).probeFtp,
    nntp: async () => (await import("./probers/nntp.ts")).probeNntp,
    nntps: async () => (await import("./probers/nntp.ts")).probeNntp,
    ldap: async () => (await import("./probers/ldap.ts")).probeLdap,
    ldaps: async () => (await import("./probers/ldap.ts")).probeLdap,
    dns: async () => (await import("./probers/dns.ts")).probeDns,
    ntp: async () => (await import("./probers/ntp.ts")).probeNtp,
    radius: async () => (await import("./probers/radius.ts")).probeRadius,
    sip: async () => (await import("./probers/sip.ts")).probeSip,
    sips: async () => (await import("./probers/sip.ts")).probeSip,
    rtsp: async () => (await import("./probers/rtsp.ts")).probeRtsp,
    mysql: async () => (await import("./probers/mysql.ts")).probeMysql,
    postgresql: async () => (await import("./probers/postgresql.ts")).probePostgresql,
    redis: async () => (await import("./probers/redis.ts")).probeRedis,
    rediss: async () => (await import("./probers/redis.ts")).probeRedis,
    grpc: async () => (await import("./probers/grpc.ts")).probeGrpc,
    grpcs: async () => (await import("./probers/grpc.ts")).probeGrpc,
    ping: async () => (await import("./probers/ping.ts")).probePing,
    exec: async () => (await import("./probers/exec.ts")).probeExec,
    file: async () => (await import("./probers/file.ts")).probeFile,
    "all_of": async () => (await import("./probers/composite.ts")).probeComposite(runProber),
    "any_of": async () => (await import("./probers/composite.ts")).probeComposite(runProber),
    "k_of": async () => (await import("./probers/composite.ts")).probeComposite(runProber),
  };

/** Probes once with the prober for the type of check. */
export async function runProber(
  { target, check }: ProberJob,
  options: ExchangeOptions & { readonly probers?: Probers | undefined },
): Promise<Outcome> {
  // The prober under a type takes checks of that type; the compiler cannot follow a computed key.
  const known = options.probers?.[check.type] as Prober | undefined;
  const prober = known ?? await (LOADERS[check.type] as () => Promise<Prober>)();
  return await prober(target, check, options);
}

/** Loads the probers of checks, so that their first probes do not wait for that. */
export async function preloadProbers(checks: Iterable<CheckMethod>): Promise<void> {
  for (const type of typesOf(checks)) await LOADERS[type]();
  // The conversation of a `tcp` check is loaded apart from its prober.
  await LOADERS.tls();
}

/** The types whose probers wait for a command, for a file, or for a digest of the system. */
const WAITING_TYPES: ReadonlySet<CheckType> = new Set(["exec", "file", "mysql", "postgresql"]);

/** Whether a check waits for more than sockets and timers. */
export function needsEventLoop(check: CheckMethod): boolean {
  if ("checks" in check) return check.checks.some(needsEventLoop);
  if (check.type === "http" || check.type === "https") return check.expect.digest !== undefined;
  return WAITING_TYPES.has(check.type);
}

/** The types of checks and of their parts. */
function typesOf(checks: Iterable<CheckMethod>): ReadonlySet<CheckType> {
  const types = new Set<CheckType>();
  for (const check of checks) {
    types.add(check.type);
    if ("checks" in check) { for (const type of typesOf(check.checks)) types.add(type); }
  }
  return types;
}
