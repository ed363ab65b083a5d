/**
 * This machine's kernel settings in `/proc/sys`, interfaces and kernel modules, and the environment, the program and the
 * service of this process.
 *
 * @module
 */

export { hasVariable, initialVariable, optionalVariable, readVariable, setVariable } from "./environment.ts";
export { interfaceIndex } from "./interface_index.ts";
export { isLoadable, loadModule, type ModuleLoad, tryLoadModule } from "./modules.ts";
export { ownProgram, type StartedProgram } from "./own_program.ts";
export { isAloneInService } from "./service_group.ts";
export { interfaceSysctl, readSysctl, type SysctlOptions, writeSysctl } from "./sysctl.ts";
