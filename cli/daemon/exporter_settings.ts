import { METRICS_INTERVAL_MS, type MetricsSettings } from "../../core/model/mod.ts";
import type { ExporterSettings } from "../http/exporter.ts";
import type { DaemonSettings } from "./settings.ts";

/**
 * Where the daemon has its pages and its metrics; undefined if nowhere. A daemon that only reports leaves out what its
 * file says, because it may run while another one has the address and the file.
 */
export async function exporterSettings(
  { site, dryRun }: Pick<DaemonSettings, "site" | "dryRun">,
  metrics: MetricsSettings | undefined,
): Promise<ExporterSettings | undefined> {
  const { listen, file, intervalMs = METRICS_INTERVAL_MS, level } = dryRun ? {} : metrics ?? {};
  if (site === undefined && listen === undefined && file === undefined) return undefined;
  const { readSiteSettings } = await import("../http/settings.ts");
  return {
    site: site ??
      (metrics === undefined || listen === undefined ? undefined : readSiteSettings({ ...metrics, listen })),
    file: file === undefined ? undefined : { path: file, intervalMs, level },
  };
}
