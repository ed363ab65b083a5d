import type { Facts } from "./facts.ts";
import { commands, type Finding, fine, proposedSetting, setting } from "./finding.ts";
import { ipvsSysctl } from "./ipvs_settings.ts";

/** Settings for sync daemons. */
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
        "takes over; both directors must use the same format",
      fix: setting([ipvsSysctl("sync_version"), "1"]),
    });
  } else findings.push(fine("sync-version", "connections of both families are synchronised"));
  if (value("sync_persist_mode") === "1") {
    findings.push({
      id: "sync-persist-mode",
      severity: "note",
      what: `${ipvsSysctl("sync_persist_mode")} is 1`,
      why:
        "of persistent services only the templates are synchronised: when another director takes over, clients return " +
        "to their server, but established connections break",
      fix: proposedSetting([ipvsSysctl("sync_persist_mode"), "0"]),
    });
  }
  const [, period] = value("sync_threshold")?.split(/\s+/) ?? [];
  if (period === "0" && value("sync_refresh_period") === "0") {
    findings.push({
      id: "sync-refresh",
      severity: "warning",
      what: `each connection is synchronised only once: the period in ${ipvsSysctl("sync_threshold")} and ` +
        `${ipvsSysctl("sync_refresh_period")} are 0`,
      why:
        "the other director forgets connections that outlive their timeout, and one that starts later never receives " +
        "them",
      fix: proposedSetting([ipvsSysctl("sync_threshold"), "3 50"]),
    });
  }
  if (period !== undefined && period !== "0" && value("sync_refresh_period") === "0") {
    findings.push({
      id: "sync-idle",
      severity: "note",
      what: `${ipvsSysctl("sync_refresh_period")} is 0: a connection is synchronised again after ${period} packets`,
      why:
        "the other director forgets one with fewer packets within its timeout, which breaks when that director takes over",
      fix: proposedSetting([ipvsSysctl("sync_refresh_period"), "10"], [ipvsSysctl("sync_retries"), "1"]),
    });
  }
  const isBackup = daemons.some(({ role }) => role === "backup");
  if (isBackup && daemons.some(({ role }) => role === "master") && value("backup_only") === "1") {
    findings.push({
      id: "backup-only",
      severity: "error",
      what: `${ipvsSysctl("backup_only")} is 1, and both sync daemons run`,
      why: "this director balances no connection while its backup daemon runs, whatever the master does",
      fix: setting([ipvsSysctl("backup_only"), "0"]),
    });
  }
  const isRealServer = facts.services.some(({ servers }) => servers.some(({ forward }) => forward === "local"));
  if (isBackup && isRealServer && value("backup_only") === "0") {
    findings.push({
      id: "backup-only",
      severity: "warning",
      what: "this director is both a backup and a real server, and balances packets while it is a backup",
      why: "packets that the active director sends to it may be balanced again, in a loop",
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
      why: "the other director receives no connections",
      fix: commands(`ip link set dev ${device} up`),
    });
  }
  return findings;
}
