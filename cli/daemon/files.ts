import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { lockProcess } from "../state/process_lock.ts";
import type { Directories } from "../state/directories.ts";
import { tableNamespace } from "../state/namespace.ts";

/** The files of the daemon, of which there is one for each table. */
export interface DaemonFiles {
  /** Its control socket. */
  readonly socket: string;
  /** What it knows, for the next one. */
  readonly state: string;
}

/** Where the daemon of this network namespace has its files. */
export function daemonFiles({ run }: Directories): DaemonFiles {
  const namespace = tableNamespace();
  return { socket: `${run}/daemon-${namespace}.sock`, state: `${run}/daemon-${namespace}.json` };
}

/**
 * Makes this process the one daemon of its table until it is disposed of.
 *
 * @param directories Where the lock is.
 * @param options.file What it is to bring about, for the message that another one prints.
 * @param options.onUnusable Is told why that cannot be locked; then nobody is kept out.
 * @throws {LvsctlError} If there is one already; the message names its process.
 */
export function lockDaemon(
  directories: Directories,
  options: { readonly file: string; readonly onUnusable: (reason: LvsctlError) => void },
): Disposable {
  const { file, onUnusable } = options;
  return lockProcess({
    directory: directories.run,
    name: "daemon",
    purpose: `run ${file}`.slice(0, 200).replace(/\p{Cc}/gu, " "),
    timeoutMs: 0,
    onUnusable,
    heldError: (holder) =>
      new LvsctlError(`${holder} looks after this table already`, {
        operation: "start the daemon",
        errno: "EWOULDBLOCK",
        hint: "stop that one; for several files use one that includes them",
        exitCode: EXIT.refused,
      }),
  });
}
