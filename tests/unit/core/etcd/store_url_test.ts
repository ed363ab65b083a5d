import assert from "node:assert/strict";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { parseStoreUrl } from "../../../../core/etcd/mod.ts";

Deno.test("parseStoreUrl() reads hosts with and without a port, IPv6 addresses, TLS and the prefix", () => {
  assert.deepEqual(parseStoreUrl("etcd://10.0.0.1:2380,store.example,[2001:db8::1]:1/lvs/site/"), {
    text: "etcd://10.0.0.1:2380,store.example,[2001:db8::1]:1/lvs/site",
    endpoints: ["10.0.0.1:2380", "store.example:2379", "[2001:db8::1]:1"],
    isSecure: false,
    prefix: "/lvs/site/",
  });
  assert.equal(parseStoreUrl("etcds://a/b").isSecure, true);
});

for (
  const text of [
    "http://a/b",
    "etcd://a",
    "etcd://a/",
    "etcd:///b",
    "etcd://a,/b",
    "etcd://a:0/b",
    "etcd://a:65536/b",
    "etcd://a/b c",
    "etcd://a/b//c",
    "etcd://2001:db8::1/b",
    `etcd://${"a,".repeat(16)}a/b`,
  ]
) {
  Deno.test(`parseStoreUrl() refuses ${text.slice(0, 40)}`, () => {
    assert.throws(
      () => parseStoreUrl(text),
      (error) => error instanceof LvsctlError && error.exitCode === EXIT.usage && /etcd:\/\/HOST/.test(error.message),
    );
  });
}

Deno.test("parseStoreUrl() does not repeat a password, whatever characters it has", () => {
  for (const password of ["secret", "sec/secret", "sec@secret", "/secret", "a//b@secret"]) {
    assert.throws(() => parseStoreUrl(`etcd://root:${password}@a/b`), (error) => {
      assert.ok(error instanceof LvsctlError);
      assert.doesNotMatch(error.message, /secret/, password);
      if (password === "secret") assert.match(error.message, /name a file with --store-login/);
      return true;
    });
  }
});
