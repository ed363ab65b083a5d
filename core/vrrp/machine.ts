import { compareAddresses, type IpAddress } from "../model/mod.ts";
import { PRIORITY_OWNER, PRIORITY_STOP } from "./advertisement.ts";
import type { RouterSettings } from "./settings.ts";

/** Missed advertisements after which a backup takes over. */
const DOWN_INTERVALS = 3;

/** Number by which the time of a backup is skewed: the higher its priority, the sooner it takes over. */
const SKEW_DIVISOR = 256;

/** Skew of version 2 for one step of priority counts in seconds, whatever the interval is; milliseconds. */
const SKEW_BASE_MS = 1000;

/** Advertisements of others that an active router answers at once in an interval, so that a flood causes no other one. */
const ANSWERS_IN_INTERVAL = 4;

/** Intervals for which a router that has yielded waits longer: until another one of the group can be active. */
const HANDICAP_INTERVALS = 8;

/** The states of a router (RFC 9568, 6.3). */
export type MachineState = "init" | "backup" | "active";

/** A router's state at a moment. */
export interface Machine {
  /** Its state. */
  readonly state: MachineState;
  /** Its effective priority. */
  readonly priority: number;
  /** The interval of the active router; milliseconds. */
  readonly activeIntervalMs: number;
  /** When its timer fires: the next advertisement of an active one, the end of patience of a backup. */
  readonly dueAt: number;
  /** Whether a backup of version 3 has heard the interval from the active router. */
  readonly isIntervalHeard?: boolean | undefined;
  /** By how much longer a backup waits, and until when, because it has yielded; undefined without. */
  readonly handicap?: { readonly byMs: number; readonly until: number } | undefined;
  /** Since when a backup hears an active router whose priority is lower; undefined if it hears none. */
  readonly lowerSince?: number | undefined;
  /** When an active router has answered another one last; undefined before. */
  readonly answeredAt?: number | undefined;
}

/** Something that happens to a router. */
export type MachineEvent =
  /** It begins to take part. */
  | { readonly kind: "start" }
  /** It stops taking part. */
  | { readonly kind: "stop" }
  /** It becomes a backup, because another router of its group is one, and waits longer for a while. */
  | { readonly kind: "yield"; readonly handicapMs: number }
  /** It becomes active, because another router of its group is active. */
  | { readonly kind: "take" }
  /** It hears an advertisement that it accepts. */
  | {
    readonly kind: "message";
    readonly priority: number;
    readonly intervalMs: number;
    readonly source: IpAddress;
  }
  /** Time has passed. */
  | { readonly kind: "time" }
  /** Its effective priority changes. */
  | { readonly kind: "priority"; readonly priority: number }
  /** Its settings have changed, in which it had another interval. */
  | { readonly kind: "settings" };

/** Something that a router has to do; several are done in order. */
export type MachineAction =
  /** It sends an advertisement. */
  | { readonly kind: "advertise"; readonly priority: number }
  /** It adds the addresses, and announces them. */
  | { readonly kind: "acquire" }
  /** It announces the addresses again. */
  | { readonly kind: "announce" }
  /** It removes the addresses. */
  | { readonly kind: "release" };

/** What the effect of an event depends on. */
export interface Circumstances {
  /** The present moment of a monotonic clock; milliseconds. */
  readonly now: number;
  /** The router's settings. */
  readonly settings: Pick<RouterSettings, "version" | "intervalMs" | "preemption"> & {
    /** Whether the addresses have a virtual hardware address: an advertisement brings all their packets to this machine. */
    readonly virtualMac?: boolean;
  };
  /** The source of its own messages, which decides between equal priorities. */
  readonly source: IpAddress;
}

/** The effect of an event on a router. */
export interface Transition {
  /** The state afterwards. */
  readonly machine: Machine;
  /** What it has to do. */
  readonly actions: readonly MachineAction[];
}

/** A router that does not take part yet. */
export function initialMachine(priority: number): Machine {
  return { state: "init", priority, activeIntervalMs: 0, dueAt: Infinity };
}

/** The time by which a backup of a priority waits longer; milliseconds. */
export function skewMs(machine: Machine, version: RouterSettings["version"]): number {
  const baseMs = version === 2 ? SKEW_BASE_MS : machine.activeIntervalMs;
  return (SKEW_DIVISOR - machine.priority) * baseMs / SKEW_DIVISOR;
}

/** The time without advertisements after which a backup takes over; milliseconds. */
export function downMs(machine: Machine, version: RouterSettings["version"]): number {
  return DOWN_INTERVALS * machine.activeIntervalMs + skewMs(machine, version);
}

/** The state after an event, and what has to be done (RFC 9568, 6.4; RFC 3768, 6.4). */
export function react(machine: Machine, options: Circumstances & { readonly event: MachineEvent }): Transition {
  const { event } = options;
  switch (event.kind) {
    case "start":
      return machine.state === "init" ? start(machine, options) : unchanged(machine);
    case "stop":
      return stop(machine);
    case "yield":
      return machine.state === "active" ? yieldTo(machine, { ...options, ...event }) : unchanged(machine);
    case "take":
      return machine.state === "backup" ? becomeActive(machine, options) : unchanged(machine);
    case "priority":
      return changePriority(machine, { ...options, priority: event.priority });
    case "settings":
      return { machine: adopt(machine, options), actions: [] };
    case "time":
      return options.now < machine.dueAt ? unchanged(machine) : expire(machine, options);
    case "message":
      if (machine.state === "active") return hearAsActive(machine, { ...options, heard: event });
      return machine.state === "backup" ? hearAsBackup(machine, { ...options, heard: event }) : unchanged(machine);
  }
}

type Heard = Extract<MachineEvent, { readonly kind: "message" }>;

function unchanged(machine: Machine): Transition {
  return { machine, actions: [] };
}

function start(machine: Machine, options: Circumstances): Transition {
  return machine.priority === PRIORITY_OWNER
    ? becomeActive(machine, options)
    : becomeBackup(machine, { ...options, actions: [] });
}

function stop(machine: Machine): Transition {
  const actions = machine.state === "active" ? STOP_ACTIONS : [];
  return { machine: initialMachine(machine.priority), actions };
}

/** The last advertisement leaves before the addresses, so that the next router takes over without a gap. */
const STOP_ACTIONS: readonly MachineAction[] = [{ kind: "advertise", priority: PRIORITY_STOP }, { kind: "release" }];

function yieldTo(
  machine: Machine,
  { handicapMs, ...options }: Circumstances & { readonly handicapMs: number },
): Transition {
  // The last words of another router that yields are no sign of an active one, so that the handicap outlasts them.
  const until = options.now + HANDICAP_INTERVALS * options.settings.intervalMs + handicapMs;
  const slower = { ...machine, handicap: { byMs: handicapMs, until } };
  return becomeBackup(slower, { ...options, actions: STOP_ACTIONS });
}

/** By how much longer a backup waits at a moment; milliseconds. */
function handicapMs({ handicap }: Machine, now: number): number {
  return handicap === undefined || now >= handicap.until ? 0 : handicap.byMs;
}

function becomeBackup(
  machine: Machine,
  { now, settings, heard, actions }: Circumstances & {
    readonly heard?: Heard;
    readonly actions: readonly MachineAction[];
  },
): Transition {
  // A backup of version 3 uses the interval of the active router; those of version 2 are equal.
  const isIntervalHeard = settings.version === 3 && heard !== undefined;
  const activeIntervalMs = isIntervalHeard ? heard.intervalMs : settings.intervalMs;
  const { priority, handicap } = machine;
  const backup: Machine = { state: "backup", priority, activeIntervalMs, isIntervalHeard, handicap, dueAt: now };
  return { machine: { ...backup, dueAt: now + downMs(backup, settings.version) + handicapMs(machine, now) }, actions };
}

function becomeActive(machine: Machine, { now, settings }: Circumstances): Transition {
  const { priority } = machine;
  const { intervalMs } = settings;
  const advertise: MachineAction = { kind: "advertise", priority };
  const acquire: MachineAction = { kind: "acquire" };
  return {
    machine: { state: "active", priority, activeIntervalMs: intervalMs, dueAt: now + intervalMs },
    actions: settings.virtualMac === true ? [acquire, advertise] : [advertise, acquire],
  };
}

function changePriority(
  machine: Machine,
  { now, settings, priority }: Circumstances & { priority: number },
): Transition {
  const { version } = settings;
  const changed = { ...machine, priority };
  if (machine.state === "backup") {
    // The time of the last advertisement stays, and the patience after it changes.
    const dueAt = machine.dueAt - downMs(machine, version) + downMs(changed, version);
    return { machine: { ...changed, dueAt }, actions: [] };
  }
  if (machine.state !== "active" || priority === machine.priority) return { machine: changed, actions: [] };
  return {
    machine: { ...changed, dueAt: now + settings.intervalMs },
    actions: [{ kind: "advertise", priority }],
  };
}

/** The state with another interval: an active router is not late, and a backup waits as long as if it had it before. */
function adopt(machine: Machine, { now, settings: { version, intervalMs } }: Circumstances): Machine {
  if (machine.state === "active") {
    return { ...machine, activeIntervalMs: intervalMs, dueAt: Math.min(machine.dueAt, now + intervalMs) };
  }
  // The active router has its interval until its own file changes, also if that was the same.
  if (machine.state !== "backup" || machine.isIntervalHeard === true) return machine;
  const changed = { ...machine, activeIntervalMs: intervalMs };
  return { ...changed, dueAt: machine.dueAt - downMs(machine, version) + downMs(changed, version) };
}

function expire(machine: Machine, options: Circumstances): Transition {
  if (machine.state === "backup") return becomeActive(machine, options);
  const { now, settings: { intervalMs } } = options;
  // A late timer does not shift those after it, unless it is later than a whole interval.
  const next = machine.dueAt + intervalMs;
  return {
    machine: { ...machine, dueAt: next > now ? next : now + intervalMs },
    actions: [{ kind: "advertise", priority: machine.priority }],
  };
}

function hearAsActive(machine: Machine, options: Circumstances & { readonly heard: Heard }): Transition {
  const { heard, source } = options;
  if (heard.priority === PRIORITY_STOP) return answer(machine, options);
  if (isAbove(heard, { priority: machine.priority, source })) {
    const advertise: MachineAction = { kind: "advertise", priority: machine.priority };
    // The other router answers it and announces the addresses: neighbours may have this one's hardware address.
    return becomeBackup(machine, { ...options, actions: [advertise, { kind: "release" }] });
  }
  const { machine: again, actions } = answer(machine, options);
  // The neighbours may have the other router's hardware address.
  return { machine: again, actions: [...actions, { kind: "announce" }] };
}

/** Advertises at once, unless it has just done so; then the next advertisement is soon enough. */
function answer(machine: Machine, { now, settings: { intervalMs } }: Circumstances): Transition {
  const { answeredAt = -Infinity, priority } = machine;
  if (now < answeredAt + intervalMs / ANSWERS_IN_INTERVAL) return unchanged(machine);
  const again = { ...machine, answeredAt: now, dueAt: now + intervalMs };
  return { machine: again, actions: [{ kind: "advertise", priority }] };
}

function hearAsBackup(machine: Machine, options: Circumstances & { readonly heard: Heard }): Transition {
  const { heard, now, settings } = options;
  const { version, preemption } = settings;
  if (heard.priority === PRIORITY_STOP) {
    return unchanged({ ...machine, dueAt: now + skewMs(machine, version) + handicapMs(machine, now) });
  }
  const { machine: waiting } = becomeBackup(machine, { ...options, actions: [] });
  const isOwner = machine.priority === PRIORITY_OWNER;
  if (heard.priority >= machine.priority || !(preemption.isAllowed || isOwner)) return unchanged(waiting);
  const lowerSince = machine.lowerSince ?? now;
  const mustWait = !isOwner && now < lowerSince + preemption.delayMs;
  return unchanged({ ...mustWait ? waiting : machine, lowerSince });
}

function isAbove(heard: Heard, own: { readonly priority: number; readonly source: IpAddress }): boolean {
  return heard.priority > own.priority ||
    (heard.priority === own.priority && compareAddresses(heard.source, own.source) > 0);
}
