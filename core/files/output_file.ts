/**
 * Creates a file that must not exist yet: not even a symbolic link of that name is followed. Throws the system's errors.
 *
 * @param options.mode The file's mode, which the process's mask reduces.
 */
export function createNewFile(path: string, options: { readonly mode: number }): Deno.FsFile {
  return Deno.openSync(path, { write: true, createNew: true, ...options });
}

/** Opens an existing file, such as a device, for writing, and keeps its content. Throws the system's errors. */
export function openForWriting(path: string): Deno.FsFile {
  return Deno.openSync(path, { write: true });
}
