import { readFileStart } from "../../files/mod.ts";
import type { CheckPath, FileCheck, ServerId } from "../../model/mod.ts";
import { fillIn, serverPlaceholders, servicePlaceholders } from "../../process/mod.ts";
import { judgeText } from "./text_expectation.ts";
import { textOf } from "./exchange.ts";
import type { ExchangeOptions, Outcome } from "../../net/mod.ts";

/** Most bytes that are read. */
const MAX_FILE_BYTES = 64 * 1024;

/** The largest weight that a file can ask for. */
const MAX_WEIGHT = 65535;

function judge(bytes: Uint8Array | undefined, check: FileCheck): Outcome {
  const { condition, expect } = check;
  if (condition === "absent") {
    return bytes === undefined ? { ok: true, detail: "no such file" } : { ok: false, reason: "the file exists" };
  }
  if (bytes === undefined) return { ok: false, reason: "no such file" };
  if (condition === "present") {
    const reason = judgeText(expect ?? {}, { text: new TextDecoder().decode(bytes), what: "file" });
    return reason === undefined ? { ok: true, detail: "the file exists" } : { ok: false, reason };
  }
  const digits = /^\s*(\d{1,5})\s*$/.exec(textOf(bytes))?.[1];
  const weight = Number(digits ?? Infinity);
  if (weight > MAX_WEIGHT) return { ok: false, reason: `the file has no weight from 0 to ${MAX_WEIGHT}` };
  return weight === 0
    ? { ok: false, reason: "the file has weight 0" }
    : { ok: true, detail: `weight ${weight}`, weight };
}

/** The `file` prober: a file on this machine is present, absent, has a text, or has a weight. */
export async function probeFile(
  target: ServerId,
  check: FileCheck & CheckPath,
  { signal, network }: ExchangeOptions,
): Promise<Outcome> {
  try {
    const values = { ...serverPlaceholders(target), ...servicePlaceholders(check.service) };
    const bytes = await readFileStart(fillIn(check.path, values), {
      maxBytes: MAX_FILE_BYTES,
      open: network?.openFile,
    });
    return signal.aborted ? { ok: "aborted", awaited: "file" } : judge(bytes, check);
  } catch (error) {
    // A file that cannot be read says nothing about the server.
    const text = error instanceof Error ? error.message.replace(/ \(os error \d+\).*$/s, "") : String(error);
    return { ok: false, reason: `cannot read the file: ${text}`, inconclusive: true };
  }
}
