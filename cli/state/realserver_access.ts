import type { Directories } from "./directories.ts";
import { openRealServer } from "../../core/system/realserver.ts";
import { RealServerFile } from "./realserver_file.ts";
import type { Machine as RealServerMachine } from "../../core/realserver/mod.ts";

/**
 * Opens the machine that lvsctl runs on.
 *
 * @param directories The directories of the file with the state of real servers.
 * @throws {LvsctlError} If libnl is missing, or the kernel gives no socket.
 */
export function openRealServerAccess(directories: Directories): Promise<RealServerAccess> {
  const machine = openRealServer();
  return Promise.resolve({
    machine,
    states: new RealServerFile(directories),
    [Symbol.dispose]: () => machine[Symbol.dispose](),
  });
}

/** A machine to set up as a real server, and its stored state; disposing of it closes the machine. */
export interface RealServerAccess extends Disposable {
  /** This machine. */
  readonly machine: RealServerMachine;
  /** The file with its state. */
  readonly states: RealServerFile;
}
