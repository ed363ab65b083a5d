/** How bad a finding is: `ok` says that there is nothing. */
export type Severity = "error" | "warning" | "note" | "ok";

/** One step of mending something. */
export type FixStep =
  /** Sets a sysctl until the next start of the machine. */
  | { readonly kind: "sysctl"; readonly name: string; readonly value: string }
  /** Loads a kernel module. */
  | { readonly kind: "module"; readonly name: string }
  /** What a person has to decide about, and run. */
  | { readonly kind: "command"; readonly command: string };

/** How something is mended. */
export interface Fix {
  /** In order. */
  readonly steps: readonly FixStep[];
  /** Whether it can be run without asking anybody: nothing but what was found changes by it. */
  readonly isSafe: boolean;
}

/** Something that was looked at on the director. */
export interface Finding {
  /** What it is about, from a fixed set: scripts may compare it. */
  readonly id: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** Which one of several that have the same id: an address, a scheduler... */
  readonly object?: string;
  /** What was found; a sentence without its period. */
  readonly what: string;
  /** Why that matters. */
  readonly why?: string;
  /** How to mend it, where a command does. */
  readonly fix?: Fix;
}

/** The command line that does a step. */
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

/** A fix that sets sysctls, in order, and can be run without asking. */
export function setting(...values: readonly (readonly [name: string, value: string])[]): Fix {
  return { steps: values.map(([name, value]) => ({ kind: "sysctl", name, value })), isSafe: true };
}

/** As {@linkcode setting}, where it is a matter of choice: only told. */
export function proposedSetting(...values: readonly (readonly [name: string, value: string])[]): Fix {
  return { ...setting(...values), isSafe: false };
}

/** A fix that loads a module. */
export function loading(name: string): Fix {
  return { steps: [{ kind: "module", name }], isSafe: true };
}

/** Commands for a person to run. */
export function byHand(...commands: readonly string[]): Fix {
  return { steps: commands.map((command) => ({ kind: "command", command })), isSafe: false };
}

/** A finding that says that all is well. */
export function fine(id: string, what: string, object?: string): Finding {
  return { id, severity: "ok", what, ...(object === undefined ? {} : { object }) };
}

/** Several names in words: "a, b and 3 more". */
export function listNames(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(", ");
  return `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`;
}

const MOST_NAMES = 5;

/** A number and its noun: "1 server", "2 servers". */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
