import assert from "node:assert/strict";
import { countOf, messagesOf } from "./lint.ts";

const RULE = "message-grammar";

Deno.test("message-grammar accepts a reason, an operation and a hint as the message joins them", () => {
  const source = `
    throw new LvsctlError("it is empty", { operation: "read", object: path, hint: "write a mapping" });
    throw new LvsctlError(\`"\${text}" is not a port from 1 to 65535\`);
    throw new LvsctlError("this kernel has no IPVS", { operation: "read the connections" });
    throw new AnswerError("STARTTLS is not offered");
  `;
  assert.deepEqual(messagesOf(RULE, source), []);
});

Deno.test("message-grammar reports a period at the end, but not an ellipsis", () => {
  assert.deepEqual(messagesOf(RULE, `new LvsctlError("the file is empty.");`), ["a reason ends without a period"]);
  assert.deepEqual(messagesOf(RULE, `new LvsctlError("no file", { hint: "run lvsctl." });`), [
    "a hint ends without a period",
  ]);
  assert.equal(countOf(RULE, `new LvsctlError("expected SUBJECT ...");`), 0);
});

Deno.test("message-grammar reports a second sentence", () => {
  assert.equal(countOf(RULE, `new LvsctlError("the file is empty. Write a mapping");`), 1);
  assert.equal(countOf(RULE, `new LvsctlError("the file is empty; write a mapping, e.g. LVS");`), 0);
});

Deno.test("message-grammar reports contractions, but no genitives", () => {
  for (const text of ["the file can't be read", "the kernel doesn't know", "no file: it's gone"]) {
    assert.equal(countOf(RULE, `new LvsctlError("${text}");`), 1, text);
  }
  assert.equal(countOf(RULE, `new LvsctlError("the kernel's table and users' files differ");`), 0);
});

Deno.test("message-grammar reports a capital at the beginning, but no names and abbreviations", () => {
  assert.equal(countOf(RULE, `new LvsctlError("The file is empty");`), 1);
  assert.equal(countOf(RULE, `new LvsctlError("A file is empty");`), 1);
  for (const text of ["IPVS is missing", "Linux 5.18 is too old", "GeoIP data is missing"]) {
    assert.equal(countOf(RULE, `new LvsctlError("${text}");`), 0, text);
  }
});

Deno.test("message-grammar reports a pronoun that stands for nothing in the message", () => {
  for (const text of ["nobody listens", "this is not a URL", "what was before is lost", "that cannot be undone"]) {
    assert.equal(countOf(RULE, `new LvsctlError("${text}");`), 1, text);
  }
  assert.equal(countOf(RULE, `new LvsctlError("it is cancelled", { operation: "wait for connections" });`), 1);
});

Deno.test("message-grammar lets a reason say it of an object", () => {
  assert.equal(countOf(RULE, `new LvsctlError("it is empty", { operation: "read", object });`), 0);
  assert.equal(countOf(RULE, `new LvsctlError("it is empty", { ...about, exitCode: 2 });`), 0);
  assert.equal(countOf(RULE, `const explained = { reason: "it exists already", hint };`), 0);
});

Deno.test("message-grammar wants a verb at the beginning of an operation", () => {
  for (const text of ["the table", "a read", "reading the file", "Read the file", "to read", "not found"]) {
    assert.equal(countOf(RULE, `asLvsctlError(error, { operation: "${text}" });`), 1, text);
  }
  for (const text of ["read the file", "bring up", "ping the server", "addService"]) {
    assert.equal(countOf(RULE, `asLvsctlError(error, { operation: "${text}" });`), 0, text);
  }
  assert.equal(countOf(RULE, "const about = { operation: `${verb} real server` };"), 0);
  assert.equal(countOf(RULE, `const about = { operation: "read:" };`), 1);
});

Deno.test("message-grammar looks into both sides of a choice and into sums", () => {
  assert.equal(countOf(RULE, `new LvsctlError(isOne ? "no file." : "no files.");`), 2);
  assert.equal(countOf(RULE, `new LvsctlError(reason ?? "no file.");`), 1);
  assert.equal(countOf(RULE, `new LvsctlError("no file " + "at all.");`), 1);
});

Deno.test("message-grammar reads helpers and variables that hold the parts of a message", () => {
  assert.equal(countOf(RULE, `throw refuse("the port is missing.", "Write a port");`), 2);
  assert.equal(countOf(RULE, `const reason = "it is missing."; const hint = "Write one";`), 2);
  assert.equal(countOf(RULE, `const operation = "the file";`), 1);
  assert.equal(countOf(RULE, `problems.push({ message: "this key is unknown." });`), 1);
});

Deno.test("message-grammar wants an internal error to be a sentence without its period", () => {
  assert.equal(countOf(RULE, `new TypeError("a service without an address");`), 1);
  assert.equal(countOf(RULE, `new RangeError("A service has no address.");`), 1);
  assert.equal(countOf(RULE, "new RangeError(`An address has 4 bytes: got ${length}`);"), 0);
});

Deno.test("message-grammar leaves other errors and the tests alone", () => {
  assert.equal(countOf(RULE, `new IpvsadmFailure("You need to supply the option.");`), 0);
  assert.equal(countOf(RULE, `new LvsctlError("The file.");`, "tests/unit/model/address_test.ts"), 0);
});
