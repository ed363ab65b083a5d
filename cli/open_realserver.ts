import { openRealServer } from "../core/open_realserver.ts";
import type { RealServerAccess } from "./context.ts";
import { RealServerFile } from "./realserver_file.ts";

/**
 * Opens the machine that lvsctl runs on.
 *
 * @throws {LvsctlError} If libnl is missing, or the kernel gives no socket.
 */
export function openRealServerAccess(): Promise<RealServerAccess> {
  const machine = openRealServer();
  return Promise.resolve({
    machine,
    states: new RealServerFile(),
    [Symbol.dispose]: () => machine[Symbol.dispose](),
  });
}
