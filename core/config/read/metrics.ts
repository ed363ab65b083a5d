import { defined, isLocalListenAddress, METRICS_INTERVAL_MS, type MetricsSettings } from "../../model/mod.ts";
import type { SectionOf } from "../schema/types.ts";
import type { METRICS } from "../schema/metrics_schema.ts";

/** The keys that have a meaning with another one only. */
const NEEDS = [["allow_hosts", "listen"], ["login_file", "listen"], ["interval", "file"]] as const;

/** Reads where the daemon has its metrics; undefined if the section has no place. */
export function readMetrics(section: SectionOf<typeof METRICS>): MetricsSettings | undefined {
  const { listen, allow_hosts: allowHosts = [], login_file: loginFile, level, file, interval } = section.values;
  if (section.nodeOf("listen") === undefined && section.nodeOf("file") === undefined) {
    section.report([], "metrics needs listen or file");
    return undefined;
  }
  for (const [key, needed] of NEEDS) {
    if (section.nodeOf(key) !== undefined && section.nodeOf(needed) === undefined) {
      section.report([key], `${key} has no meaning without ${needed}`);
    }
  }
  if (
    listen !== undefined && !isLocalListenAddress(listen) && loginFile === undefined && section.isSound("login_file")
  ) {
    section.report(
      ["listen"],
      "listen: every user of the network could read the status there; add login_file, or listen at 127.0.0.1",
    );
  }
  const intervalMs = file === undefined ? undefined : interval ?? METRICS_INTERVAL_MS;
  return defined({ listen, allowHosts, loginFile, level, file, intervalMs });
}
