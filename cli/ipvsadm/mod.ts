/**
 * ipvsadm 1.31's command line, output and exit statuses, on lvsctl's own operations.
 *
 * @module
 */

export type { NameService } from "./names.ts";
export { type IpvsadmOptions, runIpvsadm } from "./run.ts";
export { runIpvsadmRestore, runIpvsadmSave } from "./wrappers.ts";
