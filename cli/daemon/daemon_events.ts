import type { DaemonEvent } from "../../core/daemon/mod.ts";

/** The events that change the stored state. */
const STORED_EVENTS: ReadonlySet<DaemonEvent["kind"]> = new Set(["health", "agent", "service", "loaded", "vip"]);

/** Whether an event changes the state that outlives the daemon. */
export function changesState({ kind }: DaemonEvent): boolean {
  return STORED_EVENTS.has(kind);
}

/** Whether an event is logged: health events and changes report already that a server goes up or down. */
export function isLogged(event: DaemonEvent): boolean {
  if (event.kind === "failure") return event.isRepeated !== true;
  return event.kind !== "service" || (event.event.kind !== "server_up" && event.event.kind !== "server_down");
}
