import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import {
  addressBits,
  addressFamily,
  FORWARDING_ALIASES,
  FORWARDING_METHODS,
  type ForwardingMethod,
  type IpAddress,
  MAX_WEIGHT,
  type Objection,
  parseDuration,
  parseEndpoint,
  parsePrefix,
  parseServiceId,
  type ServerId,
  type ServiceId,
  type Vip,
} from "../../core/model/mod.ts";
import { InvalidArgumentError } from "./commander.ts";

/** Makes a reader of the model's into one for an option, whose errors commander prints with the option's name. */
export function reading<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof LvsctlError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** Several texts, one call for each. */
export function textsArgument(text: string, previous: readonly string[] | undefined): readonly string[] {
  return [...previous ?? [], text];
}

/** Reads a service's name. */
export function serviceArgument(text: string): ServiceId {
  return parseServiceId(visible(text));
}

/** Text as a message can show it: a line break in an argument must not make two lines of the message. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** Reads several services' names, one call for each. */
export function servicesArgument(text: string, previous: readonly ServiceId[] | undefined): readonly ServiceId[] {
  return [...previous ?? [], serviceArgument(text)];
}

/** Reads a server as it is written: see {@linkcode completeServer} for one without a port. */
export function serverArgument(text: string): ServerId {
  return parseEndpoint(visible(text), { defaultPort: NO_PORT });
}

/** Several servers, one call for each. */
export function serversArgument(text: string, previous: readonly ServerId[] | undefined): readonly ServerId[] {
  return [...previous ?? [], serverArgument(text)];
}

/** Stands for the port of a server that was written without one. */
export const NO_PORT = -1;

/** The server with the service's port where none was written, as ipvsadm does it. */
export function completeServer(server: ServerId, id: ServiceId): ServerId {
  if (server.port !== NO_PORT) return server;
  return { ...server, port: id.kind === "fwmark" ? 0 : id.port };
}

/** Reads a VIP's address, as ADDRESS or ADDRESS/PREFIX. */
export function prefixArgument(text: string): Pick<Vip, "address" | "prefixLength"> {
  return parsePrefix(visible(text));
}

/** Reads several VIPs, one call for each: addresses alone, for a prefix means nothing on a real server. */
export function vipsArgument(text: string, previous: readonly IpAddress[] | undefined): readonly IpAddress[] {
  const { address, prefixLength } = prefixArgument(text);
  if (prefixLength === addressBits(addressFamily(address))) return [...previous ?? [], address];
  throw new LvsctlError(`"${visible(text)}" has the prefix of a network`, {
    hint: `a real server has the VIP alone: write ${address}`,
    exitCode: EXIT.usage,
  });
}

/** Reads the name of an interface. */
export const deviceArgument: (text: string) => string = reading((text) => {
  const isName = /^[^\s/:\p{Cc}]{1,15}$/u.test(text) && new TextEncoder().encode(text).length <= 15;
  if (isName && text !== "." && text !== "..") return text;
  throw new LvsctlError(`"${visible(text)}" is not the name of an interface`);
});

/** Reads a duration; the result is whole seconds. */
export const secondsArgument: (text: string) => number = reading((text) => {
  const milliseconds = parseDuration(text);
  if (milliseconds % 1000 !== 0) {
    throw new LvsctlError(`"${text}" is not a whole number of seconds`, { hint: "the kernel counts in seconds" });
  }
  return milliseconds / 1000;
});

/** Reads a duration of some length; the result is milliseconds. */
export function durationArgument(options: { readonly atLeast: string }): (text: string) => number {
  const leastMs = parseDuration(options.atLeast);
  return reading((text) => {
    const milliseconds = parseDuration(text);
    if (milliseconds >= leastMs) return milliseconds;
    throw new LvsctlError(`"${text}" is too short`, { hint: `it has to be at least ${options.atLeast}` });
  });
}

/** Reads a whole number. */
export function numberArgument(options: { readonly from: number; readonly to: number }): (text: string) => number {
  const { from, to } = options;
  return reading((text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= from && value <= to) return value;
    throw new LvsctlError(`"${text}" is not a number from ${from} to ${to}`);
  });
}

/** Reads a weight or a threshold. */
export const weightArgument: (text: string) => number = reading((text) => {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value <= MAX_WEIGHT) return value;
  throw new LvsctlError(`"${text}" is not a number from 0 to ${MAX_WEIGHT}`);
});

/** Reads a port other than 0. */
export const portArgument: (text: string) => number = reading((text) => {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= 1 && value <= 65535) return value;
  throw new LvsctlError(`"${text}" is not a port from 1 to 65535`);
});

/** Reads a forwarding method; ipvsadm's words are taken too. */
export const forwardArgument: (text: string) => ForwardingMethod = reading((text) => {
  const method = FORWARDING_METHODS.find((name) => name === text) ?? FORWARDING_ALIASES[text];
  if (method !== undefined) return method;
  throw new LvsctlError(`"${text}" is not a forwarding method`, { hint: `use ${FORWARDING_METHODS.join(", ")}` });
});

/** Reads one of a list of words. */
export function wordArgument<const T extends string>(words: readonly T[]): (text: string) => T {
  return reading((text) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw new LvsctlError(`"${text}" is none of ${words.join(", ")}`);
  });
}

/**
 * Refuses what must not be asked of the kernel.
 *
 * @throws {LvsctlError} For the first objection.
 */
export function refuseObjections(objections: readonly Objection[], operation: string, object: string): void {
  const [first] = objections;
  if (first === undefined) return;
  throw new LvsctlError(first.reason, { operation, object, hint: first.hint, exitCode: EXIT.usage });
}
