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
  nearest,
  type RealServer,
  SERVER_PLACEHOLDERS,
  type ServerCare,
} from "../model/mod.ts";
import type { ServiceFinding } from "./finding.ts";

/** Checks, agent and notifications, with the server if they are its own. */
interface Owner {
  readonly care: ServerCare;
  readonly server: RealServer | undefined;
}

/** The care of a service, and of each server that has its own. */
function ownersOf(desired: DesiredService): Owner[] {
  const { servers, care } = desired;
  const own = care === undefined ? [] : servers.filter((server) => care.has(formatServerId(server)));
  return [{ care: desired, server: undefined }, ...own.map((server) => ({ care: careOf(desired, server), server }))];
}

/** The parts of a check, or the check itself if it is simple. */
function partsOf(check: Check | undefined): readonly (Check | CheckPart)[] {
  return check === undefined ? [] : "checks" in check ? check.checks : [check];
}

/** The programs to run, with their keys. */
function programs({ check, agent, notify = [] }: ServerCare): (readonly [key: string, command: readonly string[]])[] {
  return [
    ...partsOf(check).map((part) => ["check", part] as const),
    ...(agent === undefined ? [] : [["agent", agent] as const]),
    ...notify.map((each) => ["notify", each] as const),
  ].flatMap(([key, each]) => each.type === "exec" ? [[key, each.command] as const] : []);
}

/** A command written as for a shell: it is read as the path of a program with a blank. */
function commandFindings({ care, server }: Owner, service: DesiredService): ServiceFinding[] {
  const known = server === undefined ? [] : programs(service).map(([, command]) => command);
  return programs(care).filter(([, command]) => !known.includes(command)).flatMap(([key, [program = "", ...rest]]) => {
    if (rest.length > 0 || !/\s/.test(program)) return [];
    const message = "command is one path with a blank in it; write the program and its arguments as a list";
    return [{ code: "command-blank", message, key, server }];
  });
}

/** Texts with placeholders, with their keys and the known names. */
function templates(care: ServerCare): (readonly [key: string, texts: readonly string[], known: readonly string[]])[] {
  const files = partsOf(care.check).flatMap((part) => part.type === "file" ? [part.path] : []);
  return [
    ...programs(care).map(([key, command]) =>
      [key, command, key === "notify" ? EVENT_PLACEHOLDERS : SERVER_PLACEHOLDERS] as const
    ),
    ["check", files, SERVER_PLACEHOLDERS],
  ];
}

/** A placeholder; neither a shell's variable nor the quantifier of a pattern. */
const IN_BRACES = /(?<!\$)\{([A-Za-z_][\w-]*)\}/g;

/** Unknown placeholders, which are passed on unchanged. */
function placeholderFindings({ care, server }: Owner, service: DesiredService): ServiceFinding[] {
  const reported = new Set(server === undefined ? [] : templates(service).flatMap(([, texts]) => texts));
  return templates(care).flatMap(([key, texts, known]) =>
    texts.flatMap((text): ServiceFinding[] => {
      if (reported.has(text)) return [];
      reported.add(text);
      const names = new Set(Array.from(text.matchAll(IN_BRACES), ([, name = ""]) => name));
      const unknown = [...names].filter((name) => !known.includes(name));
      if (unknown.length === 0) return [];
      const problem = `unknown placeholder ${list(unknown)}; the placeholders are ${list(known)}`;
      const similar = new Set(unknown.flatMap((name) => nearest(name, known) ?? []));
      const message = similar.size === 0 ? problem : `${problem}; did you mean ${list([...similar])}?`;
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

/** Source addresses of another family than the server's address. */
function sourceFindings(desired: DesiredService, server: RealServer): ServiceFinding[] {
  const reported = new Set<string>();
  return pathsOf(careOf(desired, server)).flatMap(([key, { source, address = server.address }]): ServiceFinding[] => {
    if (source === undefined || addressFamily(source) === addressFamily(address) || reported.has(key)) return [];
    reported.add(key);
    const message = `${key} cannot use the source ${source}: ${address} is ${familyWord(addressFamily(address))}`;
    return [{ code: "source-family", message, key, server }];
  });
}

function familyWord(family: AddressFamily): string {
  return family === "ipv4" ? "an IPv4 address" : "an IPv6 address";
}

/** Servers without a check beside servers that have one of their own; one that says "check: none" is meant so. */
function uncheckedFindings({ check, care, servers }: DesiredService): ServiceFinding[] {
  if (check !== undefined || care === undefined) return [];
  if (!servers.some((server) => care.get(formatServerId(server))?.check !== undefined)) return [];
  return servers.filter((server) => !care.has(formatServerId(server))).map((server) => {
    const message = `${formatServerId(server)} has no check, unlike other servers of the service: it is always in`;
    return { code: "server-unchecked", message, remedy: "give it a check, or check: none", key: "address", server };
  });
}

/** Constructs in checks, agents and notifications that are valid but probably mistakes. */
export function careFindings(desired: DesiredService): ServiceFinding[] {
  const { check, agent, notify, care, servers } = desired;
  // Most services of a large file have nothing to examine, so this test comes first.
  if (check === undefined && agent === undefined && notify === undefined && care === undefined) return [];
  const hasSource = ownersOf(desired).some(({ care }) => pathsOf(care).some(([, { source }]) => source !== undefined));
  return [
    ...ownersOf(desired).flatMap((
      owner,
    ) => [...commandFindings(owner, desired), ...placeholderFindings(owner, desired)]),
    ...(hasSource ? servers.flatMap((server) => sourceFindings(desired, server)) : []),
    ...uncheckedFindings(desired),
  ];
}
