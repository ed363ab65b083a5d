/**
 * The inputs that once failed: `corpus/TARGET/NAME`.
 *
 * @module
 */
import type { Finding } from "./fuzzer.ts";

const CORPUS = new URL("corpus/", import.meta.url);

/** Reads the corpus of a target, sorted by name; empty if it has none. */
export function readCorpus(target: string): readonly Uint8Array[] {
  const directory = new URL(`${target}/`, CORPUS);
  return namesIn(directory).map((name) => Deno.readFileSync(new URL(name, directory)));
}

/** The targets that have a corpus. */
export function corpusTargets(): readonly string[] {
  return namesIn(CORPUS);
}

function namesIn(directory: URL): readonly string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * Writes the input of a finding.
 *
 * @param directory The directory, which is created if it is missing.
 * @returns The path of the file.
 */
export async function writeFinding(directory: string, { target, input }: Finding): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", input.slice()));
  const name = [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  await Deno.mkdir(`${directory}/${target}`, { recursive: true });
  const path = `${directory}/${target}/${name}`;
  await Deno.writeFile(path, input);
  return path;
}
