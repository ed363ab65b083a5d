import type { SharingStatus } from "../sharing/mod.ts";
import type { MetricFamily } from "./family.ts";
import { gauge } from "./make_family.ts";

/** The metrics of the verdicts that directors share. */
export function sharingMetrics({ directors, disputed, isBlind, problem }: SharingStatus): MetricFamily[] {
  return [
    gauge({ name: "lvsctl_sharing_directors", help: "Other directors whose verdicts on real servers are known" }, [{
      value: directors.length,
    }]),
    gauge({ name: "lvsctl_sharing_stale", help: "Whether verdicts cannot be published or read now" }, [{
      value: Number(problem !== undefined),
    }]),
    gauge(
      { name: "lvsctl_sharing_disputed_servers", help: "Real servers unhealthy here and healthy for other directors" },
      [{ value: disputed }],
    ),
    gauge({ name: "lvsctl_sharing_blind", help: "Whether only this director cannot reach the real servers" }, [{
      value: Number(isBlind),
    }]),
  ];
}
