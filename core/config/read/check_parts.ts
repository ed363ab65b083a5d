import {
  addressFamily,
  type CheckPath,
  DEFAULT_TLS,
  defined,
  formatDuration,
  type Login,
  type StartTls,
  type TextExpectation,
  type TlsSettings,
} from "../../model/mod.ts";
import type { COMMAND_FIELDS, EXPECT_TEXT, LOGIN, TLS } from "../schema/check_fields.ts";
import type { Fields, Section } from "../schema/mapping.ts";
import type { SectionOf } from "../schema/file_schema.ts";

// What checks of several types and agents have in common.

/** How TLS is spoken. */
export function readTls(section: SectionOf<typeof TLS> | undefined): TlsSettings {
  if (section === undefined) return DEFAULT_TLS;
  const { verify, server_name: serverName, ca, certificate, key, warn_expiry: warnExpiryMs } = section.values;
  if (key !== undefined && certificate === undefined) section.report(["key"], "key needs a certificate");
  return defined({ verify, serverName, ca, certificate, key, warnExpiryMs });
}

/** TLS of a type that may go over to it, and of one that speaks it from the start. */
export function readStartTls(section: Section<Fields>): StartTls {
  const { start_tls: written, tls } = section.values;
  const startTls = written === true;
  if (written === false && tls !== undefined) section.report(["tls"], "tls needs start_tls: true");
  // Both keys come from the same tables wherever they are.
  return { startTls, tls: readTls(tls as SectionOf<typeof TLS> | undefined) };
}

/** Who logs in. */
export function readLogin(section: SectionOf<typeof LOGIN> | undefined): Login | undefined {
  if (section === undefined) return undefined;
  const { user = "", password = "" } = section.values;
  return { user, password };
}

/** What a text has to be. */
export function readText(section: SectionOf<typeof EXPECT_TEXT> | undefined): TextExpectation | undefined {
  if (section === undefined) return undefined;
  const { text, regex, not_regex: notRegex } = section.values;
  if (section.node.kind === "mapping" && section.node.entries.length === 0) {
    section.report([], "expect must have text, regex or not_regex");
  }
  return defined({ text, regex, notRegex });
}

/** Reports keys that mean nothing where another is missing. */
export function needs(
  section: Section<Fields>,
  { key: needed, by }: { readonly key: string; readonly by: readonly string[] },
): void {
  if (section.nodeOf(needed) !== undefined) return;
  for (const key of by) {
    if (section.nodeOf(key) !== undefined) section.report([key], `${key} needs the key ${needed}`);
  }
}

/** By what way the probe goes; types that go by none have none of the keys. */
export function readPath(section: Section<Fields>): CheckPath {
  const { address, port, source, interface: device, mark } = section.values as CheckPath;
  if (address !== undefined && source !== undefined && addressFamily(address) !== addressFamily(source)) {
    section.report(["source", "address"], "source and address must be of the same family");
  }
  return defined({ address, port, source, interface: device, mark });
}

/** The program that is run, and what its environment has beside lvsctl's own variables. */
export function readCommand(
  section: Section<typeof COMMAND_FIELDS>,
): { readonly command: readonly string[]; readonly environment: readonly (readonly [string, string])[] } {
  const { command = [], environment = [] } = section.values;
  reportRelative(section, command);
  return { command, environment };
}

/** Reports a program that is not named by an absolute path. */
export function reportRelative(section: Section<Fields>, command: readonly string[]): void {
  if (command[0] !== undefined && !command[0].startsWith("/")) {
    section.report(["command"], "command must begin with an absolute path");
  }
}

/** The deadline of something that is repeated, which is not to be longer than from one start to the next. */
export function readDeadline(
  section: Section<Fields>,
  options: { readonly intervalMs: number; readonly key?: string; readonly defaultMs: number },
): number {
  const { intervalMs, key = "interval", defaultMs } = options;
  // Whatever is repeated has this key, with this type.
  const { timeout = Math.min(defaultMs, intervalMs) } = section.values as { readonly timeout?: number };
  if (timeout > intervalMs) {
    const reason = `got ${formatDuration(timeout)} and ${formatDuration(intervalMs)}`;
    section.report(["timeout", key], `timeout must not be longer than ${key}: ${reason}`);
  }
  return timeout;
}
