/**
 * This machine: kernel settings in `/proc/sys`, kernel modules.
 *
 * @module
 */

export { isLoadable, loadModule, type ModuleLoad, tryLoadModule } from "./modules.ts";
export { interfaceSysctl, readSysctl, type SysctlOptions, writeSysctl } from "./sysctl.ts";
