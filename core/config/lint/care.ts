import {
  type AddressFamily,
  addressFamily,
  careOf,
  type Check,
  type CheckPart,
  type DesiredService,
  EVENT_PLACEHOLDERS,
  formatServerId,
  type IpAddress,
  type RealServer,
  SERVER_PLACEHOLDERS,
  type ServerCare,
} from "../../model/mod.ts";
import { nearest } from "../source/suggestion.ts";
import type { LintFinding } from "./finding.ts";

/** Somebody who looks after servers, and the server that alone has it so. */
interface Keeper {
  readonly care: ServerCare;
  readonly server: RealServer | undefined;
}

/** How the servers of a service are looked after: by the service, and by what some say themselves. */
function keepers(desired: DesiredService): Keeper[] {
  const { servers, care } = desired;
  const own = care === undefined ? [] : servers.filter((server) => care.has(formatServerId(server)));
  return [{ care: desired, server: undefined }, ...own.map((server) => ({ care: careOf(desired, server), server }))];
}

/** The parts of a check, or the check itself. */
function partsOf(check: Check | undefined): readonly (Check | CheckPart)[] {
  return check === undefined ? [] : "checks" in check ? check.checks : [check];
}

/** The programs that are run, by the keys that say so. */
function programs({ check, agent, notify = [] }: ServerCare): (readonly [key: string, command: readonly string[]])[] {
  return [
    ...partsOf(check).map((part) => ["check", part] as const),
    ...(agent === undefined ? [] : [["agent", agent] as const]),
    ...notify.map((each) => ["notify", each] as const),
  ].flatMap(([key, each]) => each.type === "exec" ? [[key, each.command] as const] : []);
}

/** A command as a shell would take it: here it is the path of a program that has a blank in it. */
function lintCommands({ care, server }: Keeper, service: DesiredService): LintFinding[] {
  const known = server === undefined ? [] : programs(service).map(([, command]) => command);
  return programs(care).filter(([, command]) => !known.includes(command)).flatMap(([key, [program = "", ...rest]]) => {
    if (rest.length > 0 || !/\s/.test(program)) return [];
    const message = "command is one program with a blank in its path: write it and its arguments as a list";
    return [{ code: "command-blank", message, key, server }];
  });
}

/** Texts in which names in braces are replaced, by the keys that they are in, with those names. */
function templates(care: ServerCare): (readonly [key: string, texts: readonly string[], known: readonly string[]])[] {
  const files = partsOf(care.check).flatMap((part) => part.type === "file" ? [part.path] : []);
  return [
    ...programs(care).map(([key, command]) =>
      [key, command, key === "notify" ? EVENT_PLACEHOLDERS : SERVER_PLACEHOLDERS] as const
    ),
    ["check", files, SERVER_PLACEHOLDERS],
  ];
}

/** What looks like a placeholder: not what a shell takes for a variable, and not the quantifier of a pattern. */
const IN_BRACES = /(?<!\$)\{([A-Za-z_][\w-]*)\}/g;

/** Names in braces that nothing stands behind: they are passed on as they are written. */
function lintPlaceholders({ care, server }: Keeper, service: DesiredService): LintFinding[] {
  const told = new Set(server === undefined ? [] : templates(service).flatMap(([, texts]) => texts));
  return templates(care).flatMap(([key, texts, known]) =>
    texts.flatMap((text): LintFinding[] => {
      if (told.has(text)) return [];
      told.add(text);
      const names = new Set(Array.from(text.matchAll(IN_BRACES), ([, name = ""]) => name));
      const unknown = [...names].filter((name) => !known.includes(name));
      if (unknown.length === 0) return [];
      const what = `${list(unknown)} ${unknown.length === 1 ? "is" : "are"} not replaced: there is ${list(known)}`;
      const meant = new Set(unknown.flatMap((name) => nearest(name, known) ?? []));
      const message = meant.size === 0 ? what : `${what}; did you mean ${list([...meant])}?`;
      return [{ code: "placeholder-unknown", message, key, text, server }];
    })
  );
}

/** Placeholders in words: "{server}, {address} and {port}". */
function list(names: readonly string[]): string {
  const written = names.map((name) => `{${name}}`);
  const last = written.pop() ?? "";
  return written.length === 0 ? last : `${written.join(", ")} and ${last}`;
}

/** The addresses of a probe or a query: the one that it goes to, and the one that it comes from. */
interface Path {
  readonly address?: IpAddress | undefined;
  readonly source?: IpAddress | undefined;
}

/** The paths of a server's probes and queries, each with the key that declares it. */
function pathsOf({ check, agent }: ServerCare): (readonly [key: string, Path])[] {
  // A part of a composed check takes what it omits from the whole check.
  return [
    ...partsOf(check).map(({ address = check?.address, source = check?.source }) =>
      ["check", { address, source }] as const
    ),
    ...(agent === undefined ? [] : [["agent", agent] as const]),
  ];
}

/** Addresses that probes of a server cannot come from, for it is of the other family. */
function lintSources(desired: DesiredService, server: RealServer): LintFinding[] {
  const told = new Set<string>();
  return pathsOf(careOf(desired, server)).flatMap(([key, { source, address = server.address }]): LintFinding[] => {
    if (source === undefined || addressFamily(source) === addressFamily(address) || told.has(key)) return [];
    told.add(key);
    const message = `${key} cannot come from ${source}: ${address} is ${familyWord(addressFamily(address))}`;
    return [{ code: "source-family", message, key, server }];
  });
}

function familyWord(family: AddressFamily): string {
  return family === "ipv4" ? "an IPv4 address" : "an IPv6 address";
}

/** What is legal and most probably not meant in how servers are looked after. */
export function lintCare(desired: DesiredService): LintFinding[] {
  const { check, agent, notify, care, servers } = desired;
  // Most services of a large file have nothing to look at.
  if (check === undefined && agent === undefined && notify === undefined && care === undefined) return [];
  const hasSource = keepers(desired).some(({ care }) => pathsOf(care).some(([, { source }]) => source !== undefined));
  return [
    ...keepers(desired).flatMap((keeper) => [...lintCommands(keeper, desired), ...lintPlaceholders(keeper, desired)]),
    ...(hasSource ? servers.flatMap((server) => lintSources(desired, server)) : []),
  ];
}
