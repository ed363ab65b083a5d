import { CAPABILITIES, type Capability, type Facts } from "./facts.ts";
import { type Finding, fine } from "./finding.ts";
import { IPVS_MODULE } from "./modules.ts";

/** The purpose of each capability. */
const USES: Readonly<Record<Capability, string>> = {
  CAP_NET_ADMIN:
    "without it lvsctl cannot change the table, addresses and settings, and can read only the lists in /proc",
  CAP_NET_RAW: "without it lvsctl cannot announce VIPs, nor detect that another host has one before it adds it",
  CAP_SYS_MODULE: "without it lvsctl cannot load ip_vs and its schedulers",
};

/** The rights of this process. */
export function examineCapabilities({ process, modules }: Facts): Finding[] {
  if (process === undefined) return [];
  const { isRoot, capabilities, isInitialUserNamespace } = process;
  if (!isRoot && !capabilities.has("CAP_NET_ADMIN")) {
    return [{
      id: "not-root",
      severity: "note",
      what: "lvsctl does not run as root",
      why: "it cannot read all of the director's state, and cannot fix anything; run it as root",
    }];
  }
  const findings: Finding[] = [];
  if (!isInitialUserNamespace) {
    findings.push({
      id: "user-namespace",
      severity: "error",
      what: "lvsctl runs in a user namespace (a rootless container)",
      why: "the kernel lets only root of the initial user namespace manage IPVS, whatever the capabilities are here",
    });
  }
  for (const capability of CAPABILITIES) {
    const id = "capability";
    if (capabilities.has(capability)) findings.push(fine(id, "this process has it", { object: capability }));
    else {
      // It is not needed once the module is loaded.
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
