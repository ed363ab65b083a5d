/**
 * The kernel's settings in /proc/sys.
 *
 * @module
 */

export { interfaceSysctl, readSysctl, type SysctlOptions, writeSysctl } from "./sysctl.ts";
