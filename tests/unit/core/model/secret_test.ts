import assert from "node:assert/strict";
import { isSecretKey, MASK, maskSecrets } from "../../../../core/model/mod.ts";

Deno.test("isSecretKey knows passwords and their like by the last word of a key, in any spelling", () => {
  for (
    const key of ["password", "bind_password", "bindPassword", "secret", "token", "bearer_token", "X-Api-Key", "Cookie"]
  ) {
    assert.ok(isSecretKey(key), key);
  }
  assert.ok(isSecretKey("Authorization") && isSecretKey("PASSWORD") && isSecretKey("privateKey"));
  for (const key of ["password_file", "passwords_of", "tokens", "key", "path", "secretary", "monkey", "compass"]) {
    assert.ok(!isSecretKey(key), key);
  }
});

Deno.test("maskSecrets hides the values of secret keys at any depth, and nothing else", () => {
  const value = {
    check: { user: "u", password: "hunter2", headers: [{ Authorization: "x" }], secret: { a: 1 } },
    token: null,
  };
  assert.deepEqual(maskSecrets(value), {
    check: { user: "u", password: MASK, headers: [{ Authorization: MASK }], secret: MASK },
    token: null,
  });
  assert.equal(maskSecrets("plain"), "plain");
});
