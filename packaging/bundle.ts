/**
 * The program as one JavaScript file, built with esbuild.
 *
 * Starting is most of what a short command costs, so what the bundle may contain is checked here and not left to
 * attention: no `node:` module and no global of Node's (each makes Deno start its Node layer), and no large library
 * that most commands do not need. See {@linkcode EMBEDDED}.
 *
 * @module
 */
import * as esbuild from "esbuild";
import denoConfig from "../deno.json" with { type: "json" };

/** What stands in for `node:` modules: all that commander imports. An import of any other is an error. */
const SHIMMED: ReadonlyMap<string, string> = new Map([
  ["node:child_process", "childProcess as default"],
  ["node:events", "EventEmitter"],
  ["node:fs", "fs as default"],
  ["node:path", "path as default"],
  ["node:process", "process as default"],
  ["node:util", "stripVTControlCharacters"],
]);

/**
 * `node:` modules that may be loaded with `await import("node:...")` where they are needed. A static import would be
 * loaded at every start, wherever it stands.
 */
const LAZY_NODE_MODULES: ReadonlySet<string> = new Set();

/**
 * Libraries that are embedded as a string and evaluated when `await import()` first asks for them. As code they would
 * be parsed at every start that has no code cache, which is a multiple of what the rest of the bundle takes.
 */
const EMBEDDED: ReadonlySet<string> = new Set(["yaml"]);

/**
 * Globals that start Deno's Node layer when they are touched: in the bundle they are undefined. Libraries ask whether
 * they exist and do without; code that insists fails at its first use, in any test of the executable.
 */
const HIDDEN_GLOBALS: Readonly<Record<string, string>> = {
  Buffer: "undefined",
  clearImmediate: "undefined",
  global: "undefined",
  process: "undefined",
  setImmediate: "undefined",
};

/** Settings of {@linkcode bundle}. */
export interface BundleOptions {
  /**
   * The commands that are in it; the others of cli/registry.ts are left out. An empty list stands for all of them.
   *
   * @default {[]}
   */
  commands?: readonly string[];

  /**
   * Modules that are left out, by their paths in the repository; importing one then is an error of the program's.
   *
   * @default {[]}
   */
  leaveOut?: readonly string[];
}

/**
 * Builds the program whose entry is `entry` into one file and returns its source. It has no import, no export and no
 * `import.meta`, and so can be an ECMAScript module as well as the body of an async function, for boot.js.
 *
 * @throws {Error} If something in it would make each start slow, or cannot be read; the message says where.
 */
export async function bundle(entry: string, options: BundleOptions = {}): Promise<string> {
  try {
    return await build({ entryPoints: [entry] }, {
      format: "esm",
      define: { ...HIDDEN_GLOBALS, "import.meta.main": "true" },
      // A quarter less text to be read at each start. Of an internal error only its message is printed, so that no
      // trace would have had the names.
      minifyIdentifiers: true,
      plugins: [leaveOutPlugin(options), shimPlugin(), embedPlugin(), versionPlugin()],
    });
  } catch (error) {
    throw new Error(`Cannot bundle ${entry}: ${firstMessage(error)}`, { cause: error });
  }
}

/** Ends the esbuild process, which {@linkcode bundle} starts and leaves running for the next one. */
export async function stopBundler(): Promise<void> {
  await esbuild.stop();
}

async function build(source: esbuild.BuildOptions, options: esbuild.BuildOptions): Promise<string> {
  const root = repositoryRoot();
  const result = await esbuild.build({
    ...source,
    absWorkingDir: root,
    nodePaths: [`${root}/node_modules`],
    bundle: true,
    write: false,
    target: "esnext",
    // Chooses the builds of packages that do not use Node.
    platform: "browser",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    // One byte per character for V8, whatever strings the sources contain.
    charset: "ascii",
    logLevel: "silent",
    define: HIDDEN_GLOBALS,
    metafile: true,
    ...options,
  });
  const output = result.outputFiles?.[0];
  if (!output) throw new Error("esbuild gave no output");
  const exports = Object.values(result.metafile?.outputs ?? {}).flatMap((file) => file.exports);
  if (exports.length > 0) throw new Error(`the entry exports ${exports[0]}, which nothing can import`);
  if (/\bimport\.meta\b/.test(output.text)) throw new Error("import.meta has no meaning in one file, but for its main");
  return output.text;
}

function repositoryRoot(): string {
  return decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
}

function firstMessage(error: unknown): string {
  const first = (error as Partial<esbuild.BuildFailure>).errors?.[0];
  if (!first) return error instanceof Error ? error.message : String(error);
  return first.location ? `${first.location.file}:${first.location.line}: ${first.text}` : first.text;
}

/** Puts nothing in place of some modules; only a dynamic import may name them, for it may never be reached. */
function leaveOutPlugin({ leaveOut = [], commands = [] }: BundleOptions): esbuild.Plugin {
  const root = repositoryRoot();
  const files = new Set(leaveOut.map((path) => `${root}/${path}`));
  const modules = new Set(commands.map((name) => `${root}/cli/commands/${name}.ts`));
  return {
    name: "leave out",
    setup(build): void {
      if (files.size === 0 && modules.size === 0) return;
      build.onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir, kind }) => {
        const file = decodeURIComponent(new URL(path, `file://${resolveDir}/`).pathname);
        const isOtherCommand = modules.size > 0 && importer === `${root}/cli/registry.ts` &&
          kind === "dynamic-import" && !modules.has(file);
        if (!files.has(file) && !isOtherCommand) return undefined;
        if (kind === "dynamic-import") return { path: file, namespace: "left out" };
        return { errors: [{ text: `${path} is left out of this bundle: use await import("${path}")` }] };
      });
      build.onLoad({ filter: /.*/, namespace: "left out" }, ({ path }) => ({
        contents: `throw new Error(${
          JSON.stringify(`${path.slice(repositoryRoot().length + 1)} is not in this bundle`)
        })`,
      }));
    },
  };
}

/** Replaces the `node:` modules of {@linkcode SHIMMED} and refuses the others. */
function shimPlugin(): esbuild.Plugin {
  return {
    name: "node shim",
    setup(build): void {
      build.onResolve({ filter: /^node:/ }, ({ path, kind }) => {
        if (SHIMMED.has(path)) return { path, namespace: "shim", sideEffects: false };
        if (kind === "dynamic-import" && LAZY_NODE_MODULES.has(path)) return { path, external: true };
        return {
          errors: [{
            text: `${path} would be loaded at every start: use Deno's own API, ` +
              "or import it dynamically and add it to LAZY_NODE_MODULES in packaging/bundle.ts",
          }],
        };
      });
      build.onLoad({ filter: /.*/, namespace: "shim" }, ({ path }) => ({
        contents: `export { ${SHIMMED.get(path)} } from "./node_shim.ts";`,
        resolveDir: `${repositoryRoot()}/packaging`,
      }));
    },
  };
}

/** Embeds the libraries of {@linkcode EMBEDDED} as strings, and refuses to import them in any other way. */
function embedPlugin(): esbuild.Plugin {
  const filter = new RegExp(`^(?:${[...EMBEDDED].join("|")})(?:/|$)`);
  return {
    name: "embed",
    setup(build): void {
      build.onResolve({ filter }, ({ path, kind }) => {
        if (kind === "dynamic-import" && EMBEDDED.has(path)) return { path, namespace: "embedded" };
        return { errors: [{ text: `${path} would be loaded at every start: use await import("${path}")` }] };
      });
      build.onLoad({ filter: /.*/, namespace: "embedded" }, async ({ path }) => ({
        // CommonJS: esbuild evaluates it when the import does, and hands on whatever names it exports.
        contents: `module.exports = (0, eval)(${JSON.stringify(await libraryAsExpression(path))});`,
      }));
    },
  };
}

/** A library as a script that evaluates to its exports. */
async function libraryAsExpression(name: string): Promise<string> {
  const stdin = { contents: `export * from "${name}";`, resolveDir: repositoryRoot() };
  const script = await build({ stdin }, {
    format: "iife",
    globalName: "library",
    minifyIdentifiers: true,
    plugins: [shimPlugin()],
  });
  // In a function, so that nothing becomes a global of the program.
  return `(()=>{${script}return library})()\n//# sourceURL=${name}`;
}

/** Of deno.json, which a module imports to know the version, only that gets into the bundle. */
function versionPlugin(): esbuild.Plugin {
  return {
    name: "version",
    setup(build): void {
      build.onLoad({ filter: /\/deno\.json$/ }, () => ({
        contents: JSON.stringify({ version: denoConfig.version }),
        loader: "json",
      }));
    },
  };
}
