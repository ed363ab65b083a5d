/**
 * ipvsadm 1.31's command line, output and exit statuses, on lvsctl's own operations.
 *
 * @module
 */

export type { NameService } from "./names.ts";
export { readRules } from "./rules_file.ts";
export { formatRules, type RulesText } from "./rules_text.ts";
export { type IpvsadmOptions, runIpvsadm } from "./run.ts";
export { runIpvsadmRestore, runIpvsadmSave } from "./wrappers.ts";
