import {
  addressFamily,
  type Check,
  type CheckPart,
  type CheckPath,
  type CheckTiming,
  DEFAULT_TIMING,
  DEFAULT_TLS,
  formatDuration,
  type HttpCheck,
  type Login,
  type StartTls,
  type StatusRanges,
  type TextExpectation,
  type TlsSettings,
} from "../model/mod.ts";
import type { CHECK, EXPECT, EXPECT_TEXT, LOGIN, PART, TLS } from "./check_schema.ts";
import type { Fields, Section } from "./mapping.ts";
import type { SectionOf } from "./schema.ts";

/** Statuses that are accepted where a file names none. */
const DEFAULT_STATUS: StatusRanges = [[200, 299]];

type Written = SectionOf<typeof CHECK>;
type WrittenPart = SectionOf<typeof PART>;
type WrittenType<T extends WrittenPart["type"]> = Extract<WrittenPart, { readonly type: T }>;

/** The value with its undefined properties left out, as optional properties are to be. */
type Given<T> =
  & { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & { readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

function given<const T extends Readonly<Record<string, unknown>>>(values: T): Given<T> {
  // What is left out is optional in the result's type, and nothing else is touched.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

function readTls(section: SectionOf<typeof TLS> | undefined): TlsSettings {
  if (section === undefined) return DEFAULT_TLS;
  const { verify, server_name: serverName, ca, certificate, key, warn_expiry: warnExpiryMs } = section.values;
  if (key !== undefined && certificate === undefined) section.report(["key"], "key needs a certificate");
  return given({ verify, serverName, ca, certificate, key, warnExpiryMs });
}

/** TLS of a type that may go over to it, and of one that speaks it from the start. */
function readStartTls(section: Section<Fields>): StartTls {
  const { start_tls: written, tls } = section.values;
  const startTls = written === true;
  if (written === false && tls !== undefined) section.report(["tls"], "tls needs start_tls: true");
  // Both keys come from the same tables wherever they are.
  return { startTls, tls: readTls(tls as SectionOf<typeof TLS> | undefined) };
}

function readLogin(section: SectionOf<typeof LOGIN> | undefined): Login | undefined {
  if (section === undefined) return undefined;
  const { user = "", password = "" } = section.values;
  return { user, password };
}

function readText(section: SectionOf<typeof EXPECT_TEXT> | undefined): TextExpectation | undefined {
  if (section === undefined) return undefined;
  const { text, regex, not_regex: notRegex } = section.values;
  if (section.node.kind === "mapping" && section.node.entries.length === 0) {
    section.report([], "expect must have text, regex or not_regex");
  }
  return given({ text, regex, notRegex });
}

/** Reports keys that mean nothing where another is missing. */
function needs(section: Section<Fields>, needed: string, keys: readonly string[]): void {
  if (section.nodeOf(needed) !== undefined) return;
  for (const key of keys) {
    if (section.nodeOf(key) !== undefined) section.report([key], `${key} needs a ${needed}`);
  }
}

function readHttpExpectation(section: SectionOf<typeof EXPECT> | undefined): HttpCheck["expect"] {
  if (section === undefined) return { status: DEFAULT_STATUS };
  const { status = DEFAULT_STATUS, body, regex, not_regex: notRegex, digest, max_latency: maxLatencyMs } =
    section.values;
  const json = section.values.json?.map(({ values }) => ({
    path: values.path ?? "$",
    equals: values.equals?.value ?? null,
  }));
  return given({ status, body, regex, notRegex, digest, json, maxLatencyMs });
}

const BODY_KEYS = ["body", "regex", "not_regex", "digest", "json"] as const;

function readHttp({ type, section }: WrittenType<"http"> | WrittenType<"https">): HttpCheck {
  const { values } = section;
  const { method, path, version, host, headers = [], body, login, bearer, redirects, proxy, expect } = values;
  const key = method === "HEAD" ? BODY_KEYS.find((each) => expect?.nodeOf(each) !== undefined) : undefined;
  if (key !== undefined) expect?.report([key], `${key} needs the method GET: the answer to HEAD has none`);
  if (login !== undefined && bearer !== undefined) {
    section.report(["bearer", "login"], "login and bearer exclude each other: there is one Authorization header");
  }
  if (proxy) needs(section, "host", ["proxy"]);
  const who = readLogin(login);
  const authorization = who !== undefined
    ? { kind: "basic" as const, ...who }
    : bearer === undefined
    ? undefined
    : { kind: "bearer" as const, token: bearer };
  return {
    ...given({ type, method, path, version, host, headers, body, authorization, redirects, proxy }),
    expect: readHttpExpectation(expect),
    tls: readTls("tls" in values ? values.tls : undefined),
  };
}

function readDns({ section }: WrittenType<"dns">): CheckPart {
  const { transport, query, record: recordType, recursion, expect } = section.values;
  const { rcode = "NOERROR", answer, regex } = expect?.values ?? {};
  if (rcode !== "NOERROR") {
    for (const key of ["answer", "regex"] as const) {
      if (expect?.nodeOf(key) !== undefined) {
        expect.report([key, "rcode"], `${key} needs the rcode NOERROR: ${rcode} has no answers`);
      }
    }
  }
  return { type: "dns", transport, query, recordType, recursion, expect: given({ rcode, answer, regex }) };
}

function readSql(written: WrittenType<"mysql"> | WrittenType<"postgresql">): CheckPart {
  const { type, section } = written;
  const { login, database, query, expect } = section.values;
  needs(section, "login", ["database", "query"]);
  needs(section, "query", ["expect"]);
  return {
    type,
    ...readStartTls(section),
    ...given({ login: readLogin(login), database, query, expect: readText(expect) }),
  };
}

function readExec({ section }: WrittenType<"exec">): CheckPart {
  const { command = [], environment = [], exit_status: exitStatus } = section.values;
  if (command[0] !== undefined && !command[0].startsWith("/")) {
    section.report(["command"], "command must begin with an absolute path");
  }
  return { type: "exec", command, environment, exitStatus };
}

/** What a simple check probes, without its way and its timing. */
function readSimple(written: WrittenPart): CheckPart {
  const { section } = written;
  switch (written.type) {
    case "tcp":
    case "udp": {
      const { send, expect } = written.section.values;
      return given({ type: written.type, send, expect: readText(expect) });
    }
    case "tls": {
      const { send, expect, tls } = written.section.values;
      return given({ type: written.type, tls: readTls(tls), send, expect: readText(expect) });
    }
    case "http":
    case "https":
      return readHttp(written);
    case "smtp":
    case "smtps":
    case "submission": {
      const { helo, login } = written.section.values;
      return { type: written.type, helo, ...readStartTls(section), ...given({ login: readLogin(login) }) };
    }
    case "pop3":
    case "pop3s":
    case "imap":
    case "imaps": {
      const login = readLogin(written.section.values.login);
      return { type: written.type, ...readStartTls(section), ...given({ login }) };
    }
    case "ftp":
    case "ftps": {
      const { login, file } = written.section.values;
      needs(section, "login", ["file"]);
      return { type: written.type, ...readStartTls(section), ...given({ login: readLogin(login), file }) };
    }
    case "nntp":
    case "nntps": {
      const { login, group } = written.section.values;
      return { type: written.type, ...readStartTls(section), ...given({ login: readLogin(login), group }) };
    }
    case "ldap":
    case "ldaps": {
      const { login, base } = written.section.values;
      return { type: written.type, ...readStartTls(section), ...given({ login: readLogin(login), base }) };
    }
    case "dns":
      return readDns(written);
    case "ntp": {
      const { max_stratum: maxStratum, max_offset: maxOffsetMs } = written.section.values;
      return given({ type: written.type, maxStratum, maxOffsetMs });
    }
    case "radius": {
      const { secret = "", login } = written.section.values;
      return given({ type: written.type, secret, login: readLogin(login) });
    }
    case "sip": {
      const { transport, uri, status = DEFAULT_STATUS } = written.section.values;
      return given({ type: written.type, transport, uri, status, tls: DEFAULT_TLS });
    }
    case "sips": {
      const { uri, status = DEFAULT_STATUS, tls } = written.section.values;
      return given({ type: written.type, transport: "tcp", uri, status, tls: readTls(tls) });
    }
    case "rtsp": {
      const { path, status = DEFAULT_STATUS } = written.section.values;
      return given({ type: written.type, path, status });
    }
    case "mysql":
    case "postgresql":
      return readSql(written);
    case "redis":
    case "rediss": {
      const { values } = written.section;
      const login = values.login === undefined
        ? undefined
        : { user: values.login.values.user ?? "", password: values.login.values.password ?? "" };
      const tls = readTls("tls" in values ? values.tls : undefined);
      return given({ type: written.type, login, role: values.role, tls });
    }
    case "grpc":
    case "grpcs": {
      const { values } = written.section;
      const tls = readTls("tls" in values ? values.tls : undefined);
      return given({ type: written.type, serviceName: values.service ?? "", authority: values.authority, tls });
    }
    case "ping":
      return { type: written.type };
    case "exec":
      return readExec(written);
    case "file": {
      const { path = "", condition, expect } = written.section.values;
      if (condition !== "present" && expect !== undefined) {
        section.report(["expect", "condition"], "expect needs the condition present");
      }
      return given({ type: written.type, path, condition, expect: readText(expect) });
    }
  }
}

/** By what way the probe goes; types that go by none have none of the keys. */
function readPath(section: Section<Fields>): CheckPath {
  const { address, port, source, interface: device, mark } = section.values as CheckPath;
  if (address !== undefined && source !== undefined && addressFamily(address) !== addressFamily(source)) {
    section.report(["source", "address"], "source and address must be of the same family");
  }
  return given({ address, port, source, interface: device, mark });
}

function readTiming(section: Section<Fields>): CheckTiming {
  // Every type of check has these keys, with these types.
  const { interval, timeout = Math.min(DEFAULT_TIMING.timeoutMs, interval), rise, fall } = section.values as {
    readonly interval: number;
    readonly timeout?: number;
    readonly rise: number;
    readonly fall: number;
  };
  if (timeout > interval) {
    const reason = `got ${formatDuration(timeout)} and ${formatDuration(interval)}`;
    section.report(["timeout", "interval"], `timeout must not be longer than interval: ${reason}`);
  }
  return { intervalMs: interval, timeoutMs: timeout, rise, fall };
}

/** Makes the check that a section describes, and reports what cannot be in it. */
export function readCheck(written: Written): Check {
  const { section } = written;
  const common = { ...readPath(section), ...readTiming(section) };
  if (written.type !== "all_of" && written.type !== "any_of" && written.type !== "k_of") {
    return { ...readSimple(written as WrittenPart), ...common };
  }
  const checks = (written.section.values.checks ?? [])
    .map((part): CheckPart => ({ ...readSimple(part), ...readPath(part.section) }));
  const needed = written.type === "all_of"
    ? checks.length
    : written.type === "any_of"
    ? 1
    : written.section.values.needed ?? 1;
  if (needed > checks.length && written.type === "k_of") {
    section.report(["needed", "checks"], `needed must not be more than the checks: got ${needed} of ${checks.length}`);
  }
  return { type: written.type, checks, needed, ...common };
}
