import type { CheckPath, FileCheck, ServerId } from "../../model/mod.ts";
import { fillIn, serverPlaceholders, servicePlaceholders } from "../../process/mod.ts";
import { judgeText } from "./text_expectation.ts";
import { textOf } from "./exchange.ts";
import type { ExchangeOptions, Outcome } from "../../net/mod.ts";

/** How much of a file is read. */
const MAX_FILE_BYTES = 64 * 1024;

/** The largest weight that a file can ask for. */
const MAX_WEIGHT = 65535;

/** The beginning of a file; `undefined` if there is none. */
async function readStart(path: string): Promise<Uint8Array | undefined> {
  try {
    // Opening a pipe would wait for whoever writes to it.
    if (!(await Deno.stat(path)).isFile) return undefined;
    using file = await Deno.open(path);
    const bytes = new Uint8Array(MAX_FILE_BYTES);
    let length = 0;
    for (let count: number | null = 0; count !== null && length < bytes.length;) {
      count = await file.read(bytes.subarray(length));
      length += count ?? 0;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function judge(bytes: Uint8Array | undefined, check: FileCheck): Outcome {
  const { condition, expect } = check;
  if (condition === "absent") {
    return bytes === undefined ? { ok: true, detail: "no such file" } : { ok: false, reason: "the file is there" };
  }
  if (bytes === undefined) return { ok: false, reason: "no such file" };
  if (condition === "present") {
    const reason = judgeText(expect ?? {}, { text: new TextDecoder().decode(bytes), what: "file" });
    return reason === undefined ? { ok: true, detail: "the file is there" } : { ok: false, reason };
  }
  const digits = /^\s*(\d{1,5})\s*$/.exec(textOf(bytes))?.[1];
  const weight = Number(digits ?? Infinity);
  if (weight > MAX_WEIGHT) return { ok: false, reason: `the file holds no weight from 0 to ${MAX_WEIGHT}` };
  return weight === 0 ? { ok: false, reason: "the file says 0" } : { ok: true, detail: `weight ${weight}`, weight };
}

/** The `file` prober: a file on this machine is there or not, says something, or holds a weight. */
export async function probeFile(
  target: ServerId,
  check: FileCheck & CheckPath,
  { signal }: ExchangeOptions,
): Promise<Outcome> {
  try {
    const values = { ...serverPlaceholders(target), ...servicePlaceholders(check.service) };
    const bytes = await readStart(fillIn(check.path, values));
    return signal.aborted ? { ok: "aborted", awaited: "file" } : judge(bytes, check);
  } catch (error) {
    // It is there and cannot be read: nothing that says anything of a server.
    const text = error instanceof Error ? error.message.replace(/ \(os error \d+\).*$/s, "") : String(error);
    return { ok: false, reason: `cannot read the file: ${text}`, inconclusive: true };
  }
}
