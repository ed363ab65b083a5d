import { type Entry, ListBlock, MappingBlock } from "../document.ts";
import { connectionEntries, entry } from "./connection.ts";
import { SMTP_HOST } from "./directives.ts";
import { type HttpOptions, httpParts } from "./http.ts";
import { blockOf, readSection, type Section } from "./section.ts";
import type { Statement } from "./statement.ts";
import { commonTiming, timingEntries, timingOf } from "./timing.ts";
import { udpEntries } from "./udp.ts";
import { isAbsolute, isOn, scriptOf } from "./values.ts";
import type { Checker, Real } from "./virtual.ts";

/** What checks need to know beside their servers. */
export interface CheckOptions extends HttpOptions {
  /** The files that are watched, by their names. */
  readonly trackFiles: ReadonlyMap<string, Section>;
}

/** A check as keys, without its timing; nothing, and reported, if lvsctl has none like it. */
type Part = readonly Entry[];

/** The check of a real server, made of all of its checks; undefined if it has none. */
export function makeCheck(real: Real, options: CheckOptions): MappingBlock | undefined {
  const made = real.checkers.map((checker) => ({ checker, parts: partsOf(checker, real, options) }));
  const present = made.filter(({ parts }) => parts.length > 0);
  const parts = present.flatMap((each) => each.parts);
  const timing = commonTiming(
    present.map(({ checker }) => ({ checker, timing: timingOf(options.virtual, real, checker) })),
    options.report,
  );
  const [only = []] = parts;
  if (timing === undefined) return undefined;
  const what: readonly Entry[] = parts.length === 1 ? only : [
    { key: "type", value: "all_of", notes: ["keepalived takes a server out if any of them fails"] },
    { key: "checks", value: new ListBlock(parts.map((part) => ({ value: new MappingBlock(part) }))) },
  ];
  return new MappingBlock([...what, ...timingEntries(timing)]);
}

function partsOf(checker: Checker, real: Real, options: CheckOptions): readonly Part[] {
  const { type, section } = checker;
  const kind = (name: string): Entry => entry("type", name, section.origin);
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
        entry("query", section.get("name")?.words[0] ?? ".", section.get("name")?.origin),
        entry("record", section.get("type")?.words[0] ?? "SOA", section.get("type")?.origin),
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
      options.report.add(section.origin, "lvsctl does not speak BFD; the server is not checked by it");
      return [];
  }
}

function smtpParts({ section }: Checker, real: Real, options: CheckOptions): readonly Part[] {
  const helo = section.get("helo_name");
  const hosts = section.all("host").map((host) => readSection(blockOf(host), { ...options, rules: SMTP_HOST }));
  return (hosts.length === 0 ? [section] : hosts).map((host) => [
    { key: "type", value: "smtp", origins: [host.origin] },
    ...connectionEntries(real, { section: host }),
    ...(helo === undefined ? [] : [entry("helo", helo.words[0] ?? "", helo.origin)]),
  ]);
}

function miscParts({ section }: Checker, { report }: CheckOptions): readonly Part[] {
  const path = section.get("misc_path");
  if (path === undefined) {
    report.add(section.origin, "it has no misc_path, so keepalived leaves it out");
    return [];
  }
  const { command, user } = scriptOf(path);
  if (!isAbsolute(command)) {
    report.add(path.origin, "lvsctl runs programs by their absolute paths; the server is not checked by it");
    return [];
  }
  const written = section.get("user");
  if (written !== undefined) report.add(written.origin, "lvsctl runs commands as its own user");
  if (user !== undefined) report.add(path.origin, "lvsctl runs commands as its own user");
  const dynamic = section.get("misc_dynamic");
  return [[
    entry("type", "exec", section.origin),
    entry("command", command, path.origin),
    ...(isOn(dynamic) ? [entry("exit_status", "weight", dynamic?.origin)] : []),
  ]];
}

function fileParts({ section }: Checker, { report, trackFiles }: CheckOptions): readonly Part[] {
  const name = section.get("track_file");
  const file = trackFiles.get(name?.words[0] ?? "");
  const path = file?.get("file");
  if (name === undefined || file === undefined || path === undefined) {
    report.add(section.origin, "there is no track_file of this name, so keepalived leaves it out");
    return [];
  }
  const weight: Statement | undefined = section.get("weight") ?? section.get("dynamic") ?? file.get("weight");
  if (weight !== undefined && weight.words[0] !== "0") {
    report.add(
      weight.origin,
      "a number that is added to the weight has no counterpart; the server is not checked by this file",
    );
    return [];
  }
  return [[
    { key: "type", value: "file", origins: [section.origin, name.origin] },
    entry("path", path.words[0] ?? "", path.origin),
    {
      key: "expect",
      value: { regex: "^\\s*[-+]?0*(?:[^0-9]|$)" },
      notes: ["0 is healthy, every other number is not; keepalived takes a file that is missing as 0"],
    },
  ]];
}
