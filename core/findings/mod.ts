/**
 * The settings of a table that cannot work, or are probably mistakes: one list for files, commands, the doctor, the
 * importers and the daemon.
 *
 * @module
 */

export { specialRange } from "./addresses.ts";
export { lookupOf, type ServiceLookup } from "./chain.ts";
export { canHaveFindings, entryFindings } from "./entry.ts";
export { type FindingSeverity, findingText, formatFinding, type ServiceFinding } from "./finding.ts";
export { routerFindings } from "./routers.ts";
export { sharingFindings } from "./shared_verdicts.ts";
export { schedulerFindings } from "./scheduler.ts";
export { type FindingHost, serviceFindings } from "./service.ts";
