/**
 * Prints what {@linkcode refusals} finds in this process, for a test that starts it with fewer rights.
 *
 * @module
 */

import { openIpvs } from "../../core/system/ipvs.ts";
import { refusals } from "./refusals.ts";

using client = openIpvs();
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(refusals(client))));
