import type { LvsctlError } from "../../core/errors/mod.ts";
import type { Io } from "../context/io.ts";
import { documentJson, type Json } from "./json.ts";

/**
 * Prints the document of an error as one line of standard error: standard output has documents of the command, or
 * nothing.
 *
 * @param options.advice Lines that help with the error, for its hint.
 */
export function printErrorDocument(
  io: Io,
  error: LvsctlError,
  { advice }: { readonly advice: readonly string[] },
): void {
  const hints = [...(error.hint === undefined ? [] : [error.hint]), ...advice];
  const hint = hints.length === 0 ? null : hints.map((text) => text.replace(/\.$/, "")).join("; ");
  const document = documentJson({ error: { ...errorJson(error), hint } });
  io.err(`${JSON.stringify(document)}\n`);
}

/** An error as JSON. */
export function errorJson(
  { operation, object, reason, errno, hint, message, exitCode }: LvsctlError,
): { readonly [key: string]: Json } {
  return {
    operation: operation === "" ? null : operation,
    object: object === "" ? null : object,
    reason,
    errno: errno ?? null,
    hint: hint ?? null,
    message,
    status: exitCode,
  };
}
