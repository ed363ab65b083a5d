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
  /** What it said was wrong, in one line; undefined where it could not be run. */
  readonly said?: string;
  /** Why it could not be run; undefined where it could. */
  readonly problem?: string;
}

/**
 * Loads a kernel module.
 *
 * @returns What stood in the way, or "".
 */
export function loadModule(name: string, options: LoaderOptions = {}): string {
  const { success, said = "", problem } = runLoader(["--", name], options);
  if (problem !== undefined) return problem;
  return success ? "" : `loading its module failed${said === "" ? "" : `: ${said}`}`;
}

/**
 * Whether the loader finds a kernel module, loaded already or not. Needs no root.
 *
 * @returns `undefined` where it cannot be asked.
 */
export function isLoadable(name: string, options: LoaderOptions = {}): boolean | undefined {
  const { success, problem } = runLoader(["-n", "-q", "--", name], options);
  return problem === undefined ? success : undefined;
}

function runLoader(args: readonly string[], { loaderFile = LOADER_FILE }: LoaderOptions): Run {
  let loader: string;
  try {
    loader = Deno.readTextFileSync(loaderFile).trim() || "/sbin/modprobe";
  } catch {
    return { success: false, problem: "it cannot load modules" };
  }
  try {
    const { success, stderr } = new Deno.Command(loader, { args: [...args], stdin: "null" }).outputSync();
    return { success, said: new TextDecoder().decode(stderr).trim().replaceAll(/\s*\n\s*/g, "; ") };
  } catch {
    return { success: false, problem: `${loader} cannot be run` };
  }
}
