/**
 * Cases of the comparison with the real ipvsadm, as files in `cases`: adding one needs no code.
 *
 * ```text
 * # What it shows.
 * ipvsadm -A -t 10.0.0.1:80 -s 'rr'
 * ipvsadm -R
 * |-a -t 10.0.0.1:80 -r 10.0.0.2
 * ```
 *
 * A line is a command: `ipvsadm`, `ipvsadm-save` or `ipvsadm-restore`, its words parted by blanks, in quotes where they
 * hold some. Lines behind `|` are its standard input; there `\r`, `\t`, `\0` and `\\` are escapes, and a last `\c` leaves
 * out the line end.
 *
 * A case that shows a documented difference names it, and what lvsctl has to do instead: its standard output behind
 * `>`, standard error behind `!`, status behind `=`, and the rules it leaves behind `table>`.
 *
 * ```text
 * difference: line numbers
 * ipvsadm -R
 * |foo
 * !line 1: Try `ipvsadm -h' or 'ipvsadm --help' for more information.
 * =255
 * ```
 *
 * @module
 */

/** The differences that there may be; README says why. */
export const DIFFERENCES = ["help", "empty flags", "order", "line numbers", "silent failure"] as const;

/** What a command has to write, and its status. */
export interface Outcome {
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
  /** Exit status. */
  readonly status: number;
}

/** One command of a case. */
export interface Step {
  /** Program and arguments. */
  readonly argv: readonly string[];
  /** Standard input. */
  readonly stdin: string;
  /** What lvsctl has to do, where that is not what ipvsadm does. */
  readonly expected: Outcome | undefined;
}

/** A case. */
export interface Case {
  /** The difference that it shows. */
  readonly difference: (typeof DIFFERENCES)[number] | undefined;
  /** Its commands, run in a row on one table. */
  readonly steps: readonly Step[];
  /** Rules that lvsctl has to leave, where they are not those that ipvsadm leaves. */
  readonly table: string | undefined;
}

/** A command while its lines are read. */
interface Draft {
  readonly argv: readonly string[];
  stdin: string;
  stdout: string;
  stderr: string;
  status: number;
  expects: boolean;
}

/**
 * Reads a case.
 *
 * @param text The file.
 * @throws {Error} If it is not of the form above.
 */
export function parseCase(text: string): Case {
  const drafts: Draft[] = [];
  let difference: Case["difference"];
  let table: string | undefined;
  const last = (line: string): Draft => {
    const draft = drafts.at(-1);
    if (draft === undefined) throw new Error(`no command before: ${line}`);
    return draft;
  };
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("difference: ")) difference = readDifference(line.slice("difference: ".length));
    else if (line.startsWith("table>")) table = `${table ?? ""}${line.slice("table>".length)}\n`;
    else if (line.startsWith("|")) last(line).stdin += readInput(line.slice(1));
    else if (line.startsWith("ipvsadm")) {
      drafts.push({ argv: splitWords(line), stdin: "", stdout: "", stderr: "", status: 0, expects: false });
    } else {
      const draft = last(line);
      draft.expects = true;
      if (line.startsWith(">")) draft.stdout += `${line.slice(1)}\n`;
      else if (line.startsWith("!")) draft.stderr += `${line.slice(1)}\n`;
      else if (line.startsWith("=")) draft.status = Number(line.slice(1));
      else throw new Error(`not a line of a case: ${line}`);
    }
  }
  const steps = drafts.map(({ argv, stdin, stdout, stderr, status, expects }) => ({
    argv,
    stdin,
    expected: expects ? { stdout, stderr, status } : undefined,
  }));
  const differs = table !== undefined || steps.some(({ expected }) => expected !== undefined);
  if (steps.length === 0) throw new Error("a case without a command");
  if (differs !== (difference !== undefined)) throw new Error("a difference and what is expected go together");
  return { difference, steps, table };
}

function readDifference(name: string): Case["difference"] {
  const difference = DIFFERENCES.find((known) => known === name);
  if (difference === undefined) throw new Error(`no documented difference: ${name}`);
  return difference;
}

const ESCAPES: Readonly<Record<string, string>> = { r: "\r", t: "\t", "0": "\0", "\\": "\\" };

function readInput(line: string): string {
  const whole = line.endsWith("\\c") ? line.slice(0, -2) : `${line}\n`;
  return whole.replace(/\\([rt0\\])/g, (_, letter: string) => ESCAPES[letter] ?? "");
}

/** Splits a command line: blanks part words, quotes of either kind hold them together. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g)) {
    words.push(word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ""));
  }
  return words;
}
