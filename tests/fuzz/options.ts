/** The usage of `deno task fuzz`. */
export const USAGE = "usage: deno task fuzz [--seed N] [--first N] [--minutes N] [--inputs N] [--target NAME]...\n";

/** The command line of a run. */
export interface FuzzArguments {
  /** Seed of the run. */
  readonly seed: number;
  /** Number of the first mutated input of each target. */
  readonly first: number;
  /** Time of all targets together; milliseconds. */
  readonly limitMs: number;
  /** Most mutated inputs of each target; undefined for any number. */
  readonly maxInputs: number | undefined;
  /** The targets. */
  readonly names: readonly string[];
}

/** The default time of a run, as in CI; minutes. */
const DEFAULT_MINUTES = 1;

/**
 * Parses the command line.
 *
 * @param args The arguments.
 * @param options.targets The names of all targets.
 * @param options.randomSeed The seed without `--seed`.
 * @returns The options, or the problem as text.
 */
export function parseArguments(
  args: readonly string[],
  options: { readonly targets: readonly string[]; readonly randomSeed: number },
): FuzzArguments | string {
  const numbers: Record<string, number> = {};
  const names: string[] = [];
  for (let index = 0; index < args.length; index += 2) {
    const [name = "", value] = args.slice(index, index + 2);
    if (value === undefined) return `${name} needs a value`;
    if (name === "--target") {
      if (!options.targets.includes(value)) return `there is no target ${value}: ${options.targets.join(", ")}`;
      names.push(value);
    } else if (!["--seed", "--first", "--minutes", "--inputs"].includes(name)) return `there is no option ${name}`;
    else if (!/^\d+(\.\d+)?$/.test(value)) return `${name} needs a number: ${value}`;
    else numbers[name] = Number(value);
  }
  const minutes = numbers["--minutes"] ?? (numbers["--inputs"] === undefined ? DEFAULT_MINUTES : Infinity);
  return {
    seed: numbers["--seed"] ?? options.randomSeed,
    first: numbers["--first"] ?? 0,
    limitMs: minutes * 60_000,
    maxInputs: numbers["--inputs"],
    names: names.length === 0 ? options.targets : names,
  };
}
