import type { VrrpGroup, VrrpInstance } from "../model/mod.ts";

/** A setting of a virtual router or a group that is probably a mistake. */
export interface RouterFinding {
  /** Kind of the finding, from a fixed set: "vrrp-owner-weights". */
  readonly code: string;
  /** The mistake and its effect: one sentence without its period. */
  readonly message: string;
  /** The way out, as an instruction; undefined if the message implies it. */
  readonly remedy?: string | undefined;
  /** Whether `name` is of an instance or a group. */
  readonly of: "instance" | "group";
  /** Name of the instance or the group. */
  readonly name: string;
  /** The key in question. */
  readonly key: string;
}

/** The priority of the owner of the addresses. */
const OWNER = 255;

/** The shortest interval that a director keeps when it stands still for a moment; milliseconds. */
const SHORT_MS = 50;

/** The settings of virtual routers that are probably mistakes. */
export function routerFindings(
  instances: readonly VrrpInstance[],
  groups: readonly VrrpGroup[],
): readonly RouterFinding[] {
  return [...instances.flatMap(instanceFindings), ...groups.flatMap((group) => groupFindings(group, instances))];
}

function instanceFindings(instance: VrrpInstance): readonly RouterFinding[] {
  const about = { of: "instance", name: instance.name } as const;
  return [...ownerFindings(instance), ...trackFindings(instance), ...wireFindings(instance)].map((finding) => ({
    ...about,
    ...finding,
  }));
}

type Part = Omit<RouterFinding, "of" | "name">;

/** An owner always has its addresses, whatever else the file says. */
function ownerFindings({ priority, preempts, preemptDelayMs, tracks }: VrrpInstance): readonly Part[] {
  if (priority !== OWNER) return [];
  const found: Part[] = [];
  if (tracks.some(({ weight }) => weight !== 0)) {
    found.push({
      code: "vrrp-owner-weights",
      message: "the weights have no effect, because the priority 255 never changes",
      remedy: "use a priority of 254 at most, or tracks without a weight",
      key: "track",
    });
  }
  if (!preempts || preemptDelayMs > 0) {
    found.push({
      code: "vrrp-owner-preempt",
      message: "preempt has no effect, because a director with the priority 255 always takes its addresses",
      remedy: "use a priority of 254 at most",
      key: "preempt",
    });
  }
  return found;
}

function trackFindings({ device, priority, tracks, preempts }: VrrpInstance): readonly Part[] {
  const found: Part[] = [];
  if (tracks.some((track) => track.kind === "interface" && track.device === device)) {
    found.push({
      code: "vrrp-track-device",
      message: `the link of ${device} is always tracked, because it is the device of the instance`,
      key: "track",
    });
  }
  if (!preempts && priority !== OWNER && tracks.some(({ weight }) => weight !== 0)) {
    found.push({
      code: "vrrp-weights-preempt",
      message: "a weight moves the addresses only to a director that preempts, and this one does not",
      remedy: "have preempt: true on all directors, with a delay if need be",
      key: "preempt",
    });
  }
  return found;
}

function wireFindings({ intervalMs, peers, sources }: VrrpInstance): readonly Part[] {
  const found: Part[] = [];
  if (intervalMs < SHORT_MS) {
    found.push({
      code: "vrrp-interval-short",
      message: `a director that stands still for ${3 * intervalMs} ms loses its addresses`,
      remedy: "use 100ms or more",
      key: "interval",
    });
  }
  if (sources.length > 0 && peers.length === 0) {
    found.push({
      code: "vrrp-no-peers",
      message: "without peers the advertisements go to the multicast group, which clouds do not carry",
      remedy: "name the other directors in peers, or remove source",
      key: "source",
    });
  }
  return found;
}

/** Members of a group that other directors would give to different directors. */
function groupFindings({ name, members }: VrrpGroup, instances: readonly VrrpInstance[]): readonly RouterFinding[] {
  const present = members.flatMap((member) => instances.filter((instance) => instance.name === member));
  const priorities = new Set(present.map(({ priority }) => priority));
  const preempting = new Set(present.map(({ preempts }) => preempts));
  const about = { of: "group", name, key: "members" } as const;
  const found: RouterFinding[] = [];
  if (priorities.size > 1) {
    found.push({
      ...about,
      code: "vrrp-group-priorities",
      message: `its members have the priorities ${[...priorities].join(" and ")}, and one director is to have them all`,
      remedy: "give them one priority on each director",
    });
  }
  if (preempting.size > 1) {
    found.push({
      ...about,
      code: "vrrp-group-preempt",
      message: "some of its members preempt and some do not, and one director is to have them all",
      remedy: "give them the same preempt",
    });
  }
  return found;
}
