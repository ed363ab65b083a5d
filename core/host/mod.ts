/**
 * This machine's kernel settings in `/proc/sys`, and its kernel modules.
 *
 * @module
 */

export { isLoadable, loadModule, type ModuleLoad, tryLoadModule } from "./modules.ts";
export { interfaceSysctl, readSysctl, type SysctlOptions, writeSysctl } from "./sysctl.ts";
