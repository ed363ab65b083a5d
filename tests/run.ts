/**
 * The one test runner, behind `deno task ok`, `fix`, `test`, `lab`, `bench`, `soak` and `demo`. Its last line is
 * `N passed, N failed`: the tests, and one for each step that is not a test.
 *
 * @module
 */
import { lab } from "./lab/suite.ts";
import { type Outcome, summary, total } from "./report.ts";
import { counted, print, PROGRAM, PROGRAM_CACHE, PROGRAM_ENVIRONMENT, ROOT, step, type Suite, tests } from "./suite.ts";

const DENO = Deno.execPath();
const CODE = ["cli", "core", "tests", "packaging", "examples"];

/** The suites of a command: each group begins when the one before has ended, and its suites run side by side. */
type Groups = readonly (readonly Suite[])[];

const SETUP: Groups = [[step("setup", [DENO, "run", "--allow-all", "packaging/setup.ts"])]];

const OK: Groups = [
  [
    step("fmt", [DENO, "fmt", "--check"]),
    step("lint", [DENO, "lint"]),
    step("check", [DENO, "check", "--quiet", ...CODE]),
    step("doc", [DENO, "run", "--allow-all", "tests/lint/documentation.ts"]),
  ],
  [tests("unit", "tests/unit", { parallel: true })],
  [tests("contract", "tests/contract")],
];

/** The fixes of tools. Formatting comes last, and also runs if lint leaves problems. */
const FIX: Groups = [[step("lint", [DENO, "lint", "--fix"])], [step("fmt", [DENO, "fmt"])]];

/** Fills the program's cache, because a guest cannot write it. */
const FILL_CACHE = [["mkdir", "-p", PROGRAM_CACHE], [PROGRAM, "version"]];

const COMPILE: Groups = [[
  step("compile", [DENO, "run", "--allow-all", "packaging/compile.ts"], ...FILL_CACHE),
]];

/** The compiled program; `deno task compile` alone does not fill the cache of the tests. */
const COMPILED: Groups = [[step("program", ...FILL_CACHE)]];

/** A minute of fuzzing: always the same inputs, as many as fit into it. */
const FUZZ = counted("fuzz", [DENO, "run", "--allow-all", "--no-check", "tests/fuzz/main.ts", "--seed", "1"]);

/** Tests that need the program but no kernel, and beside them those that need only a processor. */
const PROGRAM_TESTS: Groups = [[tests("packaging", "tests/packaging"), FUZZ]];

/** Whether the program is newer than all of its sources. */
function isCompiled(): boolean {
  try {
    const built = modified(PROGRAM);
    return ["cli", "core", "packaging", "deno.json", "deno.lock"].every((path) => modified(`${ROOT}/${path}`) <= built);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The time of the last change of a file, or of the newest file below a directory; milliseconds since 1970. */
function modified(path: string): number {
  const { isDirectory, mtime } = Deno.statSync(path);
  const own = mtime?.getTime() ?? Infinity;
  if (!isDirectory) return own;
  return Math.max(own, ...[...Deno.readDirSync(path)].map(({ name }) => modified(`${path}/${name}`)));
}

async function runSuites(groups: Groups): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const group of groups) outcomes.push(...(await Promise.all(group.map(outcomesOf))).flat());
  return outcomes;
}

/** Runs a suite; an exception counts as one failure, so that the other suites still run. */
async function outcomesOf(suite: Suite): Promise<readonly Outcome[]> {
  try {
    return await suite();
  } catch (error) {
    print(`\n== error\n${error instanceof Error ? error.stack : error}\n`);
    return [{ name: "error", passed: 0, failed: 1, seconds: 0, failure: `${error}` }];
  }
}

/** Runs suites and prints the sums. */
async function test(groups: Groups): Promise<number> {
  const outcomes = await runSuites(groups);
  print(`\n${summary(outcomes)}`);
  return total(outcomes).failed === 0 ? 0 : 1;
}

/** Runs a program that is no test, after its set-up. */
async function show(script: string, args: readonly string[]): Promise<number> {
  const outcomes = await runSuites([...SETUP, ...(isCompiled() ? COMPILED : COMPILE)]);
  if (total(outcomes).failed > 0) return 1;
  const { code } = await new Deno.Command(DENO, {
    args: ["run", "--allow-all", script, ...args],
    cwd: ROOT,
    env: { ...PROGRAM_ENVIRONMENT },
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return code;
}

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  ok: () => test(OK),
  fix: () => test(FIX),
  test: () => test([...SETUP, ...OK, ...COMPILE, ...PROGRAM_TESTS, [lab([])]]),
  lab: (args) => test([...(isCompiled() ? COMPILED : COMPILE), [lab(args)]]),
  bench: (args) => show("tests/bench/main.ts", args),
  soak: (args) => show("tests/soak/main.ts", args),
  demo: (args) => show("examples/demo/main.ts", args),
};

const [name = "", ...args] = Deno.args;
const command = COMMANDS[name];
if (command === undefined) {
  print(`usage: tests/run.ts ${Object.keys(COMMANDS).join("|")}\n`);
  Deno.exit(2);
}
Deno.exit(await command(args));
