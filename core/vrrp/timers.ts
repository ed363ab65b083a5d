import { intervalOnWire } from "./acceptance.ts";
import { downMs, type Machine, skewMs } from "./machine.ts";
import type { RouterSettings } from "./settings.ts";
import type { RouterTimers } from "./status.ts";

/** The timers of a router at a moment; before it takes part, those that it will have. */
export function timersOf(machine: Machine, settings: RouterSettings): RouterTimers {
  const { version } = settings;
  const intervalMs = intervalOnWire(settings);
  const activeIntervalMs = machine.activeIntervalMs || intervalMs;
  const timed = { ...machine, activeIntervalMs };
  return { intervalMs, activeIntervalMs, skewMs: skewMs(timed, version), downMs: downMs(timed, version) };
}
