import { examineAnswers } from "./answers.ts";
import { examineCapabilities } from "./capabilities.ts";
import { examineClients } from "./clients.ts";
import type { Facts } from "./facts.ts";
import { commands, type Finding, type Severity } from "./finding.ts";
import { examineForwarding } from "./forwarding.ts";
import { examineInterfaces } from "./interfaces.ts";
import { examineIpvsSettings } from "./ipvs_settings.ts";
import { examineLimits } from "./limits.ts";
import { examineManagers } from "./managers.ts";
import { examineModules } from "./modules.ts";
import { examineRealServers } from "./real_servers.ts";
import { examineRouters } from "./routers.ts";
import { examineServices } from "./services.ts";
import { examineSharedVerdicts } from "./shared_verdicts.ts";
import { examineSynchronisation } from "./synchronisation.ts";
import { examineTunnels } from "./tunnels.ts";
import { examineVips } from "./vips.ts";

/** Every topic, in the order in which an administrator examines them. */
const TOPICS: readonly ((facts: Facts) => Finding[])[] = [
  examineModules,
  examineCapabilities,
  examineLibrary,
  examineManagers,
  examineServices,
  examineVips,
  examineRealServers,
  examineAnswers,
  examineTunnels,
  examineClients,
  examineForwarding,
  examineInterfaces,
  examineIpvsSettings,
  examineSynchronisation,
  examineRouters,
  examineSharedVerdicts,
  examineLimits,
  examineUnseen,
];

const RANKS: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2, ok: 3 };

/** All findings about a director, the most severe first. */
export function examine(facts: Facts): Finding[] {
  const findings = TOPICS.flatMap((topic) => topic(facts));
  return findings.sort((a, b) => RANKS[a.severity] - RANKS[b.severity]);
}

/** Whether a finding needs a fix. */
export function isProblem({ severity }: Finding): boolean {
  return severity === "error" || severity === "warning";
}

/** The missing libnl. */
function examineLibrary({ missingLibrary }: Facts): Finding[] {
  if (missingLibrary === undefined) return [];
  const command = missingLibrary.replace(/^.*: /, "");
  return [{
    id: "libnl-missing",
    severity: "error",
    what: "libnl-genl-3 is not installed",
    why: "lvsctl cannot read or change the table, addresses and routes without it",
    fix: commands(command),
  }];
}

function examineUnseen({ unseen }: Facts): Finding[] {
  return unseen.map(({ what, why }) => ({
    id: "unseen",
    severity: "note",
    object: what,
    what: `${what} could not be examined: ${why}`,
  }));
}
