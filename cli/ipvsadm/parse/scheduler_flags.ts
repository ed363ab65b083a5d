import { IpvsadmFailure } from "../failure.ts";

const PLAIN_FLAGS: Readonly<Record<string, number>> = { "flag-1": 1, "flag-2": 2, "flag-3": 4 };

const OWN_FLAGS: Readonly<Record<string, { readonly scheduler: string; readonly bit: number }>> = {
  "sh-fallback": { scheduler: "sh", bit: 1 },
  "sh-port": { scheduler: "sh", bit: 2 },
  "mh-fallback": { scheduler: "mh", bit: 1 },
  "mh-port": { scheduler: "mh", bit: 2 },
};

/**
 * Parses a list of scheduler flags and skips empty names; ipvsadm 1.31 crashes on ",".
 *
 * @throws {IpvsadmFailure} If a flag is unknown or belongs to another scheduler.
 */
export function readSchedulerFlags(text: string, scheduler: string): number {
  let bits = 0;
  for (const name of text.split(",")) {
    if (name === "") continue;
    const own = OWN_FLAGS[name];
    if (own !== undefined && own.scheduler !== scheduler) {
      throw new IpvsadmFailure(`incompatible scheduler flag \`${name}'`);
    }
    const bit = own?.bit ?? PLAIN_FLAGS[name];
    if (bit === undefined) throw new IpvsadmFailure(`invalid scheduler flag \`${name}'`);
    bits |= bit;
  }
  return bits;
}

const OWN_NAMES: Readonly<Record<string, readonly string[]>> = {
  sh: ["sh-fallback", "sh-port"],
  mh: ["mh-fallback", "mh-port"],
};

/** Formats scheduler flags as names with commas between them; ipvsadm has no name for the third flag of sh and mh. */
export function formatSchedulerFlagNames(scheduler: string, bits: number): string {
  return (OWN_NAMES[scheduler] ?? Object.keys(PLAIN_FLAGS)).filter((_, bit) => (bits & (1 << bit)) !== 0).join(",");
}
