import type { FouPort } from "../fou/mod.ts";
import type { NewLink } from "../rtnetlink/mod.ts";
import { type AddressPlace, type Machine, realServerVip } from "./machine.ts";
import { type OriginalSettings, samePlace, samePort } from "./original_settings.ts";

/** One change of a real server's kernel: those that set up, and those that put back. */
export type Step =
  | { readonly operation: "setSysctl" | "restoreSysctl"; readonly name: string; readonly value: string }
  | ({ readonly operation: "addLink" } & NewLink)
  | { readonly operation: "bringUp" | "bringDown" | "deleteLink"; readonly name: string }
  | ({ readonly operation: "addFouPort" | "deleteFouPort" } & FouPort)
  | ({ readonly operation: "addAddress" | "deleteAddress" } & AddressPlace);

/** A step in words: "set net.ipv4.conf.all.arp_ignore to 1". */
export function describeStep(step: Step): string {
  switch (step.operation) {
    case "setSysctl":
      return `set ${step.name} to ${step.value}`;
    case "restoreSysctl":
      return `set ${step.name} back to ${step.value}`;
    case "addLink":
      return `make the interface ${step.name} (${step.kind})`;
    case "deleteLink":
      return `delete the interface ${step.name}`;
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
 * Makes one step.
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
 * What is to be remembered once a step has been made. What was first is kept: a sysctl that is set a second time goes
 * back to what it was before the first.
 *
 * @param options.before The value of the sysctl that the step sets.
 */
export function rememberStep(
  memory: OriginalSettings,
  step: Step,
  options: { readonly before?: string | undefined },
): OriginalSettings {
  switch (step.operation) {
    case "setSysctl": {
      const { name, value } = step;
      const before = memory.sysctls.find((other) => other.name === name)?.before ?? options.before;
      // Without a value before, it came with an interface that lvsctl made, and goes with it.
      return before === undefined
        ? memory
        : { ...memory, sysctls: [...without(memory.sysctls, step), { name, before, set: value }] };
    }
    case "restoreSysctl":
      return { ...memory, sysctls: without(memory.sysctls, step) };
    case "addLink":
      return { ...memory, links: [...without(memory.links, step), { name: step.name, was: "absent" }] };
    case "bringUp":
      return memory.links.some(({ name }) => name === step.name)
        ? memory
        : { ...memory, links: [...memory.links, { name: step.name, was: "down" }] };
    case "bringDown":
    case "deleteLink":
      return { ...memory, links: without(memory.links, step) };
    case "addFouPort": {
      const { port, family } = step;
      // Once: after a killed run, what was remembered need not have been made.
      return { ...memory, fouPorts: [...memory.fouPorts.filter((other) => !samePort(other, step)), { port, family }] };
    }
    case "deleteFouPort":
      return { ...memory, fouPorts: memory.fouPorts.filter((other) => !samePort(other, step)) };
    case "addAddress": {
      const { address, device } = step;
      return {
        ...memory,
        addresses: [...memory.addresses.filter((other) => !samePlace(other, step)), { address, device }],
      };
    }
    case "deleteAddress":
      return { ...memory, addresses: memory.addresses.filter((other) => !samePlace(other, step)) };
  }
}

function without<T extends { readonly name: string }>(
  entries: readonly T[],
  { name }: { readonly name: string },
): readonly T[] {
  return entries.filter((entry) => entry.name !== name);
}
