import assert from "node:assert/strict";
import { bundle, bundleInPieces, stopBundler } from "../../../packaging/bundle.ts";
import { type BundleRow, BUNDLES } from "../../../packaging/bundles.ts";
import { RUNTIME_FLAGS } from "../../../packaging/runtime_flags.ts";
import { PROGRAM_NAMES } from "../../../cli/invocation.ts";
import { COMMANDS } from "../../../cli/registry.ts";
import denoConfig from "../../../deno.json" with { type: "json" };

const SHIM = new URL("../../../packaging/node_shim.ts", import.meta.url).pathname;
const WORKERS = new URL("../../../core/system/probe_workers.ts", import.meta.url).pathname;
const DENO_JSON = new URL("../../../deno.json", import.meta.url).pathname;

/** Bundles these files, the entry being main.ts. */
async function bundleFiles(files: Record<string, string>): Promise<string> {
  const directory = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${directory}/${name}`, text);
    return await bundle(`${directory}/main.ts`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What a bundle prints. */
async function output(code: string, args: readonly string[] = []): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(file, code);
    const command = new Deno.Command(Deno.execPath(), {
      args: [...RUNTIME_FLAGS, file, ...args],
      env: { NO_COLOR: "1" },
    });
    const { stdout, stderr } = await command.output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(file);
  }
}

/** The message of a bundle that must fail, without the temporary directory. */
async function refusal(files: Record<string, string>): Promise<string> {
  try {
    await bundleFiles(files);
  } catch (error) {
    assert(error instanceof Error);
    return error.message.replace(/^Cannot bundle \S+: \S+\/([a-z]+\.ts:\d+): /, "$1: ");
  }
  assert.fail("the bundle was made");
}

// One esbuild process for all tests, since it cannot be waited for when it ends.
Deno.test.beforeAll(async () => {
  await bundleFiles({ "main.ts": "" });
});
Deno.test.afterAll(stopBundler);

const COMMANDER = `
  import { Command } from "@commander-js/extra-typings";
  const program = new Command().name("lvsctl").option("--color-of <what>", "a colour");
  program.command("say <word>").action((word) => console.log("said", word));
  await program.parseAsync(Deno.args, { from: "user" });
`;

Deno.test("bundle() makes one module without node: modules of a program that uses commander", async () => {
  const code = await bundleFiles({ "main.ts": COMMANDER });
  assert.doesNotMatch(code, /\bimport\s*[({"*a-z]|\brequire\(/);
  assert.equal(await output(code, ["say", "it"]), "said it\n");
  assert.match(await output(code, ["--help"]), /^Usage: lvsctl \[options\] \[command\]\n/);
  assert.match(await output(code, ["nonsense"]), /^error: unknown command 'nonsense'/);
});

Deno.test("bundle() gives the same text each time, without the machine's paths", async () => {
  const code = await bundleFiles({ "main.ts": COMMANDER });
  assert.equal(await bundleFiles({ "main.ts": COMMANDER }), code);
  assert.equal(code.includes(Deno.cwd()), false);
});

Deno.test("bundle() embeds yaml as a string that the first import evaluates", async () => {
  const code = await bundleFiles({
    "main.ts": `
      const { parseDocument, stringify } = await import("yaml");
      const again = await import("yaml");
      console.log(JSON.stringify(parseDocument("a: [1, 2]").toJS()), stringify({ b: "x" }).trim(), again.parse("7"));
      console.log(Object.keys(globalThis).includes("library"));
    `,
  });
  assert.match(code, /\(0,eval\)\(["'`]/);
  assert.equal(await output(code), '{"a":[1,2]} b: x 7\nfalse\n');
});

Deno.test("bundle() gives binary values of yaml without Node's Buffer", async () => {
  const code = await bundleFiles({
    "main.ts": `
      const { parse } = await import("yaml");
      console.log(parse("!!binary aGk=", { schema: "yaml-1.1" }));
    `,
  });
  assert.equal(await output(code), "Uint8Array(2) [ 104, 105 ]\n");
});

Deno.test("bundle() evaluates a dynamic import when it is reached", async () => {
  const code = await bundleFiles({
    "main.ts": `console.log("before"); const { name } = await import("./part.ts"); console.log(name);`,
    "part.ts": `console.log("part"); export const name = "loaded";`,
  });
  assert.equal(await output(code), "before\npart\nloaded\n");
});

/** A program whose module `rare.ts` may be apart: it shares a module with the rest, and needs a library. */
const PROGRAM_WITH_PARTS = {
  "main.ts": `
    import { shared } from "./shared.ts";
    console.log("main", shared());
    const part: { text(): Promise<string> } = Deno.args[0] === "rare"
      ? await import("./rare.ts")
      : await import("./usual.ts");
    console.log(await part.text());
  `,
  "shared.ts": `let calls = 0; export const shared = () => "shared " + ++calls;`,
  "usual.ts": `import { shared } from "./shared.ts"; export const text = async () => "usual " + shared();`,
  "rare.ts": `
    import { shared } from "./shared.ts";
    export type Usual = typeof import("./usual.ts");
    export const text = async () => "rare " + shared() + (await import("yaml")).parse("a: b").a;
  `,
};

Deno.test("bundleInPieces() puts what only a module apart needs into a file that is read when it is imported", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(PROGRAM_WITH_PARTS)) {
      await Deno.writeTextFile(`${directory}/${name}`, text);
    }
    const { source, pieces } = await bundleInPieces(`${directory}/main.ts`, {
      name: "parts",
      apart: [`${directory}/rare.ts`],
    });
    await Deno.writeTextFile(`${directory}/parts.js`, source);
    for (const { name, source } of pieces) await Deno.writeTextFile(`${directory}/${name}.js`, source);
    const started = async (word: string): Promise<string> => {
      const command = new Deno.Command(Deno.execPath(), { args: [...RUNTIME_FLAGS, `${directory}/parts.js`, word] });
      const { stdout, stderr } = await command.output();
      return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    };
    assert.equal(await started("rare"), "main shared 1\nrare shared 2b\n");
    const apart = pieces.filter(({ source }) => source.includes("rare "));
    assert.deepEqual([apart.length, pieces.length, source.includes("usual ")], [1, 2, true]);
    for (const { name } of apart) await Deno.remove(`${directory}/${name}.js`);
    assert.equal(await started("usual"), "main shared 1\nusual shared 2\n");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("bundle() contains the worker that probes, which starts without a file", async () => {
  const code = await bundleFiles({
    "main.ts": `
      import { startProbeWorker } from "${WORKERS}";
      const worker = startProbeWorker({
        onMessage: (message) => {
          console.log(message.kind);
          if (message.kind === "stopped") worker[Symbol.dispose]();
        },
        onEnd: (reason) => console.log("ended:", reason),
      });
      worker.send({ kind: "update", removed: [], added: [] });
      worker.send({ kind: "stop" });
    `,
  });
  assert.equal(await output(code), "ready\nstopped\n");
});

Deno.test("bundle() refuses a static import of yaml", async () => {
  assert.equal(
    await refusal({ "main.ts": `\nimport { parse } from "yaml";\nconsole.log(parse);` }),
    'main.ts:2: yaml would be loaded at every start: use await import("yaml")',
  );
});

Deno.test("bundle() refuses a node: module that has no stand-in", async () => {
  const reason = "node:net would be loaded at every start: use Deno's own API, " +
    "or import it dynamically and add it to LAZY_NODE_MODULES in packaging/bundle.ts";
  assert.equal(await refusal({ "main.ts": `import "node:net";` }), `main.ts:1: ${reason}`);
  assert.equal(await refusal({ "main.ts": `await import("node:net");` }), `main.ts:1: ${reason}`);
});

Deno.test("bundle() refuses what a stand-in does not have", async () => {
  const message = await refusal({ "main.ts": `import { inspect } from "node:util";\nconsole.log(inspect);` });
  assert.match(message, /^main\.ts:1: No matching export .* for import "inspect"$/);
});

Deno.test("bundle() says in one line where a file cannot be parsed or found", async () => {
  assert.match(await refusal({ "main.ts": `\n\nconst = 1;` }), /^main\.ts:3: Expected identifier but found "="$/);
  assert.match(
    await refusal({ "main.ts": `import "./absent.ts";` }),
    /^main\.ts:1: Could not resolve "\.\/absent\.ts"$/,
  );
  await assert.rejects(bundle("/nowhere/main.ts"), {
    message: /^Cannot bundle \/nowhere\/main\.ts: Could not resolve /,
  });
});

Deno.test("bundle() refuses what cannot be in the body of a function", async () => {
  assert.match(
    await refusal({ "main.ts": `export const a = 1;` }),
    /: the entry exports a, which no module can import$/,
  );
  assert.match(
    await refusal({ "main.ts": `console.log(import.meta.url);` }),
    /: only import\.meta\.main has a meaning in a bundle$/,
  );
});

Deno.test("bundle() makes the entry the main module", async () => {
  const code = await bundleFiles({ "main.ts": `if (import.meta.main) console.log("main");` });
  assert.equal(await output(code), "main\n");
});

Deno.test("bundle() lets only the version of deno.json in", async () => {
  const code = await bundleFiles({
    "main.ts": `import config from "${DENO_JSON}" with { type: "json" };\nconsole.log(JSON.stringify(config));`,
  });
  assert.equal(await output(code), `${JSON.stringify({ version: denoConfig.version })}\n`);
});

Deno.test("bundle() hides the globals of Node from libraries that ask for them", async () => {
  const code = await bundleFiles({ "main.ts": `console.log(typeof Buffer, typeof process, typeof globalThis.Deno);` });
  assert.equal(await output(code), "undefined undefined object\n");
});

Deno.test("the stand-ins write all of a long text", async () => {
  const code = await bundleFiles({
    "main.ts": `import { process } from "${SHIM}";\nprocess.stdout.write("\\u00e9".repeat(100_000));`,
  });
  assert.equal(await output(code), "\u00e9".repeat(100_000));
});

const ROOT = new URL("../../../", import.meta.url).pathname;
const ENTRY = `${ROOT}cli/main.ts`;

/** Bundles what a row of the table says. */
async function bundleRow({ leaveOut, firstArguments }: BundleRow): Promise<string> {
  return await bundle(ENTRY, { leaveOut, commands: firstArguments });
}

Deno.test("bundle() leaves modules out that only a dynamic import names, and the program says so when it wants one", async () => {
  const part = await bundle(ENTRY, { leaveOut: ["cli/run_command_line.ts"] });
  assert.match(await output(part, ["ipvsadm", "-v"]), /^ipvsadm v1\.31 /);
  assert.ok(!part.includes("unknown key"), "the reader of the configuration file is not in it");
  assert.match(await output(part, ["list"]), /cli\/run_command_line\.ts is not in this bundle/);
  assert.match(await output(part, ["version"]), /^lvsctl \d/);
  await assert.rejects(bundle(ENTRY, { leaveOut: ["cli/dispatch.ts"] }), /left out of this bundle: use await import/);
});

Deno.test("bundle() of some commands says so when it is given another one", async () => {
  const part = await bundle(ENTRY, { commands: ["version"] });
  assert.match(await output(part, ["run"]), /cli\/commands\/run\.ts is not in this bundle/);
});

Deno.test("BUNDLES begins with the whole program, and each word chooses one of the others", () => {
  const [whole, ...others] = BUNDLES;
  assert.deepEqual([whole.leaveOut, whole.programNames, whole.firstArguments, whole.flags], [[], [], [], []]);
  for (const words of [(row: BundleRow) => row.programNames, (row: BundleRow) => row.firstArguments, onlyArgumentsOf]) {
    const all = others.flatMap(words);
    assert.equal(new Set(all).size, all.length);
  }
  for (const { name } of BUNDLES) assert.match(name, /^[a-z][a-z-]*$/);
  const commands = new Set(COMMANDS.map(({ name }) => name));
  for (const { firstArguments } of others) for (const word of firstArguments) assert.ok(commands.has(word), word);
  for (const { programNames } of others) for (const word of programNames) assert.ok(isProgramName(word), word);
});

function onlyArgumentsOf(row: BundleRow): readonly string[] {
  return row.onlyArguments;
}

function isProgramName(word: string): boolean {
  return (PROGRAM_NAMES as readonly string[]).includes(word);
}

/** A text of a prober, and the commands that probe. */
const PROBER_TEXT = "none of the answers for";
const PROBING: readonly string[] = ["check", "run"];

/** A text of the client of stores, and the bundle that has it beside the whole program. */
const STORE_TEXT = "lease/grant";
const FOLLOWING = "daemon";

Deno.test("each bundle of the table has all that its commands need, and not what only others reach", async () => {
  const [whole, ...others] = BUNDLES;
  const program = await bundleRow(whole);
  assert.ok(program.includes(PROBER_TEXT));
  assert.ok(program.includes(STORE_TEXT));
  for (const row of others) {
    const part = await bundleRow(row);
    assert.ok(part.length < program.length * row.atMost, `${row.name}: ${part.length} of ${program.length}`);
    assert.equal(part.includes(PROBER_TEXT), row.firstArguments.some((word) => PROBING.includes(word)), row.name);
    assert.equal(part.includes(STORE_TEXT), row.name === FOLLOWING, row.name);
    for (const word of row.firstArguments) {
      assert.equal(await output(part, [word, "--help"]), await output(program, [word, "--help"]));
    }
    for (const word of row.onlyArguments) assert.equal(await output(part, [word]), await output(program, [word]));
  }
});

Deno.test("no command can reach a module that the bundle for it leaves out", async () => {
  for (const row of BUNDLES) {
    const part = await bundleRow(row);
    const leftOut = new Set([...part.matchAll(/([\w./]+) is not in this bundle/g)].map(([, path = ""]) => path));
    const commands = COMMANDS.map(({ name }) => name).filter((name) => !row.firstArguments.includes(name));
    const others = row.firstArguments.length === 0
      ? []
      : commands.map((name) => `cli/commands/${name.replace("__", "")}.ts`);
    // A bundle without the list of commands names none of them.
    const isWithCommands = [...leftOut].some((path) => path.startsWith("cli/commands/"));
    assert.deepEqual(leftOut, new Set([...row.leaveOut, ...(isWithCommands ? others : [])]), row.name);
  }
});
