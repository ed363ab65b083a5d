import type { Io } from "../context/io.ts";

/**
 * Standard input as it comes, so that who writes commands to a restore one after another sees each of them done;
 * streams that cannot be read so give all of it.
 */
export function* readInput(io: Io): Generator<string> {
  if (io.readChunk === undefined) {
    yield io.readStdin();
    return;
  }
  const decoder = new TextDecoder();
  for (let chunk = io.readChunk(); chunk !== null; chunk = io.readChunk()) {
    yield decoder.decode(chunk, { stream: true });
  }
}
