/** One file of each kind in a directory of its own, which disposal deletes. */
export interface SpecialFiles extends AsyncDisposable {
  /** The directory of all of them. */
  readonly directory: string;
  /** A regular file with the text "content". */
  readonly regular: string;
  /** A symbolic link to the regular file. */
  readonly link: string;
  /** A symbolic link to a file that does not exist. */
  readonly danglingLink: string;
  /** A named pipe without a writer. */
  readonly fifo: string;
  /** A symbolic link to the named pipe. */
  readonly linkToFifo: string;
  /** A socket. */
  readonly socket: string;
}

/** Makes one file of each kind. */
export async function makeSpecialFiles(): Promise<SpecialFiles> {
  const directory = await Deno.makeTempDir();
  const path = (name: string): string => `${directory}/${name}`;
  Deno.writeTextFileSync(path("regular"), "content\n");
  Deno.symlinkSync("regular", path("link"));
  Deno.symlinkSync("none", path("dangling"));
  makeFifo(path("fifo"));
  Deno.symlinkSync("fifo", path("link-to-fifo"));
  const listener = Deno.listen({ transport: "unix", path: path("socket") });
  return {
    directory,
    regular: path("regular"),
    link: path("link"),
    danglingLink: path("dangling"),
    fifo: path("fifo"),
    linkToFifo: path("link-to-fifo"),
    socket: path("socket"),
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Makes a named pipe. */
export function makeFifo(path: string): void {
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  if (!success) throw new Error(`mkfifo ${path} failed`);
}
