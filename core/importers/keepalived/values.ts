import { type IpAddress, tryParseIpAddress } from "../../model/mod.ts";
import type { Statement } from "./statement.ts";

/** Checks the words of a directive: returns a description of the valid words, or undefined if they are valid. */
export type Form = (statement: Statement) => string | undefined;

/** Types a function as a form. */
function form(check: Form): Form {
  return check;
}

const YES: readonly string[] = ["on", "true", "yes"];
const NO: readonly string[] = ["off", "false", "no"];

/** A switch, which is on without a word. */
export const FLAG: Form = form(({ words: [word] }) =>
  word === undefined || YES.includes(word) || NO.includes(word) ? undefined : "on or off"
);

/** Whether a switch is on; a missing switch is off. */
export function isOn(statement: Statement | undefined): boolean {
  if (statement === undefined) return false;
  return !NO.includes(statement.words[0] ?? "on");
}

/** A whole number without further characters. */
export function integer(min: number, max: number): Form {
  return ({ words: [word = ""] }) => {
    const isValid = /^\s*\+?\d+$/.test(word) && Number(word) >= min && Number(word) <= max;
    return isValid ? undefined : `a whole number from ${min} to ${max}`;
  };
}

/** A whole number; keepalived ignores what follows its digits, and reads 0 without digits. */
export function looseInteger(min: number, max: number): Form {
  return (statement) => {
    const [word = ""] = statement.words;
    const number = numberOf(statement) ?? 0;
    const isValid = word !== "" && !/^\s*-/.test(word) && number >= min && number <= max;
    return isValid ? undefined : `a whole number from ${min} to ${max}`;
  };
}

/** The number at the start of a statement's first word; undefined without a word. */
export function numberOf(statement: Statement | undefined): number | undefined {
  const word = statement?.words[0];
  return word === undefined ? undefined : Number(/^\s*\+?(\d*)/.exec(word)?.[1] ?? 0);
}

/** The seconds at the start of a word. */
function secondsOf(word: string): number {
  const [, digits = ""] = /^\s*\+?(\d*\.?\d*)/.exec(word) ?? [];
  return digits === "." ? 0 : Number(digits);
}

/** A time in seconds, with an optional fraction; keepalived ignores what follows it. */
export function timer(min: number): Form {
  return ({ words: [word = ""] }) => {
    const seconds = secondsOf(word);
    const isValid = word !== "" && !/^\s*-/.test(word) && seconds >= min && seconds <= 4_294_967;
    return isValid ? undefined : `a number of seconds${min > 0 ? " above 0" : ""}`;
  };
}

/** A decimal number without further characters. */
export function decimal(min: number, max: number): Form {
  return ({ words: [word = ""] }) => {
    const isValid = /^\s*\+?(?:\d+\.?\d*|\.\d+)$/.test(word) && Number(word) >= min && Number(word) <= max;
    return isValid ? undefined : `a number from ${min} to ${max}`;
  };
}

/** The time of a statement; milliseconds; undefined without one. */
export function millisecondsOf(statement: Statement | undefined): number | undefined {
  const word = statement?.words[0];
  if (word === undefined) return undefined;
  const seconds = secondsOf(word);
  return Math.max(seconds > 0 ? 1 : 0, Math.round(seconds * 1000));
}

/** One of several words. */
export function oneOf(...choices: readonly string[]): Form {
  return ({ words: [word = ""] }) => choices.includes(word) ? undefined : `one of ${choices.join(", ")}`;
}

/** One of several words in upper or lower case. */
export function oneOfAnyCase(...choices: readonly string[]): Form {
  return ({ words: [word = ""] }) =>
    choices.includes(word.toUpperCase()) ? undefined : `one of ${choices.join(", ")}, in upper or lower case`;
}

/** Any text that is not empty. */
export const SOME: Form = form(({ words: [word = ""] }) => word === "" ? "some text" : undefined);

/** Any words, or none. */
export const ANY: Form = form(() => undefined);

/** An IP address. */
export const ADDRESS: Form = form(({ words: [word = ""] }) =>
  tryParseIpAddress(word) === undefined ? "an IP address" : undefined
);

/** A block in braces. */
export const BLOCK: Form = form(({ block }) => block === undefined ? "a block in braces" : undefined);

/** A script with its arguments and its user. */
export interface Script {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** The user, with an optional group; undefined if it is omitted. */
  readonly user: string | undefined;
}

/** The script of a directive: its first word is the program, in quotes with arguments; a user and a group may follow. */
export function scriptOf({ escaped: [script = "", ...user] }: Statement): Script {
  return { command: splitCommand(script), user: user.length === 0 ? undefined : user.join(" ") };
}

/** Whether the program of a command is an absolute path. */
export function isAbsolute([program = ""]: readonly string[]): boolean {
  return program.startsWith("/");
}

/** Splits a command at its blanks, except within quotes. */
export function splitCommand(command: string): readonly string[] {
  const words = command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

/** A script. */
export const SCRIPT: Form = form((statement) => scriptOf(statement).command.length > 0 ? undefined : "a program");

/** An address with an optional port. */
export interface Endpoint {
  /** Its address. */
  readonly address: IpAddress;
  /** Its port; undefined if it is omitted. */
  readonly port: number | undefined;
}

/**
 * Parses an address with an optional port; undefined if it is invalid. As with other numbers, keepalived ignores what
 * follows the digits of a port.
 */
export function endpointOf([address = "", port]: readonly string[]): Endpoint | undefined {
  const parsed = tryParseIpAddress(address);
  if (parsed === undefined) return undefined;
  if (port === undefined || port === "0") return { address: parsed, port: undefined };
  const number = Number(/^\s*\+?(\d+)/.exec(port)?.[1] ?? 0);
  return number >= 1 && number <= 65535 ? { address: parsed, port: number } : undefined;
}

/** An address with an optional port. */
export const ENDPOINT: Form = form(({ words }) =>
  endpointOf(words) === undefined ? "an IP address with an optional port" : undefined
);
