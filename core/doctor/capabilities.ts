import { CAPABILITIES, type Capability, type Facts } from "./facts.ts";
import { type Finding, fine } from "./finding.ts";
import { IPVS_MODULE } from "./modules.ts";

/** What each capability is for. */
const USES: Readonly<Record<Capability, string>> = {
  CAP_NET_ADMIN:
    "without it the table, addresses and settings can be neither changed nor, but for lists in /proc, read",
  CAP_NET_RAW: "without it VIPs cannot be announced, nor looked for on the link before they are added",
  CAP_SYS_MODULE: "without it ip_vs and its schedulers cannot be loaded",
};

/** What this process may do. */
export function examineCapabilities({ process, modules }: Facts): Finding[] {
  if (process === undefined) return [];
  const { isRoot, capabilities, isInitialUserNamespace } = process;
  if (!isRoot && !capabilities.has("CAP_NET_ADMIN")) {
    return [{
      id: "not-root",
      severity: "note",
      what: "this is not run as root",
      why: "a part of the director cannot be seen, and nothing can be mended; run it as root",
    }];
  }
  const findings: Finding[] = [];
  if (!isInitialUserNamespace) {
    findings.push({
      id: "user-namespace",
      severity: "error",
      what: "this is a user namespace of its own (a rootless container)",
      why: "the kernel lets only root of the first user namespace manage IPVS, whatever capabilities there are here",
    });
  }
  for (const capability of CAPABILITIES) {
    const id = "capability";
    if (capabilities.has(capability)) findings.push(fine(id, "this process has it", capability));
    else {
      // Where nothing is left to load, nobody misses it.
      const isMinor = capability === "CAP_SYS_MODULE" && modules.get(IPVS_MODULE) === "loaded";
      const severity = isMinor ? "note" : capability === "CAP_NET_ADMIN" ? "error" : "warning";
      findings.push({
        id,
        severity,
        object: capability,
        what: `this process lacks ${capability}`,
        why: USES[capability],
      });
    }
  }
  return findings;
}
