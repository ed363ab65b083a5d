import assert from "node:assert/strict";
import { type AccessRules, refuseAccess } from "../../../../core/http/access.ts";
import { Logins } from "../../../../core/http/mod.ts";

/** The status of the refusal; undefined without one. */
function refusal(headers: Readonly<Record<string, string>>, rules: Partial<AccessRules> = {}): number | undefined {
  const request = {
    isHead: false,
    path: "/",
    query: new URLSearchParams(),
    headers: new Map(Object.entries(headers)),
    isOld: false,
  };
  return refuseAccess(request, { hosts: new Set(["lvs.example"]), logins: undefined, ...rules })?.status;
}

Deno.test("refuseAccess() admits localhost, IP addresses and the names that it is given", () => {
  for (
    const host of [
      "localhost",
      "LOCALHOST:9180",
      "127.0.0.1",
      "192.0.2.1:80",
      "[::1]:9180",
      "[2001:db8::1]",
      "lvs.EXAMPLE",
    ]
  ) assert.equal(refusal({ host }), undefined, host);
});

Deno.test("refuseAccess() refuses other hosts, as a page has that rebinds its name to this machine", () => {
  for (
    const host of [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "2130706433",
      "[::1",
      "a@b",
      "",
      "x:y:z",
    ]
  ) assert.equal(refusal({ host }), 421, host);
  assert.equal(refusal({}), 400);
});

Deno.test("refuseAccess() refuses other origins", () => {
  const host = "localhost:9180";
  for (const origin of ["http://evil.example", "null", "http://localhost", "http://localhost:9181", "file://"]) {
    assert.equal(refusal({ host, origin }), 403, origin);
  }
  assert.equal(refusal({ host, origin: "http://localhost:9180" }), undefined);
});

Deno.test("refuseAccess() demands one of the logins", () => {
  const rules = { logins: Logins.parse("# people\nada:open: sesame\n\nBearer t0ken\n") };
  const host = "localhost";
  for (
    const authorization of [
      `Basic ${btoa("ada:open: sesame")}`,
      `basic  ${btoa("ada:open: sesame")}`,
      "Bearer t0ken",
      "bearer t0ken",
    ]
  ) assert.equal(refusal({ host, authorization }, rules), undefined, authorization);
  for (
    const authorization of [
      "",
      "Basic",
      `Basic ${btoa("ada:open")}`,
      `Basic ${btoa("ada:open: sesame2")}`,
      `Bearer ${btoa("ada:open: sesame")}`,
      "Bearer t0ke",
      "Bearer t0kent0ken",
      "Basic t0ken",
    ]
  ) assert.equal(refusal({ host, authorization }, rules), 401, authorization);
  assert.equal(refusal({ host }, rules), 401);
});

Deno.test("Logins.parse() refuses a file without a login, and does not show a wrong line", () => {
  assert.throws(() => Logins.parse("# none\n"), /the file has no login/);
  for (const line of ["hunter2", ":hunter2", "hunter2:", "Bearer hunter2 x"]) {
    assert.throws(() => Logins.parse(`a:b\n${line}\n`), (error: Error) => {
      assert.match(error.message, /^line 2 is not a login/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    }, line);
  }
});
