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

/** A whole number. */
export function integer(min: number, max: number): Form {
  return ({ words: [word = ""] }) => {
    const isValid = /^\+?\d+$/.test(word) && Number(word) >= min && Number(word) <= max;
    return isValid ? undefined : `a whole number from ${min} to ${max}`;
  };
}

/** The number of a statement; undefined without one. */
export function numberOf(statement: Statement | undefined): number | undefined {
  const word = statement?.words[0];
  return word === undefined ? undefined : Number(word);
}

/** A time in seconds, with an optional fraction. */
export function timer(min: number): Form {
  return ({ words: [word = ""] }) => {
    const isValid = /^\d+(?:\.\d*)?$/.test(word) && Number(word) >= min && Number(word) <= 4_294_967;
    return isValid ? undefined : `a number of seconds${min > 0 ? " above 0" : ""}`;
  };
}

/** The time of a statement; milliseconds; undefined without one. */
export function millisecondsOf(statement: Statement | undefined): number | undefined {
  const seconds = numberOf(statement);
  return seconds === undefined ? undefined : Math.max(seconds > 0 ? 1 : 0, Math.round(seconds * 1000));
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

/** A port. */
export const PORT: Form = integer(1, 65535);

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
function splitCommand(command: string): readonly string[] {
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

/** Parses an address with an optional port; undefined if it is invalid. */
export function endpointOf([address = "", port]: readonly string[]): Endpoint | undefined {
  const parsed = tryParseIpAddress(address);
  if (parsed === undefined || (port !== undefined && !isPort(port))) return undefined;
  return { address: parsed, port: port === undefined || port === "0" ? undefined : Number(port) };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}

/** An address with an optional port. */
export const ENDPOINT: Form = form(({ words }) =>
  endpointOf(words) === undefined ? "an IP address with an optional port" : undefined
);
