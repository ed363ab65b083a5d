import type { Facts } from "./facts.ts";
import { byHand, type Finding, fine, proposedSetting, setting } from "./finding.ts";
import { ipvsSysctl } from "./ipvs_settings.ts";

/** The settings that matter where sync daemons run. */
export function examineSynchronisation(facts: Facts): Finding[] {
  const { sysctls, table } = facts;
  const daemons = table?.syncDaemons ?? [];
  if (daemons.length === 0) return [];
  const findings: Finding[] = [];
  const value = (key: string): string | undefined => sysctls.get(ipvsSysctl(key));
  if (value("sync_version") === "0") {
    findings.push({
      id: "sync-version",
      severity: "warning",
      what: `${ipvsSysctl("sync_version")} is 0, the format of kernels before 2.6.39`,
      why:
        "it has no IPv6, no persistence engines and no firewall marks: such connections break when another director " +
        "takes over; both directors have to use the same",
      fix: setting([ipvsSysctl("sync_version"), "1"]),
    });
  } else findings.push(fine("sync-version", "connections of both families are told"));
  if (value("sync_persist_mode") === "1") {
    findings.push({
      id: "sync-persist-mode",
      severity: "note",
      what: `${ipvsSysctl("sync_persist_mode")} is 1`,
      why:
        "of persistent services only the templates are told: when another director takes over, clients come back to " +
        "their server, but established connections break",
      fix: proposedSetting([ipvsSysctl("sync_persist_mode"), "0"]),
    });
  }
  const [, period] = value("sync_threshold")?.split(/\s+/) ?? [];
  if (period === "0" && value("sync_refresh_period") === "0") {
    findings.push({
      id: "sync-refresh",
      severity: "warning",
      what: `a connection is told once only: the period in ${ipvsSysctl("sync_threshold")} and ` +
        `${ipvsSysctl("sync_refresh_period")} are 0`,
      why:
        "the other director forgets a connection that outlives its timeout, and one that starts later never learns of " +
        "it",
      fix: proposedSetting([ipvsSysctl("sync_threshold"), "3 50"]),
    });
  }
  const isBackup = daemons.some(({ role }) => role === "backup");
  const isRealServer = facts.services.some(({ servers }) => servers.some(({ forward }) => forward === "local"));
  if (isBackup && isRealServer && value("backup_only") === "0") {
    findings.push({
      id: "backup-only",
      severity: "warning",
      what: "this director is a backup and a real server too, and does not leave packets alone while it is that",
      why: "what the active director sends to it to be served may be balanced again, and go round and round",
      fix: setting([ipvsSysctl("backup_only"), "1"]),
    });
  }
  for (const { role, interface: device } of daemons) {
    const link = facts.network?.links.find(({ name }) => name === device);
    if (link === undefined || link.isUp) continue;
    findings.push({
      id: "sync-interface",
      severity: "error",
      object: device,
      what: `the sync daemon ${role} uses ${device}, which is down`,
      why: "nothing is told to the other director",
      fix: byHand(`ip link set dev ${device} up`),
    });
  }
  return findings;
}
