import { formatServiceId, type RealServer, type ServiceId } from "../model/mod.ts";

/**
 * The severity of a finding: with an `error` the kernel refuses the setting, or no packet ever matches it; with a
 * `warning` it probably has another effect than its author expects.
 */
export type FindingSeverity = "error" | "warning";

/** A setting of a service that cannot work, or is probably a mistake. */
export interface ServiceFinding {
  /** Kind of the finding, from a fixed set: "weights-zero". */
  readonly code: string;
  /** Its severity; undefined is a warning. */
  readonly severity?: FindingSeverity | undefined;
  /** The mistake and its effect: one sentence without its period. */
  readonly message: string;
  /** The way out, as an instruction; undefined if the message implies it. */
  readonly remedy?: string | undefined;
  /** The key in question: of the server if there is one, otherwise of the service. */
  readonly key: string;
  /** The server in question; undefined if the finding is about the service. */
  readonly server?: RealServer | undefined;
  /** The text in question, somewhere in the key's value; undefined if it is the whole value. */
  readonly text?: string | undefined;
}

/** The words of a finding: the mistake, its effect and the way out. */
export function findingText({ message, remedy }: Pick<ServiceFinding, "message" | "remedy">): string {
  return remedy === undefined ? message : `${message}; ${remedy}`;
}

/** Writes a finding of a command that goes on, as one line: "warning: tcp://192.0.2.10:80: the service has no servers [no-servers]". */
export function formatFinding(id: ServiceId, finding: ServiceFinding): string {
  return `warning: ${formatServiceId(id)}: ${findingText(finding)} [${finding.code}]`;
}
