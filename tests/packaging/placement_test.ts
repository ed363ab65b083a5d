import assert from "node:assert/strict";
import { run } from "./support.ts";

/** Two hundred pointers in a table, one that is not aligned, symbols of its own and of libc's, and thread-local data. */
const PROGRAM = `
#include <stdio.h>
#include <string.h>
static const char *const words[] = {"zero", "one", "two", "three"};
#define FOUR(a) a, a + 1, a + 2, a + 3
#define MANY(a) FOUR(a), FOUR(a), FOUR(a), FOUR(a), FOUR(a)
const char *const *table[] = {MANY(words), MANY(words), MANY(words), MANY(words), MANY(words),
                              MANY(words), MANY(words), MANY(words), MANY(words), MANY(words)};
static struct __attribute__((packed)) { short gap; const char *word; } odd = {1, "odd"};
_Thread_local const char *own = "own";
const char *exported(void) { return words[1]; }
static void __attribute__((constructor)) begin(void) { own = exported(); }
int main(int argc, char **argv) {
  size_t length = 0;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) length += strlen(*table[i]);
  printf("%zu %s %d %s %s\\n", length, odd.word, argc, argv[1], own);
  return 7;
}
`;

/** Places a file as the launcher does: exits with 3 if that is not possible. */
const DRIVER = `
#include "placement.h"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  FILE *file = fopen(argv[1], "r+b");
  if (argc != 3 || !file) return 2;
  static unsigned char bytes[1 << 22];
  size_t size = fread(bytes, 1, sizeof bytes, file);
  if (!place(bytes, size, strtoull(argv[2], NULL, 16))) return 3;
  rewind(file);
  return fwrite(bytes, 1, size, file) == size && fclose(file) == 0 ? 0 : 2;
}
`;

const SOURCES = new URL("../../packaging/", import.meta.url).pathname;

let directory: string;

Deno.test.beforeAll(async () => {
  directory = await Deno.makeTempDir({ prefix: "lvsctl-test-" });
  await Deno.writeTextFile(`${directory}/program.c`, PROGRAM);
  await Deno.writeTextFile(`${directory}/driver.c`, DRIVER);
  const sources = [`${directory}/driver.c`, `${SOURCES}placement.c`];
  // An access outside of the file would end it.
  const checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover"];
  const flags = ["-g", "-Wall", "-Wextra", "-Werror", ...checks, `-I${SOURCES}`];
  const { code, stderr } = await run(["cc", ...flags, "-o", `${directory}/place`, ...sources]);
  assert.equal(code, 0, stderr);
});
Deno.test.afterAll(async () => await Deno.remove(directory, { recursive: true }));

/** Compiles the program and returns where it is. */
async function compile(...flags: string[]): Promise<string> {
  const output = await Deno.makeTempFile({ dir: directory });
  const { code, stderr } = await run(["cc", "-O1", ...flags, "-o", output, `${directory}/program.c`]);
  assert.equal(code, 0, stderr);
  return output;
}

/** Places a copy of an executable; gives undefined where that is not possible, and then the copy has to be the same. */
async function place(executable: string, base = "12c7a70000"): Promise<string | undefined> {
  const copy = `${executable}.placed`;
  await Deno.copyFile(executable, copy);
  const { code, stderr } = await run([`${directory}/place`, copy, base]);
  assert.ok(code === 0 || code === 3, `${code}: ${stderr}`);
  if (code === 0) return copy;
  assert.deepEqual(await Deno.readFile(copy), await Deno.readFile(executable));
  return undefined;
}

const PIE = ["-pie", "-fPIE"];

for (
  const [name, flags] of [
    ["that binds at once", [...PIE, "-Wl,-z,now"]],
    ["that binds when it calls", [...PIE, "-Wl,-z,lazy"]],
    ["that exports its symbols", [...PIE, "-rdynamic"]],
    ["with protected relocations", [...PIE, "-Wl,-z,relro", "-Wl,-z,now"]],
  ] as const
) {
  Deno.test(`place() keeps what a program ${name} does, and its size`, async () => {
    const original = await compile(...flags);
    const placed = await place(original);
    assert.ok(placed !== undefined);
    const expected = await run([original, "word"]);
    assert.deepEqual([expected.code, expected.stdout], [7, "750 odd 2 word one\n"]);
    assert.deepEqual(await run([placed, "word"]), expected);
    assert.equal((await Deno.stat(placed)).size, (await Deno.stat(original)).size);
  });
}

Deno.test("place() leaves no relative relocation, and the program at the address that was asked for", async () => {
  const placed = await place(await compile(...PIE, "-rdynamic"), "1000000000") ?? "";
  assert.match((await run(["readelf", "-hW", placed])).stdout, /Type: +EXEC/);
  const dynamic = (await run(["readelf", "-dW", placed])).stdout;
  const [, bytes] = /\(RELASZ\) +(\d+)/.exec(dynamic) ?? [];
  assert.ok(Number(bytes) < 20 * 24, dynamic);
  assert.doesNotMatch(dynamic, /FLAGS_1.*PIE/);
  const segments = (await run(["readelf", "-lW", placed])).stdout;
  assert.match(segments, /LOAD +0x0+ 0x0000001000000000/);
});

Deno.test("place() leaves what it does not understand as it is", async () => {
  assert.equal(await place(await compile("-static")), undefined);
  assert.equal(await place(await compile("-no-pie")), undefined);
  assert.equal(await place(await compile(...PIE, "-Wl,-z,pack-relative-relocs")), undefined);
  const placed = await place(await compile(...PIE)) ?? "";
  assert.equal(await place(placed), undefined);
  const script = `${directory}/script`;
  await Deno.writeTextFile(script, "#!/bin/sh\n");
  assert.equal(await place(script), undefined);
});

Deno.test("place() reads nothing outside of a file that was cut", async () => {
  const whole = await Deno.readFile(await compile(...PIE));
  const cut = `${directory}/cut`;
  for (let length = 0; length < whole.length; length = length * 2 + 8) {
    await Deno.writeFile(cut, whole.subarray(0, length));
    await place(cut);
  }
});

Deno.test("place() reads nothing outside of a file with wrong bytes", async () => {
  const whole = await Deno.readFile(await compile(...PIE));
  const damaged = `${directory}/damaged`;
  for (let at = 0; at < 0x400; at += 16) {
    const bytes = whole.slice();
    bytes.fill(0xff, at, at + 4);
    await Deno.writeFile(damaged, bytes);
    await place(damaged);
  }
});
