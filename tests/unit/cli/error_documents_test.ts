import assert from "node:assert/strict";
import { wantsDocument } from "../../../cli/options/display_options.ts";
import { EXIT } from "../../../core/errors/mod.ts";
import { type CommandLineOptions, lvsctl } from "../../support/command_line.ts";
import { DocumentSchemas } from "../../support/document_schemas.ts";
import { memoryKernel } from "../../support/kernel_state.ts";
import { serviceEntry } from "../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const schemas = await DocumentSchemas.read();

/** The error of a line that fails: one line of JSON on standard error, and nothing else. */
async function errorOf(line: string, options: CommandLineOptions = {}): Promise<Record<string, unknown>> {
  const kernel = memoryKernel({ services: [serviceEntry(WEB)] });
  const { code, out, err } = await lvsctl(line, { kernel, ...options });
  assert.equal(err.indexOf("\n"), err.length - 1, err);
  const document = JSON.parse(err);
  assert.deepEqual(schemas.problems("error", document), [], line);
  assert.equal(document.error.status, code, line);
  assert.equal(out === "" || line.startsWith("config check"), true, "standard output is for documents of the command");
  assert.doesNotMatch(err, /\bat [^"]*\.ts:\d/, "no stack trace");
  return document.error;
}

Deno.test("an error of the kernel is a document with operation, object, errno, message, hint and status", async () => {
  const { hint, message, ...error } = await errorOf(`service add ${WEB} --json`);
  assert.deepEqual(error, {
    operation: "add virtual service",
    object: WEB,
    reason: "it exists already",
    errno: "EEXIST",
    status: EXIT.refused,
  });
  assert.equal(message, `Cannot add virtual service ${WEB}: it exists already (EEXIST); ${hint}`);
});

/** Lines that are wrong, each with its message and hint. */
const WRONG: readonly (readonly [line: string, message: RegExp, hint: RegExp | null])[] = [
  ["service add --json", /^missing required argument 'service'$/, /^Usage: lvsctl service add .*; See "lvsctl service/],
  ["list --json --nope", /^unknown option '--nope'/, /^Usage: lvsctl list /],
  ["list --nope -o json", /^unknown option '--nope'/, /^Usage: lvsctl list /],
  ["list --nope -o yaml", /^unknown option '--nope'/, /^Usage: lvsctl list /],
  ["servise list --json", /^unknown command 'servise' \(Did you mean service\?\)$/, /^See "lvsctl --help"$/],
  ["service --json", /^unknown option '--json'/, /^See "lvsctl service --help"$/],
  ["--json", /^unknown option '--json'/, /^See "lvsctl --help"$/],
  ["list -m --json", /^unknown option '-m'/, /^Use --forward nat; /],
  [
    "server add 10.0.0.1:80 tcp://192.0.2.10:80 --json",
    /is not a virtual service/,
    /; The service comes first: "lvsctl server add /,
  ],
  [`server add ${WEB} 10.0.0.1 --weight x --json`, /"x" is not a number/, /^Usage: /],
  ["list --stats --rate --json", /exclude each other/, /^use one of them/],
  ["config check /nowhere.yaml --json", /No such file/, null],
  ["apply - --json", /<stdin>:1:1: /, null],
  ["timeouts --tcp 0s -o json", /--tcp is out of range/, /^use 1s to 31d$/],
];

for (const [line, message, hint] of WRONG) {
  Deno.test(`the usage error of "lvsctl ${line}" is a document`, async () => {
    const error = await errorOf(line, { stdin: "nonsense: 1\n" });
    assert.equal(error["status"], EXIT.usage);
    assert.match(String(error["message"]), message);
    if (hint !== null) assert.match(String(error["hint"]), hint);
  });
}

Deno.test("an internal error is a document without a stack trace", async () => {
  const error = await errorOf("connections --json");
  assert.match(String(error["message"]), /^internal error: Error: the command opened the list of connections; please /);
});

Deno.test("batch --keep-going reports all failed lines in one document", async () => {
  const stdin = `server add ${WEB} 10.0.0.1\nservice add nope\nservice delete fwmark:9\n`;
  const kernel = memoryKernel({ services: [serviceEntry(WEB)] });
  const { code, out, err } = await lvsctl("batch - --keep-going --json", { kernel, stdin });
  assert.equal(code, EXIT.partial);
  assert.equal(JSON.parse(out).changes.length, 1);
  const { error } = JSON.parse(err);
  assert.deepEqual([error.status, error.message.split("\n").length], [EXIT.partial, 3]);
});

Deno.test("an error stays text without --json, and help stays text with it", async () => {
  assert.match((await lvsctl("service add")).err, /^lvsctl: missing required argument 'service'\nUsage: /);
  const help = await lvsctl("service add --json --help");
  assert.deepEqual([help.code, help.err], [EXIT.ok, ""]);
  assert.match(help.out, /^Usage: lvsctl service add /);
});

Deno.test("wantsDocument() is for --json and for the formats that are documents", () => {
  const wanted = ["--json", "x --json y", "-o json", "-ojson", "-o yaml", "--output yaml", "--output=json"];
  const others = ["", "list", "-o name", "-o wide", "--output", "-o", "-- --json", "import x --output json", "--jsonx"];
  for (const line of wanted) assert.equal(wantsDocument(line.split(" ")), true, line);
  for (const line of others) assert.equal(wantsDocument(line.split(" ")), false, line);
});
