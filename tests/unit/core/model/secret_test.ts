import assert from "node:assert/strict";
import {
  firstWord,
  isSecretKey,
  MASK,
  maskArguments,
  maskSecrets,
  maskText,
  mayHoldSecret,
} from "../../../../core/model/mod.ts";

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

Deno.test("mayHoldSecret() knows secret keys, and keys whose values contain secrets", () => {
  for (const key of ["password", "login", "headers", "environment", "url"]) assert.ok(mayHoldSecret(key), key);
  for (const key of ["path", "host", "listen"]) assert.ok(!mayHoldSecret(key), key);
});

Deno.test("maskText() masks credentials and queries of URLs, and no other text", () => {
  assert.equal(maskText('"http://u:p@h/a"'), `"http://${MASK}@h/a"`);
  assert.equal(maskText('got "/a?token=x y&b=c"; write'), `got "/a?token=${MASK}"; write`);
  assert.equal(maskText('"Authorization: Basic dTpw"'), `"Authorization: Basic ${MASK}"`);
  for (const text of ["tcp://192.0.2.10:80", "basic authorization", 'did you mean "wlc"?', "x@example.org"]) {
    assert.equal(maskText(text), text);
  }
});

Deno.test("maskArguments() hides the value of an option and an assignment that is a secret by its name", () => {
  for (
    const [text, shown] of [
      ["/x --password hunter2 -v", "/x --password ******** -v"],
      ["/x --token=hunter2", "/x --token=********"],
      ["radius_secret=hunter2", "radius_secret=********"],
      ['/x "--db-passwd" "hunter2"', '/x "--db-passwd" "hunter2"'],
      ["API_KEY=hunter2 /x", "API_KEY=******** /x"],
      ["/x --secret-file", "/x --secret-file"],
      ["lb_algo wlc", "lb_algo wlc"],
    ] as const
  ) assert.equal(maskArguments(text), shown);
});

Deno.test("firstWord() shows no more than the first word of unknown text", () => {
  assert.equal(firstWord("root:$6$hash:19000::"), "root...");
  assert.equal(firstWord("restore"), "restore");
  assert.equal(firstWord("x".repeat(100)), `${"x".repeat(40)}...`);
  assert.equal(firstWord(""), "");
});
