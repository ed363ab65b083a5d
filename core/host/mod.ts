/**
 * This machine's kernel settings in `/proc/sys`, its kernel modules, and the environment and the program of this process.
 *
 * @module
 */

export { hasVariable, initialVariable, optionalVariable, readVariable, setVariable } from "./environment.ts";
export { isLoadable, loadModule, type ModuleLoad, tryLoadModule } from "./modules.ts";
export { ownProgram, type StartedProgram } from "./own_program.ts";
export { interfaceSysctl, readSysctl, type SysctlOptions, writeSysctl } from "./sysctl.ts";
