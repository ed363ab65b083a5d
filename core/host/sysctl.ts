import { readKernelFile, writeKernelFile } from "../files/mod.ts";
import { asLvsctlError } from "../errors/mod.ts";

/** Location of the sysctls. */
export interface SysctlOptions {
  /**
   * The directory with the sysctls as files; tests use another one.
   *
   * @default {"/proc/sys"}
   */
  readonly root?: string;
}

const ROOT = "/proc/sys";

/**
 * Reads the value of a sysctl, without the line end.
 *
 * @param name As sysctl(8) writes it: "net.ipv4.ip_forward"; a dot within a part is a slash, as in
 * "net.ipv4.conf.eth0/100.rp_filter".
 * @returns `undefined` if the kernel has no sysctl of that name.
 * @throws {LvsctlError} If the value cannot be read.
 */
export function readSysctl(name: string, options: SysctlOptions = {}): string | undefined {
  try {
    return readKernelFile(pathOf(name, options)).replace(/\n$/, "");
  } catch (error) {
    // The file of an interface that was just deleted can still be opened; reading it fails with NotFound.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw asLvsctlError(error, { operation: "read", object: name });
  }
}

/**
 * Sets a sysctl.
 *
 * @param name As for {@linkcode readSysctl}.
 * @param value The value, without a line end.
 * @throws {LvsctlError} If the kernel has no sysctl of that name, refuses the value, or denies permission.
 */
export function writeSysctl(name: string, value: string, options: SysctlOptions = {}): void {
  try {
    writeKernelFile(pathOf(name, options), `${value}\n`);
  } catch (error) {
    const isDenied = error instanceof Deno.errors.PermissionDenied ||
      (error instanceof Error && "code" in error && (error.code === "EPERM" || error.code === "EROFS"));
    throw asLvsctlError(error, {
      operation: `set to ${value}`,
      object: name,
      hint: isDenied ? "run as root; in a container, make /proc/sys writable" : undefined,
    });
  }
}

/** The name of a sysctl of an interface, or of "all" or "default": "net.ipv4.conf.eth0.rp_filter". */
export function interfaceSysctl(
  family: "ipv4" | "ipv6",
  { device, key }: { readonly device: string; readonly key: string },
): string {
  return `net.${family}.conf.${device.replaceAll(".", "/")}.${key}`;
}

function pathOf(name: string, { root = ROOT }: SysctlOptions): string {
  return `${root}/${name.replace(/[./]/g, (character) => character === "." ? "/" : ".")}`;
}
