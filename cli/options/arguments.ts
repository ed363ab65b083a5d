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
  visible,
} from "../../core/model/mod.ts";
import { InvalidArgumentError } from "./commander.ts";

/** Turns one of the model's parsers into an option's: commander prints its errors with the option's name. */
export function argumentParser<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof LvsctlError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** Collects the texts of an option that may be given several times. */
export function textsArgument(text: string, previous: readonly string[] | undefined): readonly string[] {
  return [...previous ?? [], text];
}

/**
 * Parses a service.
 *
 * @throws {LvsctlError} If the text has another form; of the kind `service-name` if it may be a service's name.
 */
export function serviceArgument(text: string): ServiceId {
  try {
    return parseServiceId(visible(text));
  } catch (error) {
    if (!(error instanceof LvsctlError) || /[:/]/.test(text)) throw error;
    const { reason, hint, exitCode } = error;
    throw new LvsctlError(reason, {
      object: text,
      hint: `${hint}; or the name of a service in the file of the daemon or, without one, in the default file`,
      exitCode,
      kind: "service-name",
    });
  }
}

/** Collects services. */
export function servicesArgument(text: string, previous: readonly ServiceId[] | undefined): readonly ServiceId[] {
  return [...previous ?? [], serviceArgument(text)];
}

/** A server as the user wrote it; {@linkcode completeServer} resolves it. */
export interface WrittenServer {
  /** The RIP. */
  readonly address: IpAddress;
  /** The port; undefined if the user wrote none. */
  readonly port?: number | undefined;
}

/** Parses a server. */
export function serverArgument(text: string): WrittenServer {
  const { address, port } = parseEndpoint(visible(text), { defaultPort: IMPOSSIBLE_PORT });
  return port === IMPOSSIBLE_PORT ? { address } : { address, port };
}

const IMPOSSIBLE_PORT = -1;

/** Collects servers. */
export function serversArgument(
  text: string,
  previous: readonly WrittenServer[] | undefined,
): readonly WrittenServer[] {
  return [...previous ?? [], serverArgument(text)];
}

/** The server with the service's port by default, as in ipvsadm. */
export function completeServer({ address, port }: WrittenServer, id: ServiceId): ServerId {
  return { address, port: port ?? (id.kind === "fwmark" ? 0 : id.port) };
}

/** Parses a VIP, as ADDRESS or ADDRESS/PREFIX. */
export function prefixArgument(text: string): Pick<Vip, "address" | "prefixLength"> {
  return parsePrefix(visible(text));
}

/** Collects the VIPs of a real server: addresses without a prefix, which means nothing there. */
export function vipsArgument(text: string, previous: readonly IpAddress[] | undefined): readonly IpAddress[] {
  const { address, prefixLength } = prefixArgument(text);
  if (prefixLength === addressBits(addressFamily(address))) return [...previous ?? [], address];
  throw new LvsctlError(`"${visible(text)}" has the prefix of a network`, {
    hint: `a real server has only the address: write ${address}`,
    exitCode: EXIT.usage,
  });
}

/** Parses an interface name. */
export const deviceArgument: (text: string) => string = argumentParser((text) => {
  const isName = /^[^\s/:\p{Cc}]{1,15}$/u.test(text) && new TextEncoder().encode(text).length <= 15;
  if (isName && text !== "." && text !== "..") return text;
  throw new LvsctlError(`"${visible(text)}" is not the name of an interface`);
});

/** Parses a duration to whole seconds. */
export const secondsArgument: (text: string) => number = argumentParser((text) => {
  const milliseconds = parseDuration(text);
  if (milliseconds % 1000 !== 0) {
    throw new LvsctlError(`"${text}" is not a whole number of seconds`, { hint: "the kernel counts in seconds" });
  }
  return milliseconds / 1000;
});

/** Parses a duration of at least `options.atLeast` to milliseconds. */
export function durationArgument(options: { readonly atLeast: string }): (text: string) => number {
  const leastMs = parseDuration(options.atLeast);
  return argumentParser((text) => {
    const milliseconds = parseDuration(text);
    if (milliseconds >= leastMs) return milliseconds;
    throw new LvsctlError(`"${text}" is too short`, { hint: `use at least ${options.atLeast}` });
  });
}

/** Parses a whole number. */
export function numberArgument(options: { readonly from: number; readonly to: number }): (text: string) => number {
  const { from, to } = options;
  return argumentParser((text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= from && value <= to) return value;
    throw new LvsctlError(`"${text}" is not a number from ${from} to ${to}`);
  });
}

/** Parses a weight or a threshold. */
export const weightArgument: (text: string) => number = argumentParser((text) => {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value <= MAX_WEIGHT) return value;
  throw new LvsctlError(`"${text}" is not a number from 0 to ${MAX_WEIGHT}`);
});

/** Parses a port other than 0. */
export const portArgument: (text: string) => number = argumentParser((text) => {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= 1 && value <= 65535) return value;
  throw new LvsctlError(`"${text}" is not a port from 1 to 65535`);
});

/** A parser of one of a list of words, which completions offer. */
export interface WordParser<T> {
  /** Parses one of the words. */
  (text: string): T;
  /** The words, without their aliases. */
  readonly words: readonly T[];
}

/** Parses a forwarding method; ipvsadm's words are aliases. */
export const forwardArgument: WordParser<ForwardingMethod> = Object.assign(
  argumentParser((text) => {
    const method = FORWARDING_METHODS.find((name) => name === text) ?? FORWARDING_ALIASES[text];
    if (method !== undefined) return method;
    throw new LvsctlError(`"${text}" is not a forwarding method`, { hint: `use ${FORWARDING_METHODS.join(", ")}` });
  }),
  { words: FORWARDING_METHODS },
);

/** Parses one of a list of words. */
export function wordArgument<const T extends string>(words: readonly T[]): WordParser<T> {
  const parser = argumentParser((text) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw new LvsctlError(`"${text}" is not one of ${words.join(", ")}`);
  });
  return Object.assign(parser, { words });
}

/** A parser of words that commas separate, which completions offer one after another. */
export interface ListParser<T> {
  /** Parses a list. */
  (text: string): T;
  /** The words. */
  readonly listWords: readonly string[];
}

/**
 * Makes of the parser of a list an option's, as {@linkcode argumentParser} does.
 *
 * @param listWords All words that it accepts.
 */
export function listArgument<T>(listWords: readonly string[], parse: (text: string) => T): ListParser<T> {
  return Object.assign(argumentParser(parse), { listWords });
}

/**
 * Refuses a change that the kernel must not receive.
 *
 * @param objections The objections to the change.
 * @param change.operation The verb of the error message.
 * @param change.object The object of the error message.
 * @throws {LvsctlError} For the first objection.
 */
export function refuseObjections(
  objections: readonly Objection[],
  change: { readonly operation: string; readonly object: string },
): void {
  const [first] = objections;
  if (first === undefined) return;
  throw new LvsctlError(first.reason, { ...change, hint: first.hint, exitCode: EXIT.usage });
}
