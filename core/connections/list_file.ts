import { asLvsctlError, LvsctlError } from "../errors/mod.ts";
import { openKernelFile } from "../files/mod.ts";
import { CONNECTIONS_FILE } from "./parse.ts";

/** An open list of connections: its bytes in pieces. Disposal closes it. */
export interface ConnectionList extends Iterable<Uint8Array>, Disposable {}

const CHUNK_BYTES = 64 * 1024;

/**
 * Opens the kernel's list of connections.
 *
 * @param path Path of the list.
 * @throws {LvsctlError} If the list does not exist or cannot be read.
 */
export function openConnectionList(path: string = CONNECTIONS_FILE): ConnectionList {
  const file = openList(path);
  return {
    *[Symbol.iterator](): Generator<Uint8Array, void, undefined> {
      const chunk = new Uint8Array(CHUNK_BYTES);
      for (;;) {
        const length = readInto(file, { chunk, path });
        if (length === null) return;
        yield chunk.subarray(0, length);
      }
    },
    [Symbol.dispose]: () => file.close(),
  };
}

function openList(path: string): Deno.FsFile {
  try {
    return openKernelFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new LvsctlError("this kernel has no IPVS", {
        operation: "read the connections",
        errno: "ENOENT",
        hint: 'load its module as root with "modprobe ip_vs"',
        cause: error,
      });
    }
    const isDenied = error instanceof Deno.errors.PermissionDenied;
    throw asLvsctlError(error, {
      operation: "read",
      object: path,
      hint: isDenied ? "run as root: this kernel shows its connections to root only" : undefined,
    });
  }
}

function readInto(file: Deno.FsFile, into: { readonly chunk: Uint8Array; readonly path: string }): number | null {
  try {
    return file.readSync(into.chunk);
  } catch (error) {
    throw asLvsctlError(error, { operation: "read", object: into.path });
  }
}
