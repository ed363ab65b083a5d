import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { encodeFields, HeaderDecoder } from "../../../../../core/health/probers/hpack.ts";
import { hex, hmacMd5, md5 } from "../../../../../core/health/probers/md5.ts";
import { fromHex } from "../../../../support/hex.ts";

Deno.test("md5() and hmacMd5() give what OpenSSL gives", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 100 }), (bytes, key) => {
    assert.equal(hex(md5(bytes)), createHash("md5").update(bytes).digest("hex"));
    assert.equal(hex(hmacMd5(key, bytes)), createHmac("md5", key).update(bytes).digest("hex"));
  }));
});

Deno.test("HeaderDecoder reads what encodeFields() writes, and RFC 7541's examples in Huffman's code", () => {
  const long = "x".repeat(300);
  assert.deepEqual([...new HeaderDecoder().decode(encodeFields([["grpc-status", "0"], ["a", long]]))], [[
    "grpc-status",
    "0",
  ], ["a", long]]);
  // C.4.3: custom-key: custom-value, then the same from the dynamic table.
  const decoder = new HeaderDecoder();
  assert.deepEqual([...decoder.decode(fromHex("40 88 25a849e95ba97d7f 89 25a849e95bb8e8b4bf"))], [[
    "custom-key",
    "custom-value",
  ]]);
  assert.deepEqual([...decoder.decode(fromHex("be 88"))], [["custom-key", "custom-value"], [":status", "200"]]);
});

Deno.test("HeaderDecoder ends with any bytes whatever", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    try {
      new HeaderDecoder().decode(bytes);
    } catch (error) {
      assert.equal(error instanceof Error && error.name, "AnswerError");
    }
  }));
});
