import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfig } from "../../../../core/config/mod.ts";
import { PROPERTY } from "../../../support/arbitraries.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

const SECRET = "S3CR3Tx9";

const SHADOW = `root:$6$${SECRET}$${SECRET}:19000:0:99999:7:::
daemon:*:19000:0:99999:7:::
lb:$y$j9T$${SECRET}/${SECRET}:19000:0:99999:7:::
`;

/** The message of a file that is not valid, or "" for a valid one. */
async function refusal(text: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const variables = { WEB_PASSWORD: SECRET };
  const options = { ...surroundingsOf({ files, variables }), file: "web.yaml" };
  return await parseConfig(text, options).then(() => "", (error: unknown) => {
    assert.ok(error instanceof Error);
    return error.message;
  });
}

/** A file with a check of type http that has this key. */
function checked(pair: string): string {
  return `version: 1
services:
  - listen: tcp://192.0.2.10:80
    servers: [10.0.0.11]
    check:
      type: http
      ${pair}
`;
}

const MISTAKES: readonly string[] = [
  `login: "u:${SECRET}"`,
  `login: [u, ${SECRET}]`,
  `login: { user: [x], password: [${SECRET}] }`,
  `login: { user: u, password: { a: ${SECRET} } }`,
  `login: { user: u, passwort: ${SECRET} }`,
  `path: "/a?token=${SECRET} b"`,
  `path: "http://u:${SECRET}@h/ b"`,
  `path: "http://u:a/b ${SECRET}@h/"`,
  `proxy: "http://u:${SECRET}@h"`,
  `proxy: [${SECRET}]`,
  `headers: "Authorization ${SECRET}"`,
  `headers: [{ Authorization: ${SECRET} }]`,
  `headers: { Authorization: ${SECRET} }`,
  `headers: ["Host: ${SECRET}"]`,
  `bearer: "${SECRET} ${SECRET}"`,
  `bearer: "${SECRET}`,
  `login: "u:${SECRET}" x`,
  `login: *${SECRET}`,
  `login: { user: u, password: *${SECRET} }`,
  `login: &${SECRET}`,
  `login: !${SECRET} x`,
  `login: !<${SECRET}> x`,
  `login: "u:\${${SECRET}"`,
  `login: "u:\${ ${SECRET}}"`,
  `login: "\\x${SECRET}"`,
  `login: @${SECRET}`,
  `login:${SECRET}: x`,
  `host: "a Bearer ${SECRET}"`,
  `method: "\${WEB_PASSWORD}"`,
  `port: "\${WEB_PASSWORD}"`,
  `timeout: "\${WEB_PASSWORD}"`,
  `address: "//u:${SECRET}@10.0.0.1"`,
  `"password:${SECRET}": 1`,
  `"password=${SECRET}": 1`,
];

for (const mistake of MISTAKES) {
  Deno.test(`parseConfig prints no secret of ${mistake.replaceAll(SECRET, "SECRET")}`, async () => {
    const message = await refusal(checked(mistake));
    assert.match(message, /^web\.yaml:\d/);
    assert.ok(!message.includes(SECRET), message);
  });
}

const FOREIGN_FILES: Readonly<Record<string, string>> = {
  "a list of passwords": SHADOW,
  "an environment": `PASSWORD=${SECRET}\nTOKEN=${SECRET}\n`,
  "a private key": `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`,
  "one word": `${SECRET}\n`,
  "a tag": `!${SECRET} x\n`,
  "an alias": `a: *${SECRET}\n`,
  "an alias as a list": `- *${SECRET}\n`,
  "text after a value": `"a" ${SECRET}\n`,
  "text after a document": `{ a: b } ${SECRET}: x\n`,
  "a directive": `%${SECRET} x\n---\na: b\n`,
};

for (const [name, content] of Object.entries(FOREIGN_FILES)) {
  Deno.test(`parseConfig prints no line of an included file that is ${name}`, async () => {
    const message = await refusal("version: 1\ninclude: /etc/foreign\n", { "/etc/foreign": content });
    assert.match(message, /^\/etc\/foreign:\d/);
    assert.ok(!message.includes(SECRET), message);
  });
}

Deno.test("parseConfig names an unknown key by its first word", async () => {
  const message = await refusal("version: 1\nlisten:tcp://192.0.2.10:80: x\nservers: []\n");
  assert.match(message, /unknown key "listen\.\.\."; /);
  assert.match(message, /unknown key "servers"; /);
});

Deno.test("parseConfig prints no secret of a key that carries one, whatever the mistake", async () => {
  const keys = ["login", "headers", "proxy", "bearer", "body", "password", "token"];
  const values = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(SECRET, `"${SECRET} \\n"`, `"u:${SECRET}@h"`, `'X: ${SECRET}`, `"\${WEB_PASSWORD}"`, "1", '""'),
      fc.array(tie("value"), { maxLength: 2 }).map((items) => `[${items.join(", ")}]`),
      fc.tuple(fc.constantFrom("user", "password", "a"), tie("value")).map(([key, value]) => `{ ${key}: ${value} }`),
    ),
  })).value;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...keys), values, async (key, value) => {
      const message = await refusal(checked(`${key}: ${value}`));
      assert.ok(!message.includes(SECRET), message);
    }),
    { ...PROPERTY, numRuns: 200 },
  );
});
