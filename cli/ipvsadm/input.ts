import type { Io } from "../context/io.ts";

/**
 * Reads standard input piece by piece, so that a restore runs each command as soon as it arrives; streams without
 * `readChunk` are read whole.
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
