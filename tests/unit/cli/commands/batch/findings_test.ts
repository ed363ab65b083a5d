import assert from "node:assert/strict";
import { EXIT } from "../../../../../core/errors/mod.ts";
import { type CommandLineOptions, lvsctl, type Printed } from "../../../../support/command_line.ts";
import { memoryKernel } from "../../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../../support/memory_kernel.ts";

const WEB = "tcp://192.0.2.10:80";

/** Runs lines as one batch. */
async function batch(
  lines: readonly string[],
  { line = "batch - --yes", ...options }: CommandLineOptions & { readonly line?: string } = {},
): Promise<Printed> {
  return await lvsctl(line, { kernel: memoryKernel({}), stdin: `${lines.join("\n")}\n`, ...options });
}

/** The warnings on standard error, each with the number of its line. */
function warningsIn({ err }: Printed): readonly (readonly [number, string])[] {
  return err.split("\n").filter((text) => text !== "").map((text) => {
    const [, number, warning] = /^lvsctl: <stdin>:(\d+): (warning: .* \[[a-z-]+\])$/.exec(text) ?? [];
    assert.ok(warning !== undefined, text);
    return [Number(number), warning];
  });
}

/** Lines of which each command alone warns, or does not; the table is as they say after all of them too. */
const LINES = [
  `service add ${WEB} --scheduler sh`,
  `server add ${WEB} 10.0.0.11`,
  `server add ${WEB} 10.0.0.12:8080 --forward dr`,
  `server add ${WEB} 127.0.0.1:8080 --weight 1`,
  "service add 'tcp://224.0.0.9:80'",
  "service add udp://192.0.2.11:53 --one-packet",
  "server add udp://192.0.2.11:53 10.0.0.13",
  "service add tcp://192.0.2.12:80",
  `server add tcp://192.0.2.12:80 192.0.2.10:80`,
  "server add tcp://192.0.2.12:80 10.0.0.14 --upper-threshold 5 --lower-threshold 5",
  `server add ${WEB} 10.0.0.15 --weight 0`,
];

Deno.test("batch gives the warnings that its lines give as commands, each with the number of its line", async () => {
  const kernel = memoryKernel({});
  const alone: (readonly [number, string])[] = [];
  for (const [index, line] of LINES.entries()) {
    const { code, err } = await lvsctl(line.replaceAll("'", ""), { kernel });
    assert.equal(code, EXIT.ok, err);
    const warnings = err.split("\n").filter((text) => text !== "");
    alone.push(...warnings.map((text) => [index + 1, text.replace(/^lvsctl: /, "")] as const));
  }
  assert.deepEqual(alone.map(([number]) => number), [3, 4, 5, 7, 9, 10, 11]);
  assert.deepEqual(warningsIn(await batch(LINES)), alone);
});

Deno.test("batch gives the same warnings with --dry-run and --json, beside the document", async () => {
  const expected = warningsIn(await batch(LINES));
  assert.deepEqual(warningsIn(await batch(LINES, { line: "batch - --dry-run" })), expected);
  const printed = await batch(LINES, { line: "batch - --json" });
  assert.deepEqual(warningsIn(printed), expected);
  assert.equal(JSON.parse(printed.out).changes.length, LINES.length);
});

Deno.test("batch --dry-run warns of a scheduler that Linux does not have", async () => {
  const printed = await batch([`service add ${WEB} -s wrrr`], { line: "batch - --dry-run" });
  const [[number, text] = [], ...others] = warningsIn(printed);
  assert.deepEqual([number, others], [1, []]);
  assert.match(text ?? "", /\[unknown-scheduler\]$/);
});

Deno.test("batch judges the table that its lines lead to, and names the line that has the last word", async () => {
  const printed = await batch([
    `service add ${WEB}`,
    `server add ${WEB} 10.0.0.11 --weight 0`,
    `server edit ${WEB} 10.0.0.11 --weight 1`,
    `server add ${WEB} 10.0.0.12:81 --forward dr`,
    `server delete ${WEB} 10.0.0.12:81`,
    `server add ${WEB} 10.0.0.13:81 --forward dr`,
    `server edit ${WEB} 10.0.0.13:81 --weight 3`,
  ]);
  assert.deepEqual(warningsIn(printed).map(([number]) => number), [7]);
});

Deno.test("batch leaves services and servers alone that its lines do not change", async () => {
  const kernel: MemoryKernel = memoryKernel({});
  const before = [
    `service add ${WEB}`,
    `server add ${WEB} 10.0.0.11:81 --forward dr`,
    "service add tcp://127.0.0.1:80",
  ];
  assert.equal(warningsIn(await batch(before, { kernel })).length, 2);
  const lines = [`server add ${WEB} 10.0.0.12`, "server add tcp://127.0.0.1:80 10.0.0.11"];
  assert.deepEqual(warningsIn(await batch(lines, { kernel })), []);
  assert.deepEqual(warningsIn(await batch([`server add ${WEB} 10.0.0.12 --ensure`], { kernel })), []);
});

Deno.test("batch warns of different weights that a scheduler ignores", async () => {
  const weights = [1, 1, 4].map((weight, index) => `server add ${WEB} 10.0.0.${index} --weight ${weight}`);
  const [[number, text] = [], ...others] = warningsIn(await batch([`service add ${WEB} -s rr`, ...weights]));
  assert.deepEqual([number, others], [4, []]);
  assert.match(text ?? "", /ignores the weight 4, which differs from 1 of other servers; use wrr \[weight-ignored\]$/);
});

Deno.test("batch with a thousand lines of one kind names the first of them and counts the others", async () => {
  const servers = Array.from({ length: 1000 }, (_, index) => {
    const address = `10.1.${index >> 8}.${index & 255}`;
    return `server add ${WEB} ${address}:81 --forward dr`;
  });
  const { code, err } = await batch([`service add ${WEB}`, ...servers, `server add ${WEB} 127.0.0.1`]);
  assert.equal(code, EXIT.ok);
  const lines = err.trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => /^lvsctl: <stdin>:(\d+): /.exec(line)?.[1]), [
    ...["2", "3", "4", "5", "6", "1002"],
    undefined,
  ]);
  assert.equal(lines.at(-1), "lvsctl: <stdin>: 995 more warnings [port-ignored], up to line 1001");
});

Deno.test("batch does not warn of lines that fail or that a user declines", async () => {
  const kernel = memoryKernel({});
  await batch([`service add ${WEB}`, `server add ${WEB} 10.0.0.11:81 --forward dr`, "service add fwmark:1"], {
    kernel,
  });
  const lines = [`server add ${WEB} 10.0.0.11:81 --forward dr`, "service delete tcp://192.0.2.99:80"];
  const failed = await batch(lines, { kernel, line: "batch - --keep-going" });
  assert.doesNotMatch(failed.err, /warning/);
  const deletion = ["service delete fwmark:1", `server add ${WEB} 10.0.0.12:81 --forward dr`];
  const declined = await batch(deletion, { kernel, line: "batch -", answer: false });
  assert.match(declined.err, /nothing was changed\n$/);
  assert.doesNotMatch(declined.err, /warning/);
});
