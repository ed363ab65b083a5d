/**
 * Entry point of lvsctl, and the only place that ends the process.
 *
 * @module
 */

import { invokedAs, restoreEnvironment, typedName } from "./invocation.ts";
import { systemIo } from "./context/io.ts";
import { dispatch } from "./dispatch.ts";

if (import.meta.main) {
  const started = { program: invokedAs(), typed: typedName() };
  restoreEnvironment();
  // Not Deno.exit: the runtime keeps its compiled code for the next start only if the program ends by itself.
  Deno.exitCode = await dispatch(Deno.args, systemIo(), started);
}
