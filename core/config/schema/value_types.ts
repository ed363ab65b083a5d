import { EXIT, LvsctlError } from "../../errors/mod.ts";
import {
  FORWARDING_ALIASES,
  FORWARDING_METHODS,
  type ForwardingMethod,
  type IpAddress,
  parseEndpoint,
  parseIpAddress,
  parseNetmask,
  parsePrefix,
  parseServiceId,
  type ServiceId,
} from "../../model/mod.ts";
import { expandRanges } from "./ranges.ts";
import { isKernelName, isMulticast, MAX_NAME_BYTES } from "./limits.ts";
import { choice, parsed, text, type Type } from "./types.ts";

// The types of values that are lvsctl's own, for the tables of the schema.

/** What virtual services are found by: one, or as many as its ranges stand for. */
export const LISTEN = parsed(
  "a virtual service such as tcp://192.0.2.10:80 or fwmark:1",
  (listen): readonly ServiceId[] => expandRanges(listen).map(parseServiceId),
  { pattern: /^(?:(?:tcp|udp|sctp):\/\/\S+:\S+|fwmark6?:\S+)$/ },
);

/** Where a real server is: at an address, or wherever the name of a host leads to. */
export type ServerPlace =
  & ({ readonly address: IpAddress } | { readonly host: string })
  & {
    /** The port; undefined where none is written. */
    readonly port: number | undefined;
  };

/** Letters, digits, dashes and underscores between dots, as the names of hosts are; the last part is no number. */
const HOST = /^(?=.{1,253}$)(?:\w(?:[\w-]{0,61}\w)?\.)*(?=[\w-]*[A-Za-z_])\w(?:[\w-]{0,61}\w)?\.?$/;

function serverPlace(text: string): ServerPlace {
  const [, host = ""] = /^([^:]*)(?::[^:]*)?$/.exec(text) ?? [];
  if (!/[a-z_]/i.test(host) || text.includes("[")) {
    const { address, port } = parseEndpoint(text, { defaultPort: NO_PORT });
    return { address, port: port === NO_PORT ? undefined : port };
  }
  if (!HOST.test(host)) {
    throw new LvsctlError(`"${host}" is neither an IP address nor the name of a host`, {
      hint: "write 10.0.0.11:8080, [2001:db8::11]:8080 or web1.example.com:8080",
      exitCode: EXIT.usage,
    });
  }
  // The port of a name has the form of any other.
  const { port } = parseEndpoint(`0.0.0.0${text.slice(host.length)}`, { defaultPort: NO_PORT });
  return { host: host.toLowerCase().replace(/\.$/, ""), port: port === NO_PORT ? undefined : port };
}

const NO_PORT = -1;

/** Where a real server is, or as many as the ranges stand for. */
export const SERVER_PLACES = parsed(
  "an address such as 10.0.0.11:8080",
  (places): readonly ServerPlace[] => expandRanges(places).map(serverPlace),
  { pattern: /^(?:\[\S+\]|[\w.,[\]-]+)(?::[\d,[\]-]+)?$/ },
);

/** A forwarding method. */
export const FORWARD = choice<ForwardingMethod>(FORWARDING_METHODS, {
  ...FORWARDING_ALIASES,
  // Never asked for, but part of what the kernel says and so of what is saved.
  local: "local",
  bypass: "bypass",
});

/** Address of a VIP, with a prefix length or without. */
export const PREFIX = parsed("an address such as 192.0.2.10/32", parsePrefix, {
  pattern: /^[\d.:A-Fa-f]+(?:\/\d{1,3})?$/,
});

/** A multicast group. */
export const GROUP = parsed("a multicast address", (group): IpAddress => {
  const address = parseIpAddress(group);
  if (isMulticast(address)) return address;
  throw new LvsctlError(`${group} is not a multicast address`, {
    hint: "write one from 224.0.0.0 to 239.255.255.255, or from ff00::",
    exitCode: EXIT.usage,
  });
});

/** An HTTP status, as a range. */
export const STATUS = parsed("an HTTP status or a range of them", (status): readonly [number, number] => {
  const [, low = "", high = low] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(status) ?? [];
  if (low !== "" && Number(low) <= Number(high)) return [Number(low), Number(high)];
  throw new LvsctlError(`"${status}" is not an HTTP status`, {
    hint: "write a number from 100 to 599, or a range such as 200-299",
    exitCode: EXIT.usage,
  });
}, { pattern: /^[1-5]\d\d(?:-[1-5]\d\d)?$/, also: ["integer"] });

/** What to do where the name of a host stands for several addresses. */
export const RESOLUTIONS = ["one", "first", "all"] as const;

/** One of {@linkcode RESOLUTIONS}. */
export type Resolution = (typeof RESOLUTIONS)[number];

/** A netmask, which can be read only when the service's family is known. */
export const NETMASK = parsed("a netmask or a prefix length", (netmask): string => {
  // Which of the two it has to be depends on the service; here it has to be one of them.
  for (const family of ["ipv4", "ipv6"] as const) {
    try {
      parseNetmask(family, netmask);
      return netmask;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
    }
  }
  throw new LvsctlError(`"${netmask}" is not a persistence netmask`, {
    hint: "write 255.255.255.0 or 24 for IPv4, a prefix length from 1 to 128 for IPv6",
    exitCode: EXIT.usage,
  });
}, { also: ["integer"] });

/** A name that the kernel holds: of a scheduler, an engine, an interface. */
export function kernelName(): Type<string> {
  const words = `a name of 1 to ${MAX_NAME_BYTES} bytes`;
  const { read } = text(words, isKernelName);
  // Looser, for a schema counts characters.
  return { shape: { kind: "text", words, pattern: `^[^\\0]{1,${MAX_NAME_BYTES}}$` }, read };
}
