import assert from "node:assert/strict";
import { run, type RunOptions } from "./support.ts";

const COMPILE = new URL("../../packaging/compile.ts", import.meta.url).pathname;
const DENO = Deno.execPath();

let directory: string;

Deno.test.beforeAll(async () => {
  directory = await Deno.makeTempDir({ prefix: "lvsctl-test-" });
  await Deno.writeTextFile(
    `${directory}/main.ts`,
    "const word: string = Deno.args.join();\nconsole.log(`says ${word}`);",
  );
});
Deno.test.afterAll(async () => await Deno.remove(directory, { recursive: true }));

/** Runs packaging/compile.ts as `deno task compile` does, on a machine without Deno's runtime stub. */
async function compile(args: readonly string[], env: Record<string, string> = {}): ReturnType<typeof run> {
  const options: RunOptions = { cwd: directory, env: { DENO_DIR: `${directory}/deno`, NO_COLOR: "1", ...env } };
  return await run([DENO, "run", "--allow-all", "--no-check", "--cached-only", COMPILE, ...args], options);
}

/** How `compile` must have failed, having changed nothing. */
async function assertRefused(
  args: readonly string[],
  expected: { code?: number; message: string | RegExp; env?: Record<string, string> },
): Promise<void> {
  const output = `${directory}/kept`;
  await Deno.writeTextFile(output, "as it was");
  const { code, stdout, stderr } = await compile([`--output=${output}`, ...args], expected.env);
  assert.equal(stdout, "");
  if (typeof expected.message === "string") assert.equal(stderr, `compile: ${expected.message}\n`);
  else assert.match(stderr, expected.message);
  assert.equal(code, expected.code ?? 1);
  assert.equal(await Deno.readTextFile(output), "as it was");
  await Deno.remove(output);
  await assertNoLeftovers();
}

async function digest(file: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(file)));
}

async function assertNoLeftovers(): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assert.deepEqual(names.filter((name) => name.startsWith(".")), []);
}

Deno.test("compile makes a launcher where there is no runtime stub, and says so in one line", async () => {
  const { code, stdout, stderr } = await compile(["--output=out/a", "main.ts"]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^out\/a: launcher, Deno [0-9.]+, [0-9]+\.[0-9] MB: Deno's runtime stub is not on this machine\n$/,
  );
  const env = { LVSCTL_CACHE_DIR: `${directory}/cache` };
  assert.equal((await run([`${directory}/out/a`, "x", "--", "-y"], { env })).stdout, "says x,--,-y\n");
});

Deno.test("compile gives the same bytes for the same input, and replaces what runs", async () => {
  const before = await digest(`${directory}/out/a`);
  using running = await Deno.open(`${directory}/out/a`);
  const { ino } = await running.stat();
  assert.equal((await compile(["--kind=launcher", "--output=out/a", "main.ts"])).code, 0);
  assert.notEqual((await Deno.stat(`${directory}/out/a`)).ino, ino);
  assert.deepEqual(await digest(`${directory}/out/a`), before);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${directory}/out`), ({ name }) => name), ["a"]);
});

Deno.test("compile uses deno compile where the runtime stub is named", async () => {
  // The real stub cannot be had here; any executable shows that Deno takes it and appends the program.
  const { code, stdout, stderr } = await compile(["--output=out/b", "main.ts"], { DENORT_BIN: DENO });
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.match(stdout, /^out\/b: deno-compile, Deno [0-9.]+, [0-9]+\.[0-9] MB\n$/);
  const text = new TextDecoder("latin1").decode(await Deno.readFile(`${directory}/out/b`));
  assert.match(text, /console\.log\(`says \$\{\w+\}`\)/);
  await Deno.remove(`${directory}/out/b`);
});

Deno.test("compile makes no other kind than the one that is asked for", async () => {
  await assertRefused(["--kind=deno-compile", "main.ts"], {
    message: "deno compile needs Deno's runtime stub: name it in DENORT_BIN, or allow --download",
  });
});

Deno.test("compile reports a runtime stub that cannot be used", async () => {
  await assertRefused(["main.ts"], {
    env: { DENORT_BIN: "/nowhere/denort" },
    message: /^compile: deno compile failed: .+\n$/,
  });
});

Deno.test("compile names the packages of the C compiler", async () => {
  await assertRefused(["--kind=launcher", "main.ts"], {
    env: { PATH: "/nowhere" },
    message: "Cannot run cc: install the packages gcc and libc6-dev",
  });
});

Deno.test("compile reports in one line what is wrong with the program", async () => {
  await Deno.writeTextFile(`${directory}/broken.ts`, "const = 1;");
  await assertRefused(["broken.ts"], {
    message: /^compile: Cannot bundle \S+\/broken\.ts: \S+broken\.ts:1: Expected identifier but found "="\n$/,
  });
});

Deno.test("compile refuses arguments that it does not know", async () => {
  for (const arg of ["--kind=other", "--kind", "--download=0", "--download=x", "--output=", "-x", ""]) {
    const escaped = arg.replace(/[=-]/g, "\\$&");
    await assertRefused([arg], { code: 2, message: new RegExp(`^compile: Cannot understand "${escaped}"\nUsage: `) });
  }
  await assertRefused(["main.ts", "main.ts"], { code: 2, message: /^compile: Cannot understand "main\.ts"\nUsage: / });
});

Deno.test("compile --help prints its usage", async () => {
  const { code, stdout } = await compile(["--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: deno task compile /);
});
