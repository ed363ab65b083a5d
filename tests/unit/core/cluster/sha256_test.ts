import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { sha256 } from "../../../../core/cluster/sha256.ts";

Deno.test("sha256() is the system's SHA-256 for every length around the ends of blocks", () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 0xff);
    assert.equal(sha256(bytes), createHash("sha256").update(bytes).digest("hex"), `${length} bytes`);
  }
});
