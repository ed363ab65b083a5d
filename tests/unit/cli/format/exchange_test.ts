import assert from "node:assert/strict";
import { exchangePiece, exchangePieceJson, formatExchangePiece } from "../../../../cli/format/exchange.ts";
import { type Check, DEFAULT_HTTP, DEFAULT_TIMING, DEFAULT_TLS } from "../../../../core/model/mod.ts";

const PLAIN: Check = { type: "tcp", ...DEFAULT_TIMING };
const SECRETS: readonly Check[] = [
  { ...DEFAULT_HTTP, authorization: { kind: "bearer", token: "hunter2" }, ...DEFAULT_TIMING },
  { ...DEFAULT_HTTP, headers: [["X-Api-Key", "hunter2"]], ...DEFAULT_TIMING },
  { type: "redis", login: { user: "u", password: "hunter2" }, tls: DEFAULT_TLS, ...DEFAULT_TIMING },
];

function told(kind: "sent" | "received", text: string, check: Check): string {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return formatExchangePiece(exchangePiece({ kind, bytes }, { check, atMs: 1.25 }));
}

Deno.test("an exchange is shown in quotes, byte by byte, and only the beginning of what is long", () => {
  assert.equal(
    told("sent", 'GET "/"\r\n\x00\xff\\', PLAIN),
    '        1.3 ms  sent 12 bytes: "GET \\"/\\"\\r\\n\\x00\\xff\\\\"',
  );
  assert.match(told("received", "x".repeat(1000), PLAIN), /^ +1\.3 ms {2}received 1000 bytes: "x{300}\.\.\."$/);
  assert.equal(
    formatExchangePiece(exchangePiece({ kind: "connected" }, { check: PLAIN, atMs: 0 })),
    "        0.0 ms  connected",
  );
});

Deno.test("an exchange never shows what is sent by a check that has a secret", () => {
  for (const check of SECRETS) {
    assert.equal(told("sent", "hunter2", check), "        1.3 ms  sent 7 bytes: not shown: the check has a secret");
    assert.match(told("received", "welcome", check), /"welcome"$/);
  }
  const [check = PLAIN] = SECRETS;
  const piece = exchangePiece({ kind: "sent", bytes: new TextEncoder().encode("hunter2") }, { check, atMs: 1 });
  assert.deepEqual(exchangePieceJson(piece), { at_ms: 1, kind: "sent", bytes: 7, text: null });
});
