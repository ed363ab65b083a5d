/**
 * Listens at a path: only this user can connect. An existing socket is replaced: the caller makes sure that no other
 * process uses it. A missing directory is created. Throws the system's errors.
 *
 * @param path The path of the socket.
 * @param options.group The id of a group whose users can connect too; undefined for none.
 */
export function listenAtPath(
  path: string,
  { group }: { readonly group: number | undefined },
): Deno.UnixListener {
  Deno.mkdirSync(path.slice(0, Math.max(path.lastIndexOf("/"), 1)), { recursive: true, mode: 0o755 });
  removeSocket(path);
  // By umask, because a later chmod would leave the socket open to all users for a moment.
  const mask = Deno.umask(0o177);
  let listener: Deno.UnixListener;
  try {
    listener = Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(mask);
  }
  try {
    if (group !== undefined) admit(path, group);
  } catch (error) {
    listener.close();
    removeSocket(path);
    throw error;
  }
  return listener;
}

/** Lets the users of a group connect: the group first, because the mode alone would admit the former one. */
function admit(path: string, group: number): void {
  Deno.chownSync(path, null, group);
  Deno.chmodSync(path, 0o660);
}

/** Removes a socket; a file of another kind stays, and listening fails. Throws the system's errors. */
export function removeSocket(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
