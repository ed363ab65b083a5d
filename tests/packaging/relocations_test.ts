import assert from "node:assert/strict";
import { packRelocations } from "../../packaging/relocations.ts";
import { run } from "./support.ts";

/** Two hundred pointers in a table, one that is not aligned to 8 bytes, and symbols of libc's. */
const PROGRAM = `
#include <stdio.h>
#include <string.h>
static const char *const words[] = {"zero", "one", "two", "three"};
#define FOUR(a) a, a + 1, a + 2, a + 3
#define MANY(a) FOUR(a), FOUR(a), FOUR(a), FOUR(a), FOUR(a)
const char *const *table[] = {MANY(words), MANY(words), MANY(words), MANY(words), MANY(words),
                              MANY(words), MANY(words), MANY(words), MANY(words), MANY(words)};
static struct __attribute__((packed)) { short gap; const char *word; } odd = {1, "odd"};
int main(int argc, char **argv) {
  size_t length = 0;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) length += strlen(*table[i]);
  printf("%zu %s %d %s\\n", length, odd.word, argc, argv[1]);
  return 7;
}
`;

let directory: string;

Deno.test.beforeAll(async () => {
  directory = await Deno.makeTempDir({ prefix: "lvsctl-test-" });
  await Deno.writeTextFile(`${directory}/program.c`, PROGRAM);
});
Deno.test.afterAll(async () => await Deno.remove(directory, { recursive: true }));

/** Compiles the program and returns where it is. */
async function compile(...flags: string[]): Promise<string> {
  const output = await Deno.makeTempFile({ dir: directory });
  const { code, stderr } = await run(["cc", "-O1", ...flags, "-o", output, `${directory}/program.c`]);
  assert.equal(code, 0, stderr);
  return output;
}

async function pack(executable: string): Promise<string | undefined> {
  const packed = packRelocations(await Deno.readFile(executable));
  if (packed === undefined) return undefined;
  await Deno.writeFile(`${executable}.packed`, packed, { mode: 0o755 });
  return `${executable}.packed`;
}

/** An executable as Deno's: bound at once, with DT_FLAGS, and the loader among the libraries. */
const LOADER = Deno.build.arch === "x86_64" ? "ld-linux-x86-64.so.2" : "ld-linux-aarch64.so.1";
const LIKE_DENO = ["-pie", "-fPIE", "-Wl,-z,now", "-Wl,--no-as-needed", `-l:${LOADER}`];

Deno.test("packRelocations() keeps what a program does, and its size", async () => {
  const original = await compile(...LIKE_DENO);
  const packed = await pack(original);
  assert.ok(packed !== undefined);
  const expected = await run([original, "word"]);
  assert.deepEqual([expected.code, expected.stdout], [7, "750 odd 2 word\n"]);
  assert.deepEqual(await run([packed, "word"]), expected);
  assert.equal((await Deno.stat(packed)).size, (await Deno.stat(original)).size);
});

Deno.test("packRelocations() leaves only what DT_RELR cannot hold, and asks libc for it by its version", async () => {
  const packed = await pack(await compile(...LIKE_DENO)) ?? "";
  const dynamic = (await run(["readelf", "-dW", packed])).stdout;
  assert.match(dynamic, /\(RELR\)/);
  assert.match(dynamic, /\(RELRENT\) +8 \(bytes\)/);
  assert.doesNotMatch(dynamic, /RELACOUNT|NEEDED.*ld-linux/);
  const [, bytes] = /\(RELASZ\) +(\d+)/.exec(dynamic) ?? [];
  assert.ok(Number(bytes) < 20 * 24, dynamic);
  const trace = await run([packed, "word"], { env: { LD_DEBUG: "versions" } });
  assert.match(trace.stderr, /checking for version `GLIBC_ABI_DT_RELR' in file \S*libc\.so\.6/);
});

Deno.test("packRelocations() gives nothing for what is packed already", async () => {
  assert.equal(await pack(await compile(...LIKE_DENO, "-Wl,-z,pack-relative-relocs")), undefined);
  const packed = await pack(await compile(...LIKE_DENO)) ?? "";
  assert.equal(await pack(packed), undefined);
});

Deno.test("packRelocations() gives nothing for what it does not understand", async () => {
  assert.equal(await pack(await compile("-static")), undefined);
  assert.equal(await pack(await compile("-no-pie")), undefined);
  assert.equal(packRelocations(new Uint8Array()), undefined);
  assert.equal(packRelocations(new TextEncoder().encode("#!/bin/sh\n")), undefined);
  const whole = await Deno.readFile(await compile(...LIKE_DENO));
  for (const length of [16, 64, 200, 800, 1600]) assert.equal(packRelocations(whole.slice(0, length)), undefined);
});

Deno.test("packRelocations() does not change what it is given", async () => {
  const whole = await Deno.readFile(await compile(...LIKE_DENO));
  const copy = whole.slice();
  packRelocations(whole);
  assert.deepEqual(whole, copy);
});
