/**
 * Entry point of lvsctl, and the only place that ends the process.
 *
 * @module
 */

import { systemContext } from "./context.ts";
import { systemIo } from "./io.ts";
import { run } from "./run.ts";

if (import.meta.main) Deno.exit(await run(Deno.args, systemContext(systemIo())));
