import { defined, isLocalListenAddress, type MetricsSettings } from "../../model/mod.ts";
import type { SectionOf } from "../schema/types.ts";
import type { METRICS } from "../schema/metrics_schema.ts";

/** Reads how the daemon serves its metrics; undefined if the section is incomplete. */
export function readMetrics(section: SectionOf<typeof METRICS>): MetricsSettings | undefined {
  const { listen, allow_hosts: allowHosts = [], login_file: loginFile, level } = section.values;
  if (listen === undefined) return undefined;
  if (!isLocalListenAddress(listen) && loginFile === undefined && section.isSound("login_file")) {
    section.report(
      ["listen"],
      "listen: every user of the network could read the status there; add login_file, or listen at 127.0.0.1",
    );
  }
  return defined({ listen, allowHosts, loginFile, level });
}
