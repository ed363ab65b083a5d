import { strict as assert } from "node:assert";
import { indexOptions, OptionScanner, type OptionSyntax } from "../../../../cli/ipvsadm/parse/popt.ts";

const OPTIONS: readonly OptionSyntax[] = [
  { long: "list", short: "L" },
  { long: "numeric", short: "n" },
  { long: "weight", short: "w", value: "required" },
  { long: "persistent", short: "p", value: "optional" },
  { long: "daemon" },
];

/** The result of scanning a command line: options with their values, words, and the problem. */
function scan(...args: string[]): string {
  const scanner = new OptionScanner(args, indexOptions(OPTIONS));
  const found: string[] = [];
  for (let option = scanner.next(); option !== undefined; option = scanner.next()) {
    found.push(scanner.value === undefined ? option.long : `${option.long}=${scanner.value}`);
  }
  if (scanner.words.length > 0) found.push(`[${scanner.words.join(" ")}]`);
  if (scanner.problem !== undefined) found.push(`${scanner.lastArgument}: ${scanner.problem}`);
  return found.join(" ");
}

const CASES: readonly (readonly [readonly string[], string])[] = [
  [[], ""],
  [["-L", "-n"], "list numeric"],
  [["-Ln"], "list numeric"],
  [["--list", "--numeric"], "list numeric"],
  [["-w", "5"], "weight=5"],
  [["-w5"], "weight=5"],
  [["-w=5"], "weight=5"],
  [["-w="], "weight="],
  [["--weight", "5"], "weight=5"],
  [["--weight=5"], "weight=5"],
  [["--weight="], "weight="],
  [["-nw", "5"], "numeric weight=5"],
  [["-nw5"], "numeric weight=5"],
  [["-wn"], "weight=n"],
  [["-w", "-n"], "weight=-n"],
  [["-w", "--"], "weight=--"],
  [["-p"], "persistent"],
  [["-p", "5"], "persistent=5"],
  [["-p", "x"], "persistent=x"],
  [["-p", "-n"], "persistent numeric"],
  [["-p5"], "persistent=5"],
  [["-np", "5"], "numeric persistent=5"],
  [["--persistent"], "persistent"],
  [["--persistent=5", "6"], "persistent=5 [6]"],
  [["a", "-n", "b"], "numeric [a b]"],
  [["-", "-n"], "numeric [-]"],
  [["", "-n"], "numeric []"],
  [["--", "-n"], "[-n]"],
  [["-n", "--", "--"], "numeric [--]"],
  [["-x", "-n"], "-x: unknown option"],
  [["-nx"], "numeric -nx: unknown option"],
  [["--nosuch"], "--nosuch: unknown option"],
  [["--nosuch=5"], "--nosuch=5: unknown option"],
  [["-numeric"], "numeric -numeric: unknown option"],
  [["---n"], "---n: unknown option"],
  [["-w"], "-w: missing argument"],
  [["--weight"], "--weight: missing argument"],
  [["--numeric=5"], "--numeric=5: option does not take an argument"],
  [["-n=5"], "-n=5: option does not take an argument"],
];

for (const [args, expected] of CASES) {
  Deno.test(`popt reads ${JSON.stringify(args)}`, () => assert.equal(scan(...args), expected));
}
