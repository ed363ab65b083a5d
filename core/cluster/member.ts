import { isCount, isMoment, itemsOf, textOf } from "../json/mod.ts";
import { defined, LABEL, oneLine } from "../model/mod.ts";
import { parseFields } from "./version.ts";

/** A director that runs, as it describes itself in the store. */
export interface Member {
  /** Its name, which is unique. */
  readonly name: string;
  /** The id of the daemon's run. */
  readonly instance: string;
  /** The version of lvsctl. */
  readonly program: string;
  /** The number of its active version; 0 without one. */
  readonly number: number;
  /** The digest of its active version. */
  readonly digest: string;
  /** The time of this description; milliseconds since 1970. */
  readonly at: number;
  /** The health of its services in one line. */
  readonly health: string;
  /** The labels that it has outside the file, such as role=edge. */
  readonly labels: readonly string[];
  /** The last error about a version. */
  readonly error?: string | undefined;
}

/** A member as it is stored. */
export function formatMember(member: Member): string {
  return JSON.stringify({ format: 1, ...member, error: member.error ?? null });
}

/** Parses a stored member; `undefined` if it is damaged or of another format. */
export function parseMember(stored: string): Member | undefined {
  const fields = parseFields(stored);
  const text = (name: string): string | undefined => {
    const value = textOf(fields[name]);
    return value === undefined ? undefined : oneLine(value);
  };
  const { number, at } = fields;
  const [name, instance, program] = [text("name"), text("instance"), text("program")];
  const [digest, health] = [text("digest"), text("health")];
  if (name === undefined || instance === undefined || program === undefined) return undefined;
  if (digest === undefined || health === undefined || !isCount(number) || !isMoment(at)) return undefined;
  return defined({
    name,
    instance,
    program,
    number,
    digest,
    at,
    health,
    labels: labelsOf(fields["labels"]),
    error: text("error"),
  });
}

/** The labels of a stored member; an older program stores none. */
function labelsOf(stored: unknown): readonly string[] {
  return itemsOf(stored).flatMap((label) => typeof label === "string" && LABEL.test(label) ? [label] : []);
}

/** The name of the member that is next, in the order of names; undefined if all have the version. */
export function nextTurn(
  members: readonly Member[],
  { number, digest }: { readonly number: number; readonly digest: string },
): string | undefined {
  return members.filter((member) => member.number !== number || member.digest !== digest)
    .map(({ name }) => name).sort()[0];
}
