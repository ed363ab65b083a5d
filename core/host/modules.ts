import { readKernelFile } from "../files/mod.ts";

/** Location of the kernel's module loader; tests use another one. */
export interface LoaderOptions {
  /**
   * The file in which the kernel names its loader, which is /sbin/modprobe nearly everywhere.
   *
   * @default {"/proc/sys/kernel/modprobe"}
   */
  readonly loaderFile?: string;
  /**
   * The loader that loads a module if the kernel names none.
   *
   * @default {"/sbin/modprobe"}
   */
  readonly defaultLoader?: string;
}

const LOADER_FILE = "/proc/sys/kernel/modprobe";
const DEFAULT_LOADER = "/sbin/modprobe";

/** Result of loading a kernel module. */
export interface ModuleLoad {
  /** Why the module was not loaded, in one line; "" if it was. */
  readonly problem: string;
  /** Standard error of the loader, unchanged. */
  readonly output: string;
}

/** Result of running the loader; undefined if it cannot be run. */
interface LoaderRun {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Loads a kernel module.
 *
 * @returns Why it was not loaded, or "".
 */
export function loadModule(name: string, options: LoaderOptions = {}): string {
  return tryLoadModule(name, options).problem;
}

/** Loads a kernel module, and returns the loader's own words as well. */
export function tryLoadModule(name: string, options: LoaderOptions = {}): ModuleLoad {
  // A kernel without the file cannot load modules; ipvsadm runs modprobe anyway, whose message names the kernel.
  const loader = loaderPath(options) ?? defaultLoader(options);
  const run = runLoader(loader, ["--", name]);
  if (run === undefined) return { problem: `${loader} cannot be run`, output: "" };
  const { success, stderr } = run;
  const summary = stderr.trim().replaceAll(/\s*\n\s*/g, "; ");
  const problem = success ? "" : `loading its module failed${summary === "" ? "" : `: ${summary}`}`;
  return { problem, output: stderr };
}

/**
 * Whether the loader finds a kernel module, loaded already or not. Needs no root.
 *
 * @returns `undefined` if the kernel names no loader, or the loader cannot be run.
 */
export function isLoadable(name: string, options: LoaderOptions = {}): boolean | undefined {
  const loader = loaderPath(options);
  const run = loader === undefined ? undefined : runLoader(loader, ["-D", "-q", "--", name]);
  if (run === undefined) return undefined;
  // The loader lists the files from an index, which may exist without them.
  return run.success && [...run.stdout.matchAll(/^insmod (\S+)/gm)].every(([, path = ""]) => exists(path));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The loader that the kernel names; undefined if the kernel cannot load modules. */
function loaderPath(options: LoaderOptions): string | undefined {
  try {
    return readKernelFile(options.loaderFile ?? LOADER_FILE).trim() || defaultLoader(options);
  } catch {
    return undefined;
  }
}

function defaultLoader(options: LoaderOptions): string {
  return options.defaultLoader ?? DEFAULT_LOADER;
}

function runLoader(loader: string, args: readonly string[]): LoaderRun | undefined {
  try {
    const { success, stdout, stderr } = new Deno.Command(loader, { args: [...args], stdin: "null" }).outputSync();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch {
    return undefined;
  }
}
