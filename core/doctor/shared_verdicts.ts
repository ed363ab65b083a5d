import type { Facts } from "./facts.ts";
import { type Finding, fine } from "./finding.ts";

/** The verdicts that the running daemon shares with other directors. */
export function examineSharedVerdicts({ sharing }: Facts): Finding[] {
  if (sharing === undefined) return [];
  const { quorum, directors, isBlind, problem } = sharing;
  const found: Finding[] = [];
  if (isBlind) {
    found.push({
      id: "director-blind",
      severity: "error",
      what: "this director alone cannot reach the real servers, and other directors reach most of them",
      why: "its checks fail for a reason of its own: examine its interfaces, routes and firewall",
    });
  }
  if (problem !== undefined) {
    found.push({
      id: "sharing-stale",
      severity: "warning",
      what: `the store of the verdicts cannot be used: ${problem}`,
      why: "the checks of this director alone decide about real servers",
    });
  } else if (directors < quorum) {
    found.push({
      id: "sharing-few",
      severity: "warning",
      what: `the verdicts of ${directors} other directors are known, and health_sharing needs ${quorum}`,
      why: "other directors keep no server that is unhealthy here",
    });
  }
  return found.length > 0 ? found : [fine("sharing", `${directors} other directors share their verdicts`)];
}
