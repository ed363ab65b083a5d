import type { RealServer } from "../../model/mod.ts";

/** A construct in a service that is valid but probably a mistake. */
export interface LintFinding {
  /** Kind of the finding: "weights-zero". */
  readonly code: string;
  /** The mistake and its effect: one sentence without its period. */
  readonly message: string;
  /** The key in question: of the server if there is one, otherwise of the service. */
  readonly key: string;
  /** The server in question; undefined if the finding is about the service. */
  readonly server?: RealServer | undefined;
  /** The text in question, somewhere in the key's value; undefined if it is the whole value. */
  readonly text?: string | undefined;
}
