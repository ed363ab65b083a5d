import assert from "node:assert/strict";
import { cratesOf } from "../../../../packaging/package/crates.ts";

function source(nameAndVersion: string): string {
  return `\0/cargo/registry/src/index.crates.io-1949cf8c6b5b557f/${nameAndVersion}/src/lib.rs\0`;
}

Deno.test("cratesOf: each library is listed once, sorted, with a version that has a suffix", () => {
  const text = [
    "tokio-1.47.1",
    "aes-0.8.3",
    "aes-0.8.3",
    "zstd-sys-2.0.16+zstd.1.5.7",
    "aes-kw-0.2.1",
    "a_b-1.0.0-rc.2",
  ];
  assert.deepEqual(cratesOf(new TextEncoder().encode(text.map(source).join("x"))), [
    { name: "a_b", version: "1.0.0-rc.2" },
    { name: "aes", version: "0.8.3" },
    { name: "aes-kw", version: "0.2.1" },
    { name: "tokio", version: "1.47.1" },
    { name: "zstd-sys", version: "2.0.16+zstd.1.5.7" },
  ]);
});

Deno.test("cratesOf: a name that lies across two pieces is found", () => {
  const bytes = new Uint8Array((1 << 20) + 100);
  bytes.set(new TextEncoder().encode(source("serde-1.0.219")), (1 << 20) - 30);
  assert.deepEqual(cratesOf(bytes), [{ name: "serde", version: "1.0.219" }]);
});

Deno.test("cratesOf: this machine's Deno names libraries, and a file without any gives none", async () => {
  const crates = cratesOf(await Deno.readFile(Deno.execPath()));
  assert.ok(crates.some(({ name }) => name === "tokio"));
  assert.ok(crates.length > 100, `${crates.length}`);
  assert.deepEqual(cratesOf(new Uint8Array(100)), []);
});
