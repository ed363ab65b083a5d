import { type Entry, ListBlock, MappingBlock } from "../document.ts";
import type { ImportWorld } from "../imported.ts";
import { connectionEntries, entry } from "./connection.ts";
import { SMTP_HOST } from "./directives.ts";
import { type HttpOptions, httpParts } from "./http.ts";
import { commandOf } from "./program.ts";
import { blockOf, readSection, type Section } from "./section.ts";
import type { Statement } from "./statement.ts";
import { mergeTimings, timingEntries, timingOf } from "./timing.ts";
import { udpEntries } from "./udp.ts";
import { isOn, scriptOf } from "./values.ts";
import type { Checker, Real } from "./virtual.ts";

/** Options of {@linkcode makeCheck}. */
export interface CheckOptions extends HttpOptions {
  /** The tracked files, by name. */
  readonly trackFiles: ReadonlyMap<string, Section>;
  /** The file system and the environment. */
  readonly world: ImportWorld;
}

/** The keys of a check, without its timing. */
type Part = readonly Entry[];

/** Combines the checks of a real server to one; undefined if it has no checks. */
export function makeCheck(real: Real, options: CheckOptions): MappingBlock | undefined {
  const converted = real.checkers.map((checker) => ({ checker, parts: partsOf(checker, real, options) }));
  const present = converted.filter(({ parts }) => parts.length > 0);
  const parts = present.flatMap((each) => each.parts);
  const timing = mergeTimings(
    present.map(({ checker }) => ({ checker, timing: timingOf(checker, { virtual: options.virtual, real }) })),
    options.report,
  );
  const [only = []] = parts;
  if (timing === undefined) return undefined;
  const what: readonly Entry[] = parts.length === 1 ? only : [
    { key: "type", value: "all_of", notes: ["keepalived removes a server if one of them fails"] },
    { key: "checks", value: new ListBlock(parts.map((part) => ({ value: new MappingBlock(part) }))) },
  ];
  return new MappingBlock([...what, ...timingEntries(timing)]);
}

/** The checks that connect to a port. */
const WITH_PORT: ReadonlySet<string> = new Set(["TCP_CHECK", "UDP_CHECK", "DNS_CHECK", "HTTP_GET", "SSL_GET"]);

/** Converts a check; none, with a report, if lvsctl has no counterpart. */
function partsOf(checker: Checker, real: Real, options: CheckOptions): readonly Part[] {
  const { type, section } = checker;
  const hasMark = options.virtual.listens.some((listen) => listen.kind === "mark");
  const hasPort = section.get("connect_port") !== undefined || real.writtenPort !== undefined || !hasMark;
  if (WITH_PORT.has(type) && !hasPort) {
    const reason =
      "the server has no port, which a firewall mark cannot give it, so keepalived removes it; it is not checked";
    options.report.add(section.origin, reason);
    return [];
  }
  const kind = (name: string): Entry => entry("type", name, section);
  switch (type) {
    case "TCP_CHECK":
      return [[kind("tcp"), ...connectionEntries(real, { section })]];
    case "PING_CHECK":
      return [[kind("ping"), ...connectionEntries(real, { section }).filter(({ key }) => key !== "port")]];
    case "UDP_CHECK":
      return [[kind("udp"), ...connectionEntries(real, { section }), ...udpEntries(section)]];
    case "DNS_CHECK":
      return [[
        kind("dns"),
        ...connectionEntries(real, { section }),
        entry("query", section.get("name")?.words[0] ?? ".", section.get("name")),
        entry("record", section.get("type")?.words[0] ?? "SOA", section.get("type")),
      ]];
    case "SMTP_CHECK":
      return smtpParts(checker, real, options);
    case "HTTP_GET":
    case "SSL_GET":
      return httpParts(checker, { real, options });
    case "MISC_CHECK":
      return miscParts(checker, options);
    case "FILE_CHECK":
      return fileParts(checker, options);
    case "BFD_CHECK":
      options.report.add(section.origin, "lvsctl does not support BFD; this check is left out");
      return [];
  }
}

function smtpParts({ section }: Checker, real: Real, options: CheckOptions): readonly Part[] {
  const helo = section.get("helo_name");
  const hosts = section.all("host").map((host) => readSection(blockOf(host), { ...options, rules: SMTP_HOST }));
  return (hosts.length === 0 ? [section] : hosts).map((host) => [
    { key: "type", value: "smtp", origins: [host.origin] },
    ...connectionEntries(real, { section: host }),
    ...(helo === undefined ? [] : [entry("helo", helo.words[0] ?? "", helo)]),
  ]);
}

function miscParts({ section }: Checker, options: CheckOptions): readonly Part[] {
  const { report } = options;
  const path = section.get("misc_path");
  if (path === undefined) {
    report.add(section.origin, "it has no misc_path, so keepalived ignores it");
    return [];
  }
  const { user } = scriptOf(path);
  const command = commandOf(path.escaped[0] ?? "", options.world);
  if (command === undefined) {
    report.add(path.origin, "there is no such program in PATH; without its check the server is always in");
    return [];
  }
  const userStatement = section.get("user");
  if (userStatement !== undefined) report.add(userStatement.origin, "lvsctl runs commands as its own user");
  if (user !== undefined) report.add(path.origin, "lvsctl runs commands as its own user");
  const dynamic = section.get("misc_dynamic");
  return [[
    entry("type", "exec", section),
    entry("command", command, path),
    ...(isOn(dynamic) ? [entry("exit_status", "weight", dynamic)] : []),
  ]];
}

function fileParts({ section }: Checker, { report, trackFiles }: CheckOptions): readonly Part[] {
  const name = section.get("track_file");
  const file = trackFiles.get(name?.words[0] ?? "");
  const path = file?.get("file");
  if (name === undefined || file === undefined || path === undefined) {
    report.add(section.origin, "there is no track_file of this name, so keepalived ignores it");
    return [];
  }
  const weight: Statement | undefined = section.get("weight") ?? section.get("dynamic") ?? file.get("weight");
  if (weight !== undefined && weight.words[0] !== "0") {
    report.add(
      weight.origin,
      "a number that is added to the weight has no counterpart; this check is left out",
    );
    return [];
  }
  return [[
    { key: "type", value: "file", origins: [section.origin, name.origin] },
    entry("path", path.words[0] ?? "", path),
    {
      key: "expect",
      value: { regex: "^\\s*[-+]?0*(?:[^0-9]|$)" },
      notes: ["0 is healthy, every other number is unhealthy; keepalived treats a missing file as 0"],
    },
  ]];
}
