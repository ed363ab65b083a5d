import { addressFamily, type IpAddress } from "../model/mod.ts";
import type { View } from "./machine.ts";
import { type OriginalSettings, samePlace, samePort } from "./original_settings.ts";
import { type Requirement, requirementsOf } from "./requirements.ts";
import type { VipSetup } from "./setup.ts";
import type { Step } from "./step.ts";

/** What a machine is to be set up for. */
export interface Goal {
  /** All of it. */
  readonly setups: readonly VipSetup[];
  /** The VIPs that this is about: if something is missing for another one, it is not added by the way. */
  readonly about: ReadonlySet<IpAddress>;
}

/** What is to be done, and what is not although it might be expected. */
export interface RealServerPlan {
  /** The steps, in order. */
  readonly steps: readonly Step[];
  /** What lvsctl changed once and leaves as it is, because somebody else did something with it: a sentence each. */
  readonly notes: readonly string[];
}

/**
 * What leads from what there is to what set-ups need: first what they lack, then back to how it was what no set-up
 * needs any more, the VIPs before what keeps the neighbours from learning of them.
 *
 * @param view What there is.
 * @param goal What it is to be set up for, and what lvsctl changed so far.
 */
export function planRealServer(
  view: View,
  { setups, about, memory }: Goal & { readonly memory: OriginalSettings },
): RealServerPlan {
  const requirements = requirementsOf(setups.filter(({ address }) => about.has(address)), view);
  const notes: string[] = [];
  const obsolete = splitMemory(memory, requirementsOf(setups, view)).obsolete;
  const stays = (place: IpAddress): boolean =>
    !obsolete.addresses.some(({ address }) => address === place) && !isLocal(place);
  const back: Step[] = [
    ...obsolete.addresses.filter((place) => hasAddress(view, place))
      .map((place): Step => ({ operation: "deleteAddress", ...place })),
    ...obsolete.fouPorts.filter((port) => view.fouPorts.some((other) => samePort(other, port)))
      .map((port): Step => ({ operation: "deleteFouPort", ...port })),
    // The last that was set is the first to go back: those of an interface before those of all.
    ...obsolete.sysctls.toReversed().flatMap(({ name, before, set }): readonly Step[] => {
      const now = view.sysctl(name);
      if (now === undefined || now === before) return [];
      if (now === set) return [{ operation: "restoreSysctl", name, value: before }];
      notes.push(`${name} was ${before} before and is left at ${now}, which somebody else set`);
      return [];
    }),
    ...obsolete.links.toReversed().flatMap(({ name, was }): readonly Step[] => {
      const link = view.links.find((other) => other.name === name);
      if (link === undefined || (was === "down" && !link.isUp)) return [];
      const others = view.addresses.filter(({ device, address }) => device === name && stays(address));
      if (others.length === 0) return [{ operation: was === "absent" ? "deleteLink" : "bringDown", name }];
      notes.push(`${name} was ${was} before and is left, for somebody else added ${others[0]?.address} to it`);
      return [];
    }),
  ];
  return { steps: [...requirements.flatMap((requirement) => stepsFor(requirement, view)), ...back], notes };
}

/** What of the memory is needed by set-ups, and what is not any more. */
export function splitMemory(
  memory: OriginalSettings,
  requirements: readonly Requirement[],
): { readonly needed: OriginalSettings; readonly obsolete: OriginalSettings } {
  const needs = (wanted: (requirement: Requirement) => boolean): boolean => requirements.some(wanted);
  const isNeeded = {
    sysctl: ({ name }: { readonly name: string }) => needs((r) => r.kind === "sysctl" && r.name === name),
    link: ({ name }: { readonly name: string }) => needs((r) => r.kind === "link" && r.name === name),
    port: (port: OriginalSettings["fouPorts"][number]) => needs((r) => r.kind === "fouPort" && samePort(r, port)),
    place: (place: OriginalSettings["addresses"][number]) => needs((r) => r.kind === "address" && samePlace(r, place)),
  };
  const part = (wanted: boolean): OriginalSettings => ({
    sysctls: memory.sysctls.filter((entry) => isNeeded.sysctl(entry) === wanted),
    links: memory.links.filter((entry) => isNeeded.link(entry) === wanted),
    fouPorts: memory.fouPorts.filter((entry) => isNeeded.port(entry) === wanted),
    addresses: memory.addresses.filter((entry) => isNeeded.place(entry) === wanted),
  });
  return { needed: part(true), obsolete: part(false) };
}

function stepsFor(requirement: Requirement, view: View): readonly Step[] {
  switch (requirement.kind) {
    case "sysctl": {
      const { name, value, accepted } = requirement;
      const now = view.sysctl(name);
      return now !== undefined && accepted.includes(now) ? [] : [{ operation: "setSysctl", name, value }];
    }
    case "link": {
      const { name, linkKind } = requirement;
      const link = view.links.find((other) => other.name === name);
      if (link?.isUp) return [];
      const up: Step = { operation: "bringUp", name };
      return link === undefined && linkKind !== undefined ? [{ operation: "addLink", name, kind: linkKind }, up] : [up];
    }
    case "fouPort": {
      const { port, family } = requirement;
      return view.fouPorts.some((other) => samePort(other, requirement))
        ? []
        : [{ operation: "addFouPort", port, family }];
    }
    case "address": {
      const { address, device } = requirement;
      return hasAddress(view, requirement) ? [] : [{ operation: "addAddress", address, device }];
    }
  }
}

function hasAddress(view: View, place: OriginalSettings["addresses"][number]): boolean {
  return view.addresses.some((other) => samePlace(other, place));
}

/** Whether the kernel gives an interface the address by itself when it comes up. */
function isLocal(address: IpAddress): boolean {
  return addressFamily(address) === "ipv4"
    ? address.startsWith("127.")
    : address === "::1" || /^fe[89ab]/.test(address);
}
