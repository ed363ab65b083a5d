/** How the kernel's own module loader is found and run; tests give their own. */
export interface LoaderOptions {
  /**
   * The file in which the kernel names its loader; that is /sbin/modprobe nearly everywhere.
   *
   * @default {"/proc/sys/kernel/modprobe"}
   */
  readonly loaderFile?: string;
}

const LOADER_FILE = "/proc/sys/kernel/modprobe";

/** What came of running the loader. */
interface Run {
  readonly success: boolean;
  /** What it printed. */
  readonly output: string;
  /** What it said was wrong, in one line. */
  readonly said: string;
  /** Why it could not be run; undefined where it could. */
  readonly problem?: string;
}

/**
 * Loads a kernel module.
 *
 * @returns What stood in the way, or "".
 */
export function loadModule(name: string, options: LoaderOptions = {}): string {
  const { success, said, problem } = runLoader(["--", name], options);
  if (problem !== undefined) return problem;
  return success ? "" : `loading its module failed${said === "" ? "" : `: ${said}`}`;
}

/**
 * Whether the loader finds a kernel module, loaded already or not. Needs no root.
 *
 * @returns `undefined` where it cannot be asked.
 */
export function isLoadable(name: string, options: LoaderOptions = {}): boolean | undefined {
  const { success, output, problem } = runLoader(["-D", "-q", "--", name], options);
  if (problem !== undefined) return undefined;
  // It lists what it would load from an index, which may be there without the files.
  return success && [...output.matchAll(/^insmod (\S+)/gm)].every(([, path = ""]) => exists(path));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function runLoader(args: readonly string[], { loaderFile = LOADER_FILE }: LoaderOptions): Run {
  let loader: string;
  try {
    loader = Deno.readTextFileSync(loaderFile).trim() || "/sbin/modprobe";
  } catch {
    return { success: false, output: "", said: "", problem: "it cannot load modules" };
  }
  try {
    const { success, stdout, stderr } = new Deno.Command(loader, { args: [...args], stdin: "null" }).outputSync();
    const decoder = new TextDecoder();
    const said = decoder.decode(stderr).trim().replaceAll(/\s*\n\s*/g, "; ");
    return { success, output: decoder.decode(stdout), said };
  } catch {
    return { success: false, output: "", said: "", problem: `${loader} cannot be run` };
  }
}
