import type { RealServer } from "../../model/mod.ts";

/** What is legal and most probably not meant, about a service. */
export interface LintFinding {
  /** What kind of finding it is: "weights-zero". */
  readonly code: string;
  /** What is found and what follows from it: one sentence without its period. */
  readonly message: string;
  /** The key that it is about, of the server where there is one, otherwise of the service. */
  readonly key: string;
  /** The server that it is about. */
  readonly server?: RealServer | undefined;
  /** The text that it is about, somewhere in the value of the key; the value itself where there is none. */
  readonly text?: string | undefined;
}
