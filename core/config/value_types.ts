import { EXIT, LvsctlError } from "../errors/mod.ts";
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
} from "../model/mod.ts";
import { isKernelName, isMulticast, MAX_NAME_BYTES } from "./limits.ts";
import { choice, parsed, text, type Type } from "./types.ts";

// The types of values that are lvsctl's own, for the tables of the schema.

/** What a virtual service is found by. */
export const LISTEN = parsed("a virtual service such as tcp://192.0.2.10:80 or fwmark:1", parseServiceId);

/** Address of a real server, with a port or without. */
export const ENDPOINT = parsed(
  "an address such as 10.0.0.11:8080",
  (endpoint): { address: IpAddress; port: number | undefined } => {
    const { address, port } = parseEndpoint(endpoint, { defaultPort: -1 });
    return { address, port: port < 0 ? undefined : port };
  },
);

/** A forwarding method. */
export const FORWARD = choice<ForwardingMethod>(FORWARDING_METHODS, {
  ...FORWARDING_ALIASES,
  // Never asked for, but part of what the kernel says and so of what is saved.
  local: "local",
  bypass: "bypass",
});

/** Address of a VIP, with a prefix length or without. */
export const PREFIX = parsed("an address such as 192.0.2.10/32", parsePrefix);

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
});

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
});

/** A name that the kernel holds: of a scheduler, an engine, an interface. */
export function kernelName(): Type<string> {
  return text(`a name of 1 to ${MAX_NAME_BYTES} bytes`, isKernelName);
}
