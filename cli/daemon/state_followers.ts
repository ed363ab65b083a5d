import type { StateChange } from "../../core/vrrp/mod.ts";

/** What follows a change of an instance or a group. */
export interface StateFollowers {
  /** Changes the kernel's sync daemons. */
  readonly sync: (change: StateChange) => void;
  /** Sends the notifications. */
  readonly notify: (change: StateChange) => void;
}

/**
 * Follows changes whose addresses have moved and are announced: a change of the sync daemons takes a lock of the kernel that
 * addresses would wait for. Programs rely on the sync daemons, so that the notification of an active instance or group comes
 * after they have started, and that of another state before they change. Only the addresses of a director that yields do not
 * come last, as the reverse order would have it: another director has them already.
 */
export function followChanges(changes: readonly StateChange[], { sync, notify }: StateFollowers): void {
  for (const change of changes) if (change.state !== "active") notify(change);
  for (const change of changes) sync(change);
  for (const change of changes) if (change.state === "active") notify(change);
}
