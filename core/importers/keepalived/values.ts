import { type IpAddress, tryParseIpAddress } from "../../model/mod.ts";
import type { Statement } from "./statement.ts";

/** What a directive's words have to be, for people; undefined if they are. */
export type Form = (statement: Statement) => string | undefined;

/** A form, of a function. */
function made(form: Form): Form {
  return form;
}

const YES: readonly string[] = ["on", "true", "yes"];
const NO: readonly string[] = ["off", "false", "no"];

/** A switch: on where nothing stands behind it. */
export const FLAG: Form = made(({ words: [word] }) =>
  word === undefined || YES.includes(word) || NO.includes(word) ? undefined : "on or off"
);

/** Whether a switch is on; off where it is not there. */
export function isOn(statement: Statement | undefined): boolean {
  if (statement === undefined) return false;
  return !NO.includes(statement.words[0] ?? "on");
}

/** A whole number. */
export function integer(min: number, max: number): Form {
  return ({ words: [word = ""] }) => {
    const isRight = /^\d+$/.test(word) && Number(word) >= min && Number(word) <= max;
    return isRight ? undefined : `a whole number from ${min} to ${max}`;
  };
}

/** The number that stands there; undefined where nothing does. */
export function numberOf(statement: Statement | undefined): number | undefined {
  const word = statement?.words[0];
  return word === undefined ? undefined : Number(word);
}

/** A time in seconds, with a fraction perhaps. */
export function timer(min: number): Form {
  return ({ words: [word = ""] }) => {
    const isRight = /^\d+(?:\.\d*)?$/.test(word) && Number(word) >= min && Number(word) <= 4_294_967;
    return isRight ? undefined : `a number of seconds${min > 0 ? " above 0" : ""}`;
  };
}

/** The time that stands there, milliseconds; undefined where nothing does. */
export function millisecondsOf(statement: Statement | undefined): number | undefined {
  const seconds = numberOf(statement);
  return seconds === undefined ? undefined : Math.max(seconds > 0 ? 1 : 0, Math.round(seconds * 1000));
}

/** One of some words. */
export function oneOf(...choices: readonly string[]): Form {
  return ({ words: [word = ""] }) => choices.includes(word) ? undefined : `one of ${choices.join(", ")}`;
}

/** Anything but nothing. */
export const SOME: Form = made(({ words: [word = ""] }) => word === "" ? "some text" : undefined);

/** Nothing is asked for. */
export const ANY: Form = made(() => undefined);

/** An IP address. */
export const ADDRESS: Form = made(({ words: [word = ""] }) =>
  tryParseIpAddress(word) === undefined ? "an IP address" : undefined
);

/** A port. */
export const PORT: Form = integer(1, 65535);

/** A mapping of braces. */
export const BLOCK: Form = made(({ block }) => block === undefined ? "a block in braces" : undefined);

/** A script with its arguments, and who runs it. */
export interface Script {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** User, and group perhaps; undefined if nobody is named. */
  readonly user: string | undefined;
}

/**
 * The script that a directive names: its first word, which holds program and arguments where it is in quotes. What
 * stands behind is a user and a group.
 */
export function scriptOf({ escaped: [script = "", ...user] }: Statement): Script {
  return { command: splitCommand(script), user: user.length === 0 ? undefined : user.join(" ") };
}

/** Whether a command names its program by an absolute path. */
export function isAbsolute([program = ""]: readonly string[]): boolean {
  return program.startsWith("/");
}

/** Cuts a command at its blanks; quotes of either kind keep words together. */
function splitCommand(command: string): readonly string[] {
  const words = command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

/** A script. */
export const SCRIPT: Form = made((statement) => scriptOf(statement).command.length > 0 ? undefined : "a program");

/** Where a server is. */
export interface Endpoint {
  /** Its address. */
  readonly address: IpAddress;
  /** Its port; undefined where none is written. */
  readonly port: number | undefined;
}

/** An address, and a port perhaps; undefined if it is none. */
export function endpointOf([address = "", port]: readonly string[]): Endpoint | undefined {
  const parsed = tryParseIpAddress(address);
  if (parsed === undefined || (port !== undefined && !isPort(port))) return undefined;
  return { address: parsed, port: port === undefined || port === "0" ? undefined : Number(port) };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}

/** An address, and a port perhaps. */
export const ENDPOINT: Form = made(({ words }) =>
  endpointOf(words) === undefined ? "an IP address, and a port perhaps" : undefined
);
