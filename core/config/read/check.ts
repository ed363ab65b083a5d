import {
  type Check,
  type CheckPart,
  type CheckTiming,
  DEFAULT_TIMING,
  DEFAULT_TLS,
  defined,
  type FlapDamping,
} from "../../model/mod.ts";
import type { FLAP_DAMPING } from "../schema/check_fields.ts";
import type { CHECK, PART } from "../schema/check_schema.ts";
import type { Fields, Section } from "../schema/mapping.ts";
import {
  needs,
  readCommand,
  readLogin,
  readPath,
  readStartTls,
  readText,
  readTimeout,
  readTls,
} from "./check_parts.ts";
import { DEFAULT_STATUS, readHttp } from "./http.ts";
import type { SectionOf } from "../schema/types.ts";

/** A check in a file. */
export type CheckSection = SectionOf<typeof CHECK>;
type WrittenPart = SectionOf<typeof PART>;
type WrittenType<T extends WrittenPart["type"]> = Extract<WrittenPart, { readonly type: T }>;

function readDns({ section }: WrittenType<"dns">): CheckPart {
  const { transport, query, record: recordType, recursion, expect } = section.values;
  const { rcode = "NOERROR", answer, regex } = expect?.values ?? {};
  if (rcode !== "NOERROR") {
    for (const key of ["answer", "regex"] as const) {
      if (expect?.nodeOf(key) !== undefined) {
        expect.report(
          [key, "rcode"],
          `${key} is allowed only with rcode: NOERROR; an answer with ${rcode} has no records`,
        );
      }
    }
  }
  return { type: "dns", transport, query, recordType, recursion, expect: defined({ rcode, answer, regex }) };
}

function readSql(written: WrittenType<"mysql"> | WrittenType<"postgresql">): CheckPart {
  const { type, section } = written;
  const { login, database, query, expect } = section.values;
  needs(section, { key: "login", by: ["database", "query"] });
  needs(section, { key: "query", by: ["expect"] });
  return {
    type,
    ...readStartTls(section),
    ...defined({ login: readLogin(login), database, query, expect: readText(expect) }),
  };
}

/** Reads a simple check, without its path and its timing. */
function readSimple(written: WrittenPart): CheckPart {
  const { section } = written;
  switch (written.type) {
    case "tcp":
    case "udp": {
      const { send, expect } = written.section.values;
      return defined({ type: written.type, send, expect: readText(expect) });
    }
    case "tls": {
      const { send, expect, tls } = written.section.values;
      return defined({ type: written.type, tls: readTls(tls), send, expect: readText(expect) });
    }
    case "http":
    case "https":
      return readHttp(written);
    case "smtp":
    case "smtps":
    case "submission": {
      const { helo, login } = written.section.values;
      return { type: written.type, helo, ...readStartTls(section), ...defined({ login: readLogin(login) }) };
    }
    case "pop3":
    case "pop3s":
    case "imap":
    case "imaps": {
      const login = readLogin(written.section.values.login);
      return { type: written.type, ...readStartTls(section), ...defined({ login }) };
    }
    case "ftp":
    case "ftps": {
      const { login, file } = written.section.values;
      needs(section, { key: "login", by: ["file"] });
      return { type: written.type, ...readStartTls(section), ...defined({ login: readLogin(login), file }) };
    }
    case "nntp":
    case "nntps": {
      const { login, group } = written.section.values;
      return { type: written.type, ...readStartTls(section), ...defined({ login: readLogin(login), group }) };
    }
    case "ldap":
    case "ldaps": {
      const { login, base } = written.section.values;
      return { type: written.type, ...readStartTls(section), ...defined({ login: readLogin(login), base }) };
    }
    case "dns":
      return readDns(written);
    case "ntp": {
      const { max_stratum: maxStratum, max_offset: maxOffsetMs } = written.section.values;
      return defined({ type: written.type, maxStratum, maxOffsetMs });
    }
    case "radius": {
      const { secret = "", login } = written.section.values;
      return defined({ type: written.type, secret, login: readLogin(login) });
    }
    case "sip": {
      const { transport, uri, status = DEFAULT_STATUS } = written.section.values;
      return defined({ type: written.type, transport, uri, status, tls: DEFAULT_TLS });
    }
    case "sips": {
      const { uri, status = DEFAULT_STATUS, tls } = written.section.values;
      return { type: written.type, transport: "tcp", ...defined({ uri, status, tls: readTls(tls) }) };
    }
    case "rtsp": {
      const { path, status = DEFAULT_STATUS } = written.section.values;
      return defined({ type: written.type, path, status });
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
      return defined({ type: written.type, login, role: values.role, tls });
    }
    case "grpc":
    case "grpcs": {
      const { values } = written.section;
      const { authority } = values;
      const tls = "tls" in values ? readTls(values.tls, authority) : DEFAULT_TLS;
      return defined({ type: written.type, serviceName: values.service ?? "", authority, tls });
    }
    case "ping":
      return { type: written.type };
    case "exec":
      return {
        type: written.type,
        ...readCommand(written.section),
        exitStatus: written.section.values.exit_status,
      };
    case "file": {
      const { path = "", condition, expect } = written.section.values;
      if (condition !== "present" && expect !== undefined) {
        section.report(["expect", "condition"], "expect is allowed only with condition: present");
      }
      return defined({ type: written.type, path, condition, expect: readText(expect) });
    }
  }
}

function readTiming(section: Section<Fields>): CheckTiming {
  // Every type of check has these keys with these types, which the compiler cannot infer from a union.
  const values = section.values as {
    readonly interval: number;
    readonly rise: number;
    readonly fall: number;
    readonly unhealthy_interval?: number;
    readonly retry_delay?: number;
    readonly warmup?: number;
    readonly flap_damping?: SectionOf<typeof FLAP_DAMPING>;
  };
  const { interval: intervalMs, rise, fall, unhealthy_interval: unhealthyIntervalMs, retry_delay: retryDelayMs } =
    values;
  // By default the timeout is at most the shorter of the two intervals.
  const defaultMs = Math.min(DEFAULT_TIMING.timeoutMs, intervalMs, unhealthyIntervalMs ?? intervalMs);
  const timeoutMs = readTimeout(section, { defaultMs });
  const flapDamping = readFlapDamping(values.flap_damping);
  const { warmup: warmupMs } = values;
  return defined({ intervalMs, timeoutMs, rise, fall, unhealthyIntervalMs, retryDelayMs, warmupMs, flapDamping });
}

function readFlapDamping(section: SectionOf<typeof FLAP_DAMPING> | undefined): FlapDamping | undefined {
  if (section === undefined) return undefined;
  // Missing keys are reported already.
  const { changes = 2, within: withinMs = 1000, hold: holdMs = 1000 } = section.values;
  return { changes, withinMs, holdMs };
}

/** Reads a check, and reports invalid combinations in it. */
export function readCheck(written: CheckSection): Check {
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
    section.report(
      ["needed", "checks"],
      `needed must not be more than the number of checks: got ${needed} of ${checks.length}`,
    );
  }
  return { type: written.type, checks, needed, ...common };
}
