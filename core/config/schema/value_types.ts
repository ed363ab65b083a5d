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

// The types of values of services and servers.

/** The identity of a virtual service, or of several by ranges. */
export const LISTEN = parsed(
  "a virtual service such as tcp://192.0.2.10:80 or fwmark:1",
  (listen): readonly ServiceId[] => expandRanges(listen).map(parseServiceId),
  { pattern: /^(?:(?:tcp|udp|sctp):\/\/\S+:\S+|fwmark6?:\S+)$/ },
);

/** The place of a real server: its address or its host name, and its port. */
export type ServerPlace =
  & ({ readonly address: IpAddress } | { readonly host: string })
  & {
    /** The port; undefined if the file omits it. */
    readonly port: number | undefined;
  };

/** A host name: letters, digits, dashes and underscores between dots; the last part must not be a number. */
const HOST = /^(?=.{1,253}$)(?:\w(?:[\w-]{0,61}\w)?\.)*(?=[\w-]*[A-Za-z_])\w(?:[\w-]{0,61}\w)?\.?$/;

function serverPlace(text: string): ServerPlace {
  const [, host = ""] = /^([^:]*)(?::[^:]*)?$/.exec(text) ?? [];
  if (!/[a-z_]/i.test(host) || text.includes("[")) {
    const { address, port } = parseEndpoint(text, { defaultPort: NO_PORT });
    return { address, port: port === NO_PORT ? undefined : port };
  }
  if (!HOST.test(host)) {
    throw new LvsctlError(`"${host}" is neither an IP address nor a host name`, {
      hint: "write 10.0.0.11:8080, [2001:db8::11]:8080 or web1.example.com:8080",
      exitCode: EXIT.usage,
    });
  }
  // The port after a host name has the same form as after an address.
  const { port } = parseEndpoint(`0.0.0.0${text.slice(host.length)}`, { defaultPort: NO_PORT });
  return { host: host.toLowerCase().replace(/\.$/, ""), port: port === NO_PORT ? undefined : port };
}

const NO_PORT = -1;

/** The place of a real server, or of several by ranges. */
export const SERVER_PLACES = parsed(
  "an address such as 10.0.0.11:8080",
  (places): readonly ServerPlace[] => expandRanges(places).map(serverPlace),
  { pattern: /^(?:\[\S+\]|[\w.,[\]-]+)(?::[\d,[\]-]+)?$/ },
);

/** A forwarding method. */
export const FORWARD = choice<ForwardingMethod>(FORWARDING_METHODS, {
  ...FORWARDING_ALIASES,
  // Only the kernel sets these two, but saved files contain them.
  local: "local",
  bypass: "bypass",
});

/** The address of a VIP, with or without a prefix length. */
export const PREFIX = parsed("an address such as 192.0.2.10/32", parsePrefix, {
  pattern: /^[\d.:A-Fa-f]+(?:\/\d{1,3})?$/,
});

/** A multicast group. */
export const GROUP = parsed("a multicast address", (group): IpAddress => {
  const address = parseIpAddress(group);
  if (isMulticast(address)) return address;
  throw new LvsctlError(`${group} is not a multicast address`, {
    hint: "write an address from 224.0.0.0 to 239.255.255.255, or one in ff00::/8",
    exitCode: EXIT.usage,
  });
});

/** An HTTP status, as a range. */
export const STATUS = parsed("an HTTP status or a range of statuses", (status): readonly [number, number] => {
  const [, low = "", high = low] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(status) ?? [];
  if (low !== "" && Number(low) <= Number(high)) return [Number(low), Number(high)];
  throw new LvsctlError(`"${status}" is not an HTTP status`, {
    hint: "write a number from 100 to 599, or a range such as 200-299",
    exitCode: EXIT.usage,
  });
}, { pattern: /^[1-5]\d\d(?:-[1-5]\d\d)?$/, also: ["integer"] });

/** Uses of a host name that has several addresses. */
export const RESOLUTIONS = ["one", "first", "all"] as const;

/** One of {@linkcode RESOLUTIONS}. */
export type Resolution = (typeof RESOLUTIONS)[number];

/** A persistence netmask, as text: its meaning depends on the service's address family. */
export const NETMASK = parsed("a netmask or a prefix length", (netmask): string => {
  // The service decides between the two; here the text must be valid for one of them.
  for (const family of ["ipv4", "ipv6"] as const) {
    try {
      parseNetmask(family, netmask);
      return netmask;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
    }
  }
  throw new LvsctlError(`"${netmask}" is not a persistence netmask`, {
    hint: "write 255.255.255.0 or 24 for IPv4, or a prefix length from 1 to 128 for IPv6",
    exitCode: EXIT.usage,
  });
}, { also: ["integer"] });

/** The name of a scheduler, an engine or an interface in the kernel. */
export function kernelName(): Type<string> {
  const words = `a name of 1 to ${MAX_NAME_BYTES} bytes`;
  const { read } = text(words, isKernelName);
  // The pattern accepts more, because a JSON Schema counts characters instead of bytes.
  return { shape: { kind: "text", words, pattern: `^[^\\0]{1,${MAX_NAME_BYTES}}$` }, read };
}
