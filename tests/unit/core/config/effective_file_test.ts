import assert from "node:assert/strict";
import { loadEffectiveFile, parseConfig } from "../../../../core/config/mod.ts";
import { type DesiredState, parseIpAddress } from "../../../../core/model/mod.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

const FIXTURES = new URL("../../../fixtures/config/", import.meta.url);

const INCLUDED = Object.fromEntries(
  [...Deno.readDirSync(new URL("included/", FIXTURES))].map(({ name }) => [
    `included/${name}`,
    Deno.readTextFileSync(new URL(`included/${name}`, FIXTURES)),
  ]),
);

const WORLD = surroundingsOf({
  files: INCLUDED,
  variables: {
    ADDRESS: "192.0.2.10",
    WEIGHT: "3",
    EMPTY: "",
    WORD: "many",
    DIGITS: "12345",
    CHECK_PASSWORD: "hunter2",
  },
  hosts: {
    "one.example": ["10.0.0.11"],
    "both.example": ["2001:db8::12", "10.0.0.12"],
    "many.example": ["10.0.0.15", "10.0.0.14", "10.0.0.13"],
    "six.example": ["2001:db8::16"],
  },
});

/** With one server in each source. */
const SURROUNDINGS: typeof WORLD = {
  ...WORLD,
  discover: () => Promise.resolve({ servers: [{ address: parseIpAddress("10.0.0.99") }] }),
};

async function effective(text: string, options: { readonly withDefaults?: boolean } = {}): Promise<string> {
  const { effectiveFile } = await loadEffectiveFile();
  return (await effectiveFile(text, { ...SURROUNDINGS, file: "web.yaml", ...options })).text;
}

async function desired(text: string, options = SURROUNDINGS): Promise<DesiredState> {
  return await parseConfig(text, { ...options, file: "web.yaml" });
}

/** The part of a desired state that a plan is made from. */
function planned({ services, vrrp: _vrrp, metrics: _metrics, ...rest }: DesiredState): unknown {
  return {
    ...rest,
    services: services.map(({ name, service, servers, fallback }) => ({ name, service, servers, fallback })),
  };
}

const FILES = [...Deno.readDirSync(new URL("good/", FIXTURES))].map(({ name }) => name)
  .filter((name) => name.endsWith(".yaml")).sort();

/** The fixtures with values that are not shown. */
const WITH_SECRETS = /^(?:checks|care|discovery|http_check|every_key|variables_everywhere|vrrp_password)/;

for (const name of FILES) {
  Deno.test(`effectiveFile() of good/${name} means the same, needs no other file, and is its own effective file`, async () => {
    const text = new TextDecoder().decode(Deno.readFileSync(new URL(`good/${name}`, FIXTURES)));
    for (const withDefaults of [false, true]) {
      const shown = await effective(text, { withDefaults });
      assert.doesNotMatch(shown, /^(?:include|defaults):/m);
      const [before, after] = [
        await desired(text),
        await desired(shown, { ...SURROUNDINGS, files: surroundingsOf({}).files }),
      ];
      if (WITH_SECRETS.test(name)) assert.deepEqual(planned(after), planned(before));
      else assert.deepEqual(after, before);
      const withoutTitle = (content: string): string => content.replace(/^(?:#.*\n)+/, "");
      assert.equal(withoutTitle(await effective(shown, { withDefaults })), withoutTitle(shown));
    }
  });
}

Deno.test("effectiveFile() resolves defaults, includes, ranges and variables; the nearest value wins", async () => {
  const { effectiveFile } = await loadEffectiveFile();
  const surroundings = surroundingsOf({
    files: {
      "lvs.d/mail.yaml": `version: 1
defaults: { weight: 7, check: { type: tcp, fall: 9 } }
services:
  - { name: mail, listen: tcp://192.0.2.10:25, servers: ["10.0.0.[21-22]", { address: 10.0.0.23, check: { fall: 1 } }] }
`,
    },
    variables: { PORT: "8080" },
  });
  const text = `version: 1
include: lvs.d/*.yaml
defaults: { scheduler: wrr, weight: 5, persistence: { timeout: 5m }, check: { type: tcp, interval: 5s } }
vips: [{ address: 192.0.2.10/32, device: eth0 }]
services:
  - name: web
    listen: tcp://192.0.2.10:[80,8080]
    persistence: none
    weight: 3
    servers: ["10.0.0.11:\${PORT}", { address: "10.0.0.[12-13]:80", weight: 1 }]
`;
  const shown = await effectiveFile(text, { ...surroundings, file: "web.yaml" });
  assert.equal(shown.hidden, 0);
  assert.equal(
    shown.text,
    `# The effective content of web.yaml
version: 1
vips:
  - { address: 192.0.2.10/32, device: eth0 }
services:
  - name: web
    listen: [tcp://192.0.2.10:80, tcp://192.0.2.10:8080]
    persistence: none
    weight: 3
    servers:
      - 10.0.0.11:8080
      - { address: 10.0.0.12:80, weight: 1 }
      - { address: 10.0.0.13:80, weight: 1 }
    scheduler: wrr
    check: { type: tcp, interval: 5s }
  - name: mail
    listen: tcp://192.0.2.10:25
    servers:
      - 10.0.0.21
      - 10.0.0.22
      - { address: 10.0.0.23, check: { fall: 1, type: tcp, interval: 5s } }
    weight: 7
    check: { type: tcp, fall: 9, interval: 5s }
    scheduler: wrr
    persistence: { timeout: 5m }
`,
  );
});

Deno.test("effectiveFile() with built-in defaults writes those of services and checks", async () => {
  const text = "version: 1\nservices: [{ listen: fwmark:1, check: { type: http, port: 80 }, servers: [10.0.0.1] }]\n";
  const shown = await effective(text, { withDefaults: true });
  for (const line of ["scheduler: wlc", "forward: nat", "one_packet: false", "quorum: 1", "on_failure: remove"]) {
    assert.match(shown, new RegExp(`^    ${line}$`, "m"));
  }
  assert.match(shown, /^ {6}method: GET$/m);
  assert.match(shown, /^ {6}version: "1\.1"$/m);
  assert.match(shown, /^ {6}interval: 2s$/m);
});

Deno.test("effectiveFile() leaves a file that save wrote as it is", async () => {
  const saved = Deno.readTextFileSync(new URL("good/saved.yaml", FIXTURES));
  assert.equal(await effective(saved), saved);
});

const SECRET = "S3CR3Tx9";

/** A check of type http with a key, whose value has a secret. */
function checked(pair: string): string {
  return `version: 1
services:
  - listen: tcp://192.0.2.10:80
    servers: [10.0.0.11]
    check: { type: http, ${pair} }
`;
}

const SECRETS: readonly string[] = [
  `login: { user: admin, password: ${SECRET} }`,
  `bearer: ${SECRET}`,
  `headers: ["Authorization: Basic ${SECRET}", "X-Thing: ${SECRET}"]`,
  `headers: "Cookie: ${SECRET}"`,
  `headers: "X-Thing: \${WEB_PASSWORD:-${SECRET}}"`,
  `headers: "X-Thing: ${SECRET} \${WEB_PASSWORD}"`,
  `body: '{ "user": "x", "pin": "${SECRET}" }'`,
  `path: "/healthz?token=${SECRET}"`,
  `path: "/\${WEB_PASSWORD}"`,
  `path: "/\${WEB_PASSWORD:-x}"`,
  `login: { user: admin, password: "\${WEB_PASSWORD:-x}" }`,
  `login: { user: admin, password: "\${PLAIN}" }`,
  `login: { user: admin, password: "x\${PLAIN}" }`,
  `bearer: "\${PLAIN:-x}"`,
  `expect: { body: "//user:${SECRET}@host/" }`,
  `expect: { regex: "a?b=${SECRET}" }`,
];

for (const pair of SECRETS) {
  Deno.test(`effectiveFile() does not show the secret of ${pair.replaceAll(SECRET, "SECRET")}, and stays valid`, async () => {
    const surroundings = surroundingsOf({ variables: { WEB_PASSWORD: SECRET, PLAIN: SECRET } });
    const { effectiveFile } = await loadEffectiveFile();
    const { text, hidden } = await effectiveFile(checked(pair), { ...surroundings, file: "web.yaml" });
    assert.ok(!text.includes(SECRET), text);
    assert.ok(hidden > 0 || text.includes("${"), text);
    assert.equal(hidden > 0, text.split("\n")[1]?.includes("may contain a secret"), text);
    assert.deepEqual(planned(await desired(text, surroundings)), planned(await desired(checked(pair), surroundings)));
  });
}

const OTHER_SECRETS: readonly string[] = [
  `check: { type: exec, command: [/usr/bin/check, --password, ${SECRET}, "--token=${SECRET}"] }`,
  `check: { type: exec, command: "/usr/bin/check --api-key=${SECRET} x", environment: ["ANY=${SECRET}"] }`,
  `check: { type: tcp, send: "login ${SECRET}\\r\\n" }`,
  `check: { type: radius, login: { user: u, password: ${SECRET} }, secret: ${SECRET} }`,
  `check: { type: all_of, checks: [{ type: redis, login: { password: ${SECRET} } }, { type: tcp }] }`,
  `agent: { type: http, bearer: ${SECRET} }`,
  `notify: [{ type: webhook, url: "https://u:${SECRET}@hooks.example/${SECRET}?a=${SECRET}" }]`,
  `notify: [{ type: webhook, url: "https://hooks.example/x", headers: ["X-Key: ${SECRET}"] }]`,
  `servers: [{ address: 10.0.0.12, check: { type: http, bearer: ${SECRET} } }]`,
];

for (const pair of OTHER_SECRETS) {
  Deno.test(`effectiveFile() hides the secret of ${pair.replaceAll(SECRET, "SECRET")}, and stays valid`, async () => {
    const servers = pair.startsWith("servers") ? "" : "    servers: [10.0.0.11]\n";
    const text = `version: 1\nservices:\n  - listen: tcp://192.0.2.10:80\n${servers}    ${pair}\n`;
    const shown = await effective(text);
    assert.ok(!shown.includes(SECRET), shown);
    assert.match(shown, /may contain a secret/);
    assert.deepEqual(planned(await desired(shown)), planned(await desired(text)));
  });
}

Deno.test("effectiveFile() keeps a reference to a variable in place of a secret, so that the file still works", async () => {
  const shown = await effective(
    checked('login: { user: admin, password: "\${CHECK_PASSWORD}" }, headers: "X-A: Bearer \${WORD}"'),
  );
  assert.match(shown, /password: "\$\{CHECK_PASSWORD\}"/);
  assert.match(shown, /headers: "X-A: Bearer \$\{WORD\}"/);
  assert.doesNotMatch(shown, /may contain a secret/);
});

Deno.test("effectiveFile() writes no control character of a file to the output", async () => {
  const shown = await effective(checked('expect: { body: "a\\e[2J\\u202eb\\u0085c" }'));
  assert.doesNotMatch(shown, /(?!\n)\p{Cc}/u);
  assert.deepEqual(await desired(shown), await desired(checked('expect: { body: "a\\e[2J\\u202eb\\u0085c" }')));
});
