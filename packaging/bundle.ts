/**
 * The program as one JavaScript file, built with esbuild.
 *
 * Starting is most of the cost of a short command, so this file refuses what slows it: `node:` modules and Node's
 * globals (each makes Deno start its Node layer), and large libraries that most commands do not need. See
 * {@linkcode EMBEDDED}.
 *
 * @module
 */
import * as esbuild from "esbuild";
import denoConfig from "../deno.json" with { type: "json" };

/** The `node:` modules that commander imports, with their replacements. Importing another one is an error. */
const SHIMMED: ReadonlyMap<string, string> = new Map([
  ["node:child_process", "childProcess as default"],
  ["node:events", "EventEmitter"],
  ["node:fs", "fs as default"],
  ["node:path", "path as default"],
  ["node:process", "process as default"],
  ["node:util", "stripVTControlCharacters"],
]);

/**
 * `node:` modules that `await import("node:...")` may load on first use. Every start would load a static import.
 */
const LAZY_NODE_MODULES: ReadonlySet<string> = new Set();

/**
 * Libraries that are embedded as a string and evaluated by the first `await import()`. As code, every start without a
 * code cache would parse them, which takes a multiple of the time for the rest of the bundle.
 */
const EMBEDDED: ReadonlySet<string> = new Set(["yaml"]);

/**
 * Globals that start Deno's Node layer on first access: in the bundle they are undefined. Libraries check for them and
 * work without; code that needs one fails at its first use, in any test of the executable.
 */
const HIDDEN_GLOBALS: Readonly<Record<string, string>> = {
  Buffer: "undefined",
  clearImmediate: "undefined",
  global: "undefined",
  process: "undefined",
  setImmediate: "undefined",
};

/**
 * Modules that say where a worker's module is, with the entry of that worker. In the bundle, each has the whole worker
 * as a text and makes a URL of it, because the executable is a single file.
 */
const WORKERS: ReadonlyMap<string, string> = new Map([
  ["core/system/probe_worker_url.ts", "core/system/probe_worker.ts"],
]);

/** Settings of {@linkcode bundle}. */
export interface BundleOptions {
  /**
   * The commands of cli/registry.ts to include. An empty list means all of them.
   *
   * @default {[]}
   */
  commands?: readonly string[];

  /**
   * Modules to leave out, by their paths in the repository; importing one is then an internal error.
   *
   * @default {[]}
   */
  leaveOut?: readonly string[];
}

/** A bundle of several files, which import each other. */
export interface BundleInPieces {
  /** The source of the file that starts. */
  source: string;

  /** The other files, which must be in the same directory. */
  pieces: readonly BundlePiece[];
}

/** A file of a bundle. */
export interface BundlePiece {
  /** The file is `NAME.js`. The name depends on the content. */
  name: string;
  source: string;
}

/** Settings of {@linkcode bundleInPieces}. */
export interface PiecesOptions extends BundleOptions {
  /** Names of pieces begin with it. */
  name: string;

  /** Modules that are read when a dynamic import reaches them, by their paths in the repository. */
  apart: readonly string[];
}

/**
 * Bundles the program with the entry `entry` into one file and returns its source. The source has no import, no export
 * and no `import.meta`, so it can be an ECMAScript module as well as the body of an async function, for boot.js.
 *
 * @throws {Error} If a module would slow down each start, or cannot be read; the message names the place.
 */
export async function bundle(entry: string, options: BundleOptions = {}): Promise<string> {
  return await bundling(entry, async () => await buildModule(entry, programPlugins(options)));
}

/**
 * Bundles the program as {@linkcode bundle} does, except that what only dynamic imports of some modules need has files
 * of its own, which a start does not read and compile before it needs them.
 *
 * @throws {Error} As {@linkcode bundle}.
 */
export async function bundleInPieces(
  entry: string,
  { name, apart, ...options }: PiecesOptions,
): Promise<BundleInPieces> {
  return await bundling(entry, async () => {
    const files = await buildFiles({ entryPoints: [entry] }, {
      ...MODULE_OPTIONS,
      plugins: [...programPlugins(options), apartPlugin(apart)],
      splitting: true,
      outdir: "/",
      entryNames: name,
      chunkNames: `${name}-[hash]`,
    });
    const pieces = files.map(({ path, text }) => ({ name: path.slice(1, -".js".length), source: text }));
    const main = pieces.find((piece) => piece.name === name);
    if (main === undefined) throw new BundleError("esbuild returned no entry");
    return { source: main.source, pieces: pieces.filter((piece) => piece !== main) };
  });
}

/** Names the entry in the error of a bundle that cannot be built. */
async function bundling<Result>(entry: string, make: () => Promise<Result>): Promise<Result> {
  try {
    return await make();
  } catch (error) {
    throw new Error(`Cannot bundle ${entry}: ${firstMessage(error)}`, { cause: error });
  }
}

function programPlugins(options: BundleOptions): esbuild.Plugin[] {
  return [leaveOutPlugin(options), shimPlugin(), embedPlugin(), workerPlugin(), versionPlugin()];
}

/** Ends the esbuild process, which {@linkcode bundle} starts and keeps running for later calls. */
export async function stopBundler(): Promise<void> {
  await esbuild.stop();
}

/** Settings for a program as an ECMAScript module. */
const MODULE_OPTIONS: esbuild.BuildOptions = {
  format: "esm",
  define: { ...HIDDEN_GLOBALS, "import.meta.main": "true" },
  // Each start reads a quarter less text. Internal errors print only their message, so no stack trace needs names.
  minifyIdentifiers: true,
};

async function buildModule(entry: string, plugins: esbuild.Plugin[]): Promise<string> {
  return await build({ entryPoints: [entry] }, { ...MODULE_OPTIONS, plugins });
}

/** The reason why a bundle cannot be built. */
class BundleError extends Error {}

async function build(source: esbuild.BuildOptions, options: esbuild.BuildOptions): Promise<string> {
  const [output] = await buildFiles(source, options);
  if (!output) throw new BundleError("esbuild returned no output");
  return output.text;
}

/** A file that esbuild returned. */
type OutputFile = Pick<esbuild.OutputFile, "path" | "text">;

async function buildFiles(source: esbuild.BuildOptions, options: esbuild.BuildOptions): Promise<readonly OutputFile[]> {
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
    // V8 stores ASCII text with one byte per character.
    charset: "ascii",
    logLevel: "silent",
    define: HIDDEN_GLOBALS,
    metafile: true,
    ...options,
  });
  const files = result.outputFiles ?? [];
  const outputs = Object.values(result.metafile?.outputs ?? {});
  const exports = outputs.filter((file) => file.entryPoint !== undefined && !options.splitting)
    .flatMap((file) => file.exports);
  if (exports.length > 0) throw new BundleError(`the entry exports ${exports[0]}, which no module can import`);
  if (files.some(({ text }) => /\bimport\.meta\b/.test(text))) {
    throw new BundleError("only import.meta.main has a meaning in a bundle");
  }
  return files;
}

function filePath(path: string, from: string): string {
  return decodeURIComponent(new URL(path, `file://${from}`).pathname);
}

function repositoryRoot(): string {
  return decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
}

function firstMessage(error: unknown): string {
  const first = (error as Partial<esbuild.BuildFailure>).errors?.[0];
  if (!first) return error instanceof Error ? error.message : String(error);
  return first.location ? `${first.location.file}:${first.location.line}: ${first.text}` : first.text;
}

/** Leaves modules out; only dynamic imports may name them, because the program may never reach those. */
function leaveOutPlugin({ leaveOut = [], commands = [] }: BundleOptions): esbuild.Plugin {
  const root = repositoryRoot();
  const files = new Set(leaveOut.map((path) => `${root}/${path}`));
  const modules = new Set(commands.map((name) => `${root}/cli/commands/${name.replace(/^__/, "")}.ts`));
  return {
    name: "leave out",
    setup(build): void {
      if (files.size === 0 && modules.size === 0) return;
      build.onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir, kind }) => {
        const file = filePath(path, `${resolveDir}/`);
        const isDynamic = kind === "dynamic-import" || kind === "require-call";
        const isExcludedCommand = modules.size > 0 && importer === `${root}/cli/registry.ts` &&
          isDynamic && !modules.has(file);
        if (!files.has(file) && !isExcludedCommand) return undefined;
        if (isDynamic) return { path: file, namespace: "left out" };
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

/** A dynamic import of a module, and not of its type. */
const DYNAMIC_IMPORT = /(?<!typeof )\bimport\("([^"]+)"\)(?!\.[A-Z])/g;

/** The name of the module that has all modules apart, which no file has. */
const APART = "apart";

/**
 * Puts the modules `apart` behind the dynamic import of one module, and keeps those of all other dynamic imports with
 * the modules that import them, as without splitting. So esbuild splits in two: with an entry for each dynamic import
 * it would make a file for each set of entries that share code, and a start would read dozens.
 */
function apartPlugin(apart: readonly string[]): esbuild.Plugin {
  const root = repositoryRoot();
  const files = new Map(apart.map((path) => [filePath(path, `${root}/`), path]));
  return {
    name: "apart",
    setup(build): void {
      build.onResolve({ filter: new RegExp(`^${APART}$`) }, ({ path }) => ({ path, namespace: APART }));
      build.onLoad({ filter: /.*/, namespace: APART }, () => ({
        contents: `export const modules = {${
          [...files].map(([file, path]) => `${JSON.stringify(path)}: () => require(${JSON.stringify(file)})`)
        }};`,
        resolveDir: root,
      }));
      build.onLoad({ filter: /\.ts$/, namespace: "file" }, async ({ path }) => ({
        contents: (await Deno.readTextFile(path)).replace(DYNAMIC_IMPORT, (_, module: string) => {
          const name = files.get(filePath(module, path));
          if (name === undefined) return `Promise.resolve().then(() => require(${JSON.stringify(module)}))`;
          return `import("${APART}").then(({ modules }) => modules[${JSON.stringify(name)}]())`;
        }),
        loader: "ts",
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
        const isDynamic = kind === "dynamic-import" || kind === "require-call";
        if (isDynamic && EMBEDDED.has(path)) return { path, namespace: "embedded" };
        return { errors: [{ text: `${path} would be loaded at every start: use await import("${path}")` }] };
      });
      build.onLoad({ filter: /.*/, namespace: "embedded" }, async ({ path }) => ({
        // CommonJS, because esbuild then evaluates it at the import, and passes on all names that it exports.
        contents: `module.exports = (0, eval)(${JSON.stringify(await libraryAsExpression(path))});`,
      }));
    },
  };
}

/** Puts the workers of {@linkcode WORKERS} into the bundle as texts. */
function workerPlugin(): esbuild.Plugin {
  const root = repositoryRoot();
  return {
    name: "worker",
    setup(build): void {
      for (const [url, entry] of WORKERS) {
        const name = /(\w+)_url\.ts$/.exec(url)?.[1] ?? "";
        build.onLoad({ filter: new RegExp(`/${url.replaceAll(".", "\\.")}$`) }, async () => ({
          contents: `
            const source = ${JSON.stringify(await buildModule(`${root}/${entry}`, [shimPlugin(), embedPlugin()]))};
            export function ${name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())}Url() {
              return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
            }
          `,
          loader: "js",
        }));
      }
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
  // In a function, so that the library adds no global to the program.
  return `(()=>{${script}return library})()\n//# sourceURL=${name}`;
}

/** Reduces deno.json, which a module imports for the version, to the version. */
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
