import {
  addressFamily,
  type CheckPath,
  DEFAULT_TLS,
  defined,
  type Login,
  type StartTls,
  type TextExpectation,
  type TlsSettings,
  tryParseIpAddress,
} from "../../model/mod.ts";
import type { COMMAND_FIELDS, EXPECT_TEXT, LOGIN, TLS } from "../schema/check_fields.ts";
import type { Fields, Section } from "../schema/mapping.ts";
import type { SectionOf } from "../schema/types.ts";

// The parts that several types of checks and agents share.

/**
 * Reads TLS settings.
 *
 * @param host The host that a request names, with or without a port: the default of the server's name if it is a name.
 */
export function readTls(section: SectionOf<typeof TLS> | undefined, host?: string): TlsSettings {
  const name = host === undefined ? undefined : nameIn(host);
  if (section === undefined) return defined({ ...DEFAULT_TLS, serverName: name });
  const { verify, server_name: serverName = name, ca, certificate, key, warn_expiry: warnExpiryMs } = section.values;
  if (key !== undefined && certificate === undefined) section.report(["key"], "key is allowed only with certificate");
  return defined({ verify, serverName, ca, certificate, key, warnExpiryMs });
}

/** The name in HOST[:PORT]; undefined if it is an address, which is no server's name (RFC 6066 3). */
function nameIn(host: string): string | undefined {
  const name = host.replace(/:\d*$/, "");
  const isAddress = tryParseIpAddress(name) !== undefined || tryParseIpAddress(host) !== undefined;
  return isAddress || !/^[\w-]+(?:\.[\w-]+)*\.?$/.test(name) ? undefined : name.replace(/\.$/, "");
}

/** Reads TLS settings of protocols that switch to TLS, and of those that start with it. */
export function readStartTls(section: Section<Fields>): StartTls {
  const { start_tls: written, tls } = section.values;
  const startTls = written === true;
  if (written === false && tls !== undefined) {
    section.report(["tls"], "tls is allowed only with start_tls: true");
  }
  // Both keys have the same types in every table, which the compiler cannot infer from general fields.
  return { startTls, tls: readTls(tls as SectionOf<typeof TLS> | undefined) };
}

/** Reads a user name and a password. */
export function readLogin(section: SectionOf<typeof LOGIN> | undefined): Login | undefined {
  if (section === undefined) return undefined;
  const { user = "", password = "" } = section.values;
  return { user, password };
}

/** Reads a required text. */
export function readText(section: SectionOf<typeof EXPECT_TEXT> | undefined): TextExpectation | undefined {
  if (section === undefined) return undefined;
  const { text, regex, not_regex: notRegex } = section.values;
  if (section.node.kind === "mapping" && section.node.entries.length === 0) {
    section.report([], "expect must have one of the keys text, regex and not_regex");
  }
  return defined({ text, regex, notRegex });
}

/** Reports keys that need another key, if it is missing. */
export function needs(
  section: Section<Fields>,
  { key: needed, by }: { readonly key: string; readonly by: readonly string[] },
): void {
  if (section.nodeOf(needed) !== undefined) return;
  for (const key of by) {
    if (section.nodeOf(key) !== undefined) section.report([key], `${key} is allowed only with ${needed}`);
  }
}

/** Reads the path to a server; types without a path have none of the keys. */
export function readPath(section: Section<Fields>): CheckPath {
  const { address, port, source, interface: device, mark } = section.values as CheckPath;
  if (address !== undefined && source !== undefined && addressFamily(address) !== addressFamily(source)) {
    section.report(["source", "address"], "source and address must be of the same address family");
  }
  return defined({ address, port, source, interface: device, mark });
}

/** Reads a program, and its environment variables in addition to those that lvsctl sets. */
export function readCommand(
  section: Section<typeof COMMAND_FIELDS>,
): { readonly command: readonly string[]; readonly environment: readonly (readonly [string, string])[] } {
  const { command = [], environment = [] } = section.values;
  reportRelative(section, command);
  return { command, environment };
}

/** Reports a program without an absolute path. */
export function reportRelative(section: Section<Fields>, command: readonly string[]): void {
  if (command[0] !== undefined && !command[0].startsWith("/")) {
    section.report(["command"], "command must begin with the absolute path of a program");
  }
}

/**
 * Reads the time limit of a probe or a query; milliseconds. It may be longer than the interval: the next probe then waits
 * for the end of a slow one.
 */
export function readTimeout(section: Section<Fields>, { defaultMs }: { readonly defaultMs: number }): number {
  // Every section with an interval has this key with this type, which the compiler cannot infer.
  const { timeout = defaultMs } = section.values as { readonly timeout?: number };
  return timeout;
}
