import { addressFamily, type IpAddress } from "../model/mod.ts";
import type { MachineState } from "./machine.ts";
import { isSameAddress, isSamePort, type OriginalSettings } from "./original_settings.ts";
import { type Requirement, requirementsOf } from "./requirements.ts";
import type { VipSetup } from "./setup.ts";
import type { Step } from "./step.ts";

/** The set-ups that a machine should have. */
export interface DesiredSetups {
  /** All set-ups. */
  readonly setups: readonly VipSetup[];
  /** The VIPs of the request; requirements of other VIPs that are missing are not added. */
  readonly requested: ReadonlySet<IpAddress>;
}

/** The steps to the desired set-ups, and the changes that stay. */
export interface RealServerPlan {
  /** The steps, in order. */
  readonly steps: readonly Step[];
  /** The changes of lvsctl that are not restored because another program changed the same thing, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Plans the steps from the current state to the desired set-ups: first the missing requirements, then the restoration
 * of settings that no set-up needs any more. VIPs are deleted before the settings that hide them from neighbours.
 *
 * @param current The machine's current state.
 * @param desired The desired set-ups, and the changes that lvsctl made so far.
 */
export function planRealServer(
  current: MachineState,
  { setups, requested, memory: original }: DesiredSetups & { readonly memory: OriginalSettings },
): RealServerPlan {
  const requirements = requirementsOf(setups.filter(({ address }) => requested.has(address)), current);
  const notes: string[] = [];
  const obsolete = splitByNeed(original, requirementsOf(setups, current)).obsolete;
  const remains = (address: IpAddress): boolean =>
    !obsolete.addresses.some((other) => other.address === address) && !isLocal(address);
  const restoration: Step[] = [
    ...obsolete.addresses.filter((entry) => hasAddress(current, entry))
      .map((entry): Step => ({ operation: "deleteAddress", ...entry })),
    ...obsolete.fouPorts.filter((port) => current.fouPorts.some((other) => isSamePort(other, port)))
      .map((port): Step => ({ operation: "deleteFouPort", ...port })),
    // In reverse order, so that the sysctls of an interface are restored before those of all.
    ...obsolete.sysctls.toReversed().flatMap(({ name, before, set }): readonly Step[] => {
      const now = current.sysctl(name);
      if (now === undefined || now === before) return [];
      if (now === set) return [{ operation: "restoreSysctl", name, value: before }];
      notes.push(`${name} was ${before} before and stays ${now}, because another program set it`);
      return [];
    }),
    ...obsolete.links.toReversed().flatMap(({ name, was }): readonly Step[] => {
      const link = current.links.find((other) => other.name === name);
      if (link === undefined || (was === "down" && !link.isUp)) return [];
      const others = current.addresses.filter(({ device, address }) => device === name && remains(address));
      if (others.length === 0) return [{ operation: was === "absent" ? "deleteLink" : "bringDown", name }];
      notes.push(`${name} was ${was} before and stays, because another program added ${others[0]?.address} to it`);
      return [];
    }),
  ];
  return { steps: [...requirements.flatMap((requirement) => stepsFor(requirement, current)), ...restoration], notes };
}

/** Separates the changes that set-ups still need from the obsolete ones. */
export function splitByNeed(
  original: OriginalSettings,
  requirements: readonly Requirement[],
): { readonly needed: OriginalSettings; readonly obsolete: OriginalSettings } {
  const needs = (include: (requirement: Requirement) => boolean): boolean => requirements.some(include);
  const isNeeded = {
    sysctl: ({ name }: { readonly name: string }) => needs((r) => r.kind === "sysctl" && r.name === name),
    link: ({ name }: { readonly name: string }) => needs((r) => r.kind === "link" && r.name === name),
    port: (port: OriginalSettings["fouPorts"][number]) => needs((r) => r.kind === "fouPort" && isSamePort(r, port)),
    entry: (entry: OriginalSettings["addresses"][number]) =>
      needs((r) => r.kind === "address" && isSameAddress(r, entry)),
  };
  const part = (include: boolean): OriginalSettings => ({
    sysctls: original.sysctls.filter((entry) => isNeeded.sysctl(entry) === include),
    links: original.links.filter((entry) => isNeeded.link(entry) === include),
    fouPorts: original.fouPorts.filter((entry) => isNeeded.port(entry) === include),
    addresses: original.addresses.filter((entry) => isNeeded.entry(entry) === include),
  });
  return { needed: part(true), obsolete: part(false) };
}

function stepsFor(requirement: Requirement, current: MachineState): readonly Step[] {
  switch (requirement.kind) {
    case "sysctl": {
      const { name, value, accepted } = requirement;
      const now = current.sysctl(name);
      return now !== undefined && accepted.includes(now) ? [] : [{ operation: "setSysctl", name, value }];
    }
    case "link": {
      const { name, linkKind } = requirement;
      const link = current.links.find((other) => other.name === name);
      if (link?.isUp) return [];
      const up: Step = { operation: "bringUp", name };
      return link === undefined && linkKind !== undefined ? [{ operation: "addLink", name, kind: linkKind }, up] : [up];
    }
    case "fouPort": {
      const { port, family } = requirement;
      return current.fouPorts.some((other) => isSamePort(other, requirement))
        ? []
        : [{ operation: "addFouPort", port, family }];
    }
    case "address": {
      const { address, device } = requirement;
      return hasAddress(current, requirement) ? [] : [{ operation: "addAddress", address, device }];
    }
  }
}

function hasAddress(current: MachineState, entry: OriginalSettings["addresses"][number]): boolean {
  return current.addresses.some((other) => isSameAddress(other, entry));
}

/** Whether the address is one that the kernel itself assigns to an interface that comes up. */
function isLocal(address: IpAddress): boolean {
  return addressFamily(address) === "ipv4"
    ? address.startsWith("127.")
    : address === "::1" || /^fe[89ab]/.test(address);
}
