import type { Context } from "../../cli/context/context.ts";
import { SYSTEM_HOST } from "../../cli/context/host.ts";
import type { Io } from "../../cli/context/io.ts";
import { systemSurroundings } from "../../cli/context/surroundings.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";

/** A context whose kernel, machine and files a test gives; opening any other resource is a failure of the test. */
export function testContext(io: Io, resources: Partial<Context> = {}): Context {
  const refused = (resource: string) => (): never => {
    throw new Error(`the command opened ${resource}`);
  };
  return {
    io,
    args: [],
    directories: undefined,
    openIpvs: refused("the kernel"),
    openRehearsal: refused("a network namespace"),
    openVips: refused("the addresses"),
    openRoutes: refused("the routes"),
    openServerProber: refused("the links of real servers"),
    host: SYSTEM_HOST,
    openRealServer: refused("the machine"),
    openConnections: refused("the list of connections"),
    clock: SYSTEM_CLOCK,
    listenForInterruption: () => ({ signal: new AbortController().signal, [Symbol.dispose]: () => {} }),
    surroundings: systemSurroundings(),
    ...resources,
  };
}
