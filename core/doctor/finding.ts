export { counted, listNames } from "../model/mod.ts";

/** The severity of a finding; `ok` if nothing is wrong. */
export type Severity = "error" | "warning" | "note" | "ok";

/** One step of a fix. */
export type FixStep =
  /** Sets a sysctl until the next boot. */
  | { readonly kind: "sysctl"; readonly name: string; readonly value: string }
  /** Loads a kernel module. */
  | { readonly kind: "module"; readonly name: string }
  /** A command that a person has to decide about and run. */
  | { readonly kind: "command"; readonly command: string };

/** The fix of a finding. */
export interface Fix {
  /** Its steps, in order. */
  readonly steps: readonly FixStep[];
  /** Whether it can run without confirmation: it changes nothing but what was found. */
  readonly isSafe: boolean;
}

/** The result of one examination of the director. */
export interface Finding {
  /** Its kind, from a fixed set: scripts may compare it. */
  readonly id: string;
  /** Its severity. */
  readonly severity: Severity;
  /** The object that it is about, where several have the same id: an address, a scheduler. */
  readonly object?: string | undefined;
  /** The observation; a sentence without its period. */
  readonly what: string;
  /** The consequence. */
  readonly why?: string | undefined;
  /** The fix, if a command fixes it. */
  readonly fix?: Fix | undefined;
}

/** The command line of a step. */
export function stepCommand(step: FixStep): string {
  switch (step.kind) {
    case "sysctl":
      return `sysctl -w ${step.name}=${/\s/.test(step.value) ? `"${step.value}"` : step.value}`;
    case "module":
      return `modprobe ${step.name}`;
    case "command":
      return step.command;
  }
}

/** A safe fix that sets sysctls, in order. */
export function setting(...values: readonly (readonly [name: string, value: string])[]): Fix {
  return { steps: values.map(([name, value]) => ({ kind: "sysctl", name, value })), isSafe: true };
}

/** As {@linkcode setting}, for a matter of choice: it is proposed and never run. */
export function proposedSetting(...values: readonly (readonly [name: string, value: string])[]): Fix {
  return { ...setting(...values), isSafe: false };
}

/** A safe fix that loads a module. */
export function loadingModule(name: string): Fix {
  return { steps: [{ kind: "module", name }], isSafe: true };
}

/** A fix of commands for a person to run. */
export function commands(...commands: readonly string[]): Fix {
  return { steps: commands.map((command) => ({ kind: "command", command })), isSafe: false };
}

/** A finding that nothing is wrong. */
export function fine(id: string, what: string, { object }: { readonly object?: string } = {}): Finding {
  return { id, severity: "ok", what, object };
}

/** The number of objects with commands: as many as listNames() writes out. */
const MAX_LISTED_NAMES = 5;

/** The commands for the objects that listNames() writes out. */
export function commandsFor<T>(objects: readonly T[], commandsOf: (object: T) => readonly string[]): Fix {
  return commands(...objects.slice(0, MAX_LISTED_NAMES).flatMap(commandsOf));
}

/** The end of a sentence about a fix by {@linkcode commandsFor}: the commands of the other objects. */
export function otherCommands(objects: readonly unknown[]): string {
  const others = objects.length - MAX_LISTED_NAMES;
  return others > 0 ? `; the commands for the other ${others} differ by the address` : "";
}

/** The form of a word that fits one object, or several. */
export function agree(objects: readonly unknown[], [one, several]: readonly [one: string, several: string]): string {
  return objects.length === 1 ? one : several;
}
