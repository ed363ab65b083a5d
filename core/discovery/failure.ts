import { LvsctlError } from "../errors/mod.ts";
import { oneLine } from "../model/mod.ts";
import { AnswerError, describeNetworkFailure } from "../net/mod.ts";

/** Why a source could not be read, as one line of text. */
export function failureReason(error: unknown): string {
  if (error instanceof AnswerError || error instanceof LvsctlError) return oneLine(error.message);
  if (error instanceof DOMException && error.name === "AbortError") return "no answer in time";
  return oneLine(describeNetworkFailure(error).reason);
}
