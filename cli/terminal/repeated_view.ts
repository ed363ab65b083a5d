import { sleep } from "../../core/time/mod.ts";
import type { Context } from "../context/context.ts";

/** A view that is printed repeatedly. */
export interface RepeatedView {
  /** Shows the view once, and stops if the signal is aborted. The result false ends the view. */
  readonly show: (signal: AbortSignal) => Promise<boolean>;
  /** The time between two views; milliseconds. */
  readonly intervalMs: number;
}

/**
 * Shows a view repeatedly until it ends itself or a signal arrives.
 *
 * @throws {unknown} The error of the view, unless it had been ended already.
 */
export async function showRepeatedly(context: Context, view: RepeatedView): Promise<void> {
  using interruption = context.listenForInterruption();
  await repeat(context, view, { signal: interruption.signal });
}

/**
 * As {@linkcode showRepeatedly}, until `options.signal` is aborted.
 *
 * @throws {unknown} The error of the view, unless it had been ended already.
 */
export async function repeat(
  { clock }: Context,
  { show, intervalMs }: RepeatedView,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (!await show(signal)) return;
      await sleep(intervalMs, { clock, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
