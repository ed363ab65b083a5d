import { asLvsctlError } from "../errors/mod.ts";

/** Where sysctls are. */
export interface SysctlOptions {
  /**
   * The directory that has them as files; tests give their own.
   *
   * @default {"/proc/sys"}
   */
  readonly root?: string;
}

const ROOT = "/proc/sys";

/**
 * The value of a sysctl, without the line end.
 *
 * @param name As sysctl(8) writes it: "net.ipv4.ip_forward"; a dot within a part is a slash, as in
 * "net.ipv4.conf.eth0/100.rp_filter".
 * @returns `undefined` if the kernel has none of that name.
 * @throws {LvsctlError} If it cannot be read.
 */
export function readSysctl(name: string, options: SysctlOptions = {}): string | undefined {
  try {
    return Deno.readTextFileSync(pathOf(name, options)).replace(/\n$/, "");
  } catch (error) {
    // Of an interface that goes meanwhile the file can be opened still, and reading it says that there is no device.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw asLvsctlError(error, { operation: "read", object: name });
  }
}

/**
 * Sets a sysctl.
 *
 * @param name As for {@linkcode readSysctl}.
 * @param value Its value, without a line end.
 * @throws {LvsctlError} If the kernel has none of that name, does not take the value, or does not permit it.
 */
export function writeSysctl(name: string, value: string, options: SysctlOptions = {}): void {
  try {
    // Not created where it is missing, which in a directory of a test it could be.
    using file = Deno.openSync(pathOf(name, options), { write: true, truncate: true });
    file.writeSync(new TextEncoder().encode(`${value}\n`));
  } catch (error) {
    const isRefused = error instanceof Deno.errors.PermissionDenied ||
      (error instanceof Error && "code" in error && (error.code === "EPERM" || error.code === "EROFS"));
    throw asLvsctlError(error, {
      operation: `set to ${value}`,
      object: name,
      ...(isRefused ? { hint: "run it as root; in a container, where /proc/sys can be written" } : {}),
    });
  }
}

/** The name of a setting of an interface, or of "all" or "default": "net.ipv4.conf.eth0.rp_filter". */
export function interfaceSysctl(
  family: "ipv4" | "ipv6",
  { device, key }: { readonly device: string; readonly key: string },
): string {
  return `net.${family}.conf.${device.replaceAll(".", "/")}.${key}`;
}

function pathOf(name: string, { root = ROOT }: SysctlOptions): string {
  return `${root}/${name.replace(/[./]/g, (character) => character === "." ? "/" : ".")}`;
}
