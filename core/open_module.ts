/**
 * Asks the kernel's own module loader for a module.
 *
 * @module
 */

/** The kernel names its own module loader here; it is /sbin/modprobe nearly everywhere. */
const MODPROBE_PATH = "/proc/sys/kernel/modprobe";

/** Loads a module; gives what stood in the way, or "". */
export function loadKernelModule(module: string): string {
  let loader: string;
  try {
    loader = Deno.readTextFileSync(MODPROBE_PATH).trim() || "/sbin/modprobe";
  } catch {
    return "it cannot load modules";
  }
  try {
    const { success, stderr } = new Deno.Command(loader, { args: ["--", module], stdin: "null" }).outputSync();
    if (success) return "";
    const said = new TextDecoder().decode(stderr).trim().replaceAll(/\s*\n\s*/g, "; ");
    return `loading its module failed${said === "" ? "" : `: ${said}`}`;
  } catch {
    return `${loader} cannot be run`;
  }
}
