import type { FouPort } from "../fou/mod.ts";
import type { NewLink } from "../rtnetlink/mod.ts";
import { type DeviceAddress, type Machine, realServerVip } from "./machine.ts";
import { isSameAddress, isSamePort, type OriginalSettings } from "./original_settings.ts";

/** One change of a real server's kernel, for a set-up or for its removal. */
export type Step =
  | { readonly operation: "setSysctl" | "restoreSysctl"; readonly name: string; readonly value: string }
  | ({ readonly operation: "addLink" } & NewLink)
  | { readonly operation: "bringUp" | "bringDown" | "deleteLink"; readonly name: string }
  | ({ readonly operation: "addFouPort" | "deleteFouPort" } & FouPort)
  | ({ readonly operation: "addAddress" | "deleteAddress" } & DeviceAddress);

/** A step as text: "set net.ipv4.conf.all.arp_ignore to 1". */
export function describeStep(step: Step): string {
  switch (step.operation) {
    case "setSysctl":
      return `set ${step.name} to ${step.value}`;
    case "restoreSysctl":
      return `restore ${step.name} to ${step.value}`;
    case "addLink":
      return `create interface ${step.name} (${step.kind})`;
    case "deleteLink":
      return `delete interface ${step.name}`;
    case "bringUp":
      return `bring up ${step.name}`;
    case "bringDown":
      return `bring down ${step.name}`;
    case "addFouPort":
      return `unpack GUE on ${describePort(step)}`;
    case "deleteFouPort":
      return `stop unpacking GUE on ${describePort(step)}`;
    case "addAddress":
    case "deleteAddress": {
      const { address, prefixLength, device } = realServerVip(step);
      const verb = step.operation === "addAddress" ? "add" : "delete";
      return `${verb} VIP ${address}/${prefixLength} on ${device}`;
    }
  }
}

function describePort({ port, family }: FouPort): string {
  return `UDP port ${port} over ${family === "ipv4" ? "IPv4" : "IPv6"}`;
}

/**
 * Executes one step.
 *
 * @throws {LvsctlError} If the kernel refuses.
 */
export function runStep(machine: Machine, step: Step): void {
  switch (step.operation) {
    case "setSysctl":
    case "restoreSysctl":
      return machine.setSysctl(step.name, step.value);
    case "addLink":
      return machine.addLink(step);
    case "deleteLink":
      return machine.deleteLink(step.name);
    case "bringUp":
    case "bringDown":
      return machine.setLinkState(step.name, step.operation === "bringUp");
    case "addFouPort":
      return machine.addFouPort(step);
    case "deleteFouPort":
      return machine.deleteFouPort(step);
    case "addAddress":
      return machine.addAddress(step);
    case "deleteAddress":
      return machine.deleteAddress(step);
  }
}

/**
 * Records a step. The first value of a sysctl counts: after a second change it is still restored to the value before the
 * first.
 *
 * @param options.before The value of the sysctl before the step.
 */
export function recordStep(
  original: OriginalSettings,
  step: Step,
  options: { readonly before?: string | undefined },
): OriginalSettings {
  switch (step.operation) {
    case "setSysctl": {
      const { name, value } = step;
      const before = original.sysctls.find((other) => other.name === name)?.before ?? options.before;
      // A sysctl without an earlier value belongs to an interface that lvsctl created, and disappears with it.
      return before === undefined
        ? original
        : { ...original, sysctls: [...without(original.sysctls, step), { name, before, set: value }] };
    }
    case "restoreSysctl":
      return { ...original, sysctls: without(original.sysctls, step) };
    case "addLink":
      return { ...original, links: [...without(original.links, step), { name: step.name, was: "absent" }] };
    case "bringUp":
      return original.links.some(({ name }) => name === step.name)
        ? original
        : { ...original, links: [...original.links, { name: step.name, was: "down" }] };
    case "bringDown":
    case "deleteLink":
      return { ...original, links: without(original.links, step) };
    case "addFouPort": {
      const { port, family } = step;
      // Without duplicates: after a killed run, the port may be recorded but not open.
      return {
        ...original,
        fouPorts: [...original.fouPorts.filter((other) => !isSamePort(other, step)), { port, family }],
      };
    }
    case "deleteFouPort":
      return { ...original, fouPorts: original.fouPorts.filter((other) => !isSamePort(other, step)) };
    case "addAddress": {
      const { address, device } = step;
      return {
        ...original,
        addresses: [...original.addresses.filter((other) => !isSameAddress(other, step)), { address, device }],
      };
    }
    case "deleteAddress":
      return { ...original, addresses: original.addresses.filter((other) => !isSameAddress(other, step)) };
  }
}

function without<T extends { readonly name: string }>(
  entries: readonly T[],
  { name }: { readonly name: string },
): readonly T[] {
  return entries.filter((entry) => entry.name !== name);
}
