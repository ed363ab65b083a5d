import type { METRIC_FORMATS } from "../../core/metrics/mod.ts";

/** A format of metrics with its media type. */
export interface ChosenFormat {
  /** The format. */
  readonly format: (typeof METRIC_FORMATS)[number];
  /** The media type, without which Prometheus 3 refuses the answer. */
  readonly type: string;
}

const PROMETHEUS: ChosenFormat = { format: "prometheus", type: "text/plain; version=0.0.4; charset=utf-8" };
const OPENMETRICS: ChosenFormat = {
  format: "openmetrics",
  type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Chooses the format that a client prefers: OpenMetrics only for a client that names it. */
export function chooseFormat(accept: string | undefined): ChosenFormat {
  let [openmetrics, text] = [0, 0];
  for (const range of (accept ?? "").toLowerCase().split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const values = new Map(parameters.map((parameter) => pairOf(parameter)));
    const quality = Number(values.get("q") ?? "1");
    if (Number.isNaN(quality)) continue;
    const version = values.get("version");
    if (type === "application/openmetrics-text" && (version === undefined || version === "1.0.0")) {
      openmetrics = Math.max(openmetrics, quality);
    }
    if (type === "text/plain" && (version === undefined || version === "0.0.4")) text = Math.max(text, quality);
  }
  return openmetrics > 0 && openmetrics >= text ? OPENMETRICS : PROMETHEUS;
}

function pairOf(parameter: string): readonly [name: string, value: string] {
  const [name = "", value = ""] = parameter.split("=");
  return [name.trim(), value.trim()];
}
