import type { Directories } from "./directories.ts";
import { openRealServer } from "../../core/system/realserver.ts";
import { RealServerFile } from "./realserver_file.ts";
import type { Machine as RealServerMachine } from "../../core/realserver/mod.ts";

/**
 * Opens the machine that lvsctl runs on.
 *
 * @param directories Where the state of real servers is stored.
 * @throws {LvsctlError} If libnl is missing, or the kernel gives no socket.
 */
export function openRealServerAccess(directories: Directories): Promise<RealServerAccess> {
  const machine = openRealServer();
  return Promise.resolve({
    machine,
    states: new RealServerFile(`${directories.run}/realserver.json`),
    [Symbol.dispose]: () => machine[Symbol.dispose](),
  });
}

/** What setting up a real server works with; disposing of it closes the machine. */
export interface RealServerAccess extends Disposable {
  /** This machine. */
  readonly machine: RealServerMachine;
  /** Where it is kept what it was set up for. */
  readonly states: RealServerFile;
}
