import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import type { Io } from "./io.ts";
import { inform } from "./verbosity.ts";

/** What a command is about to do, as far as consent is concerned. */
export interface ConsentRequest {
  /** The operation of the error message, as a verb phrase: "restore". */
  readonly operation: string;
  /** The object of the error message. */
  readonly object?: string | undefined;
  /** Sentences about what it takes away: "it deletes virtual service fwmark:1"; none if it only adds and edits. */
  readonly losses: () => readonly string[];
  /** Whether a terminal is asked even if nothing is taken away. */
  readonly asksAlways: boolean;
  /** The lines that a terminal shows above the question. */
  readonly plan: () => string;
  /** The question, without its line end. */
  readonly question: () => string;
  /** Whether the command line answers: `--yes`. */
  readonly yes?: boolean | undefined;
}

/** Whether a question can be asked: there is a terminal, and `--no-input` does not forbid it. */
export function canAsk({ canAsk, refusesQuestions }: Io): boolean {
  return refusesQuestions !== true && canAsk === true;
}

/**
 * The one rule of consent: whether a command may go on.
 *
 * `--yes` answers. Where there is a terminal, the plan is shown and the question asked. Where there is none, and with
 * `--no-input`, a command that only adds and edits goes on, so that a boot script needs no option, and one that takes
 * something away is refused.
 *
 * @returns Whether to go on; after a no, which is reported on standard error, it is false.
 * @throws {LvsctlError} If something is taken away, `--yes` is missing and there is no terminal.
 */
export function consents(io: Io, request: ConsentRequest): boolean {
  const { operation, object, asksAlways, yes = false } = request;
  if (yes) return true;
  const losses = request.losses();
  const mayAsk = canAsk(io);
  if (losses.length === 0 && !(asksAlways && mayAsk)) return true;
  const answer = mayAsk ? io.confirm(request.question(), request.plan()) : undefined;
  if (answer === false) inform(io, "lvsctl: nothing was changed\n", { stream: "err" });
  if (answer !== undefined || losses.length === 0) return answer ?? true;
  const reason = io.refusesQuestions ? "--no-input forbids the question" : "there is no terminal for the question";
  throw new LvsctlError(`${losses.join(", ")}, and ${reason}`, {
    operation,
    object,
    hint: "nothing was changed; add --yes to do it",
    exitCode: EXIT.usage,
  });
}
