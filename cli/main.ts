/**
 * Entry point of lvsctl, and the only place that ends the process.
 *
 * @module
 */

import { invokedAs, isCodeKept, restoreEnvironment, typedName } from "./invocation.ts";
import { systemIo } from "./context/io.ts";
import { dispatch } from "./dispatch.ts";

if (import.meta.main) {
  const started = { program: invokedAs(), typed: typedName() };
  const isKept = isCodeKept();
  restoreEnvironment();
  const status = await dispatch(Deno.args, systemIo(), started);
  // The runtime keeps its compiled code for the next start only if the program ends by itself. Later starts end at once:
  // otherwise the runtime would release all memory in many calls, which the kernel does by itself.
  if (isKept) Deno.exit(status);
  Deno.exitCode = status;
}
