import assert from "node:assert/strict";
import { EXIT } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { EtcdGateway } from "../../../support/etcd_gateway.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

const ONE = "version: 1\nservices:\n  - { listen: tcp://192.0.2.10:80, servers: ['10.0.0.11:80'] }\n";
const TWO = ONE.replace("]", ", '10.0.0.12:80']");
const NONE = "version: 1\nservices: []\n";

/** A store with the command line of an administrator. */
class Store implements AsyncDisposable {
  readonly #gateway = new EtcdGateway();

  get etcd(): EtcdGateway["etcd"] {
    return this.#gateway.etcd;
  }

  run(line: string, options: { readonly stdin?: string; readonly answer?: boolean } = {}): Promise<Printed> {
    const variables = { LVSCTL_STORE: this.#gateway.address, USER: "alice" };
    return lvsctl(line, { ...options, surroundings: surroundingsOf({ variables, host: "admin" }) });
  }

  /** Adds a director that has a version. */
  join(name: string, number: number, labels: readonly string[] = []): void {
    const about = { name, instance: name, program: "1", number, digest: "", at: 0, health: "1/1", labels, error: null };
    const member = { format: 1, ...about };
    this.etcd.put(`/lvs/members/${name}`, JSON.stringify(member));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#gateway[Symbol.asyncDispose]();
  }
}

Deno.test("cluster push stores a valid file with author and number, and names the first director", async () => {
  await using store = new Store();
  store.join("b", 0);
  store.join("a", 0);
  const { code, out, err } = await store.run("cluster push -", { stdin: ONE });
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.match(out, /^Stored as version 1; a takes it first;/);
  const status = await store.run("cluster status");
  assert.match(status.out, /^etcd:\/\/\S+: version 1 of alice@admin, pushed \d+s ago$/m);
  assert.match(status.out, /^The roll-out is running: a is next$/m);
  assert.match(status.out, /^a +- +next +1 +1\/1$/m);
  assert.match(status.out, /^b +- +waits +1 +1\/1$/m);
  assert.match((await store.run("cluster history")).out, /^ +1 +\d+s ago +alice@admin +[0-9a-f]{12} +\d+ *$/m);
  assert.equal((await store.run("cluster show")).out, ONE);
  assert.equal((await store.run("cluster show 1")).out, ONE);
});

Deno.test("cluster push refuses a file that is not valid, and stores nothing", async () => {
  await using store = new Store();
  for (const stdin of ["version: 1\nservices: [{ listen: nothing }]\n", "include: other.yaml\nversion: 1\n", ""]) {
    const { code, err } = await store.run("cluster push - --yes", { stdin });
    assert.equal(code, EXIT.usage, err);
  }
  assert.deepEqual(store.etcd.keys, []);
});

Deno.test("cluster push prints the warnings of a file", async () => {
  await using store = new Store();
  const { err } = await store.run("cluster push -", { stdin: ONE.replace("10.0.0.11", "127.0.0.1") });
  assert.match(err, /^lvsctl: <stdin>:3:\d+: warning: .* \[server-loopback\]$/m);
});

Deno.test("cluster push asks, or needs --yes, for a version that takes something away", async () => {
  await using store = new Store();
  await store.run("cluster push -", { stdin: ONE });
  const refused = await store.run("cluster push -", { stdin: NONE });
  assert.equal(refused.code, EXIT.usage);
  assert.match(
    refused.err,
    /it deletes virtual service tcp:\/\/192\.0\.2\.10:80.*; nothing was changed; add --yes to do it/,
  );
  const asked = await store.run("cluster push -", { stdin: NONE, answer: false });
  assert.match(asked.err, /- delete virtual service tcp:\/\/192\.0\.2\.10:80[^]*Store this version\?/);
  assert.match((await store.run("cluster status")).out, /version 1 /);
  assert.equal((await store.run("cluster push - --yes", { stdin: NONE })).code, EXIT.ok);
  assert.match((await store.run("cluster status")).out, /version 2 /);
});

Deno.test("cluster push needs --yes where the store has lost the version of the directors", async () => {
  await using store = new Store();
  store.join("a", 7);
  const refused = await store.run("cluster push -", { stdin: ONE });
  assert.match(refused.err, /the changes from version 7 are not known/);
  assert.equal((await store.run("cluster push - --yes", { stdin: ONE })).code, EXIT.ok);
});

Deno.test("cluster push --dry-run prints the changes of the directors by their version, and stores nothing", async () => {
  await using store = new Store();
  await store.run("cluster push -", { stdin: ONE });
  store.join("a", 1);
  store.join("c", 1);
  store.join("b", 0);
  const before = store.etcd.keys;
  const { out } = await store.run("cluster push - --dry-run", { stdin: TWO });
  assert.equal(
    out,
    "b:\n+ add virtual service tcp://192.0.2.10:80: wlc\n" +
      "+ add real server 10.0.0.11:80 of tcp://192.0.2.10:80: nat, weight 1\n" +
      "+ add real server 10.0.0.12:80 of tcp://192.0.2.10:80: nat, weight 1\n3 to add, 0 to edit, 0 to delete\n" +
      "a, c (version 1):\n+ add real server 10.0.0.12:80 of tcp://192.0.2.10:80: nat, weight 1\n" +
      "1 to add, 0 to edit, 0 to delete\n",
  );
  assert.deepEqual(store.etcd.keys, before);
});

Deno.test("cluster push of the present text changes nothing", async () => {
  await using store = new Store();
  await store.run("cluster push -", { stdin: ONE });
  const before = store.etcd.get("/lvs/config/rollout");
  const { code, out } = await store.run("cluster push -", { stdin: ONE });
  assert.equal(code, EXIT.ok);
  assert.match(out, /has this text already, as version 1$/m);
  assert.equal(store.etcd.get("/lvs/config/rollout"), before);
});

Deno.test("cluster push waits for the end of a roll-out, and --replace does not", async () => {
  await using store = new Store();
  store.join("a", 0);
  await store.run("cluster push -", { stdin: ONE });
  const { code, err } = await store.run("cluster push -", { stdin: TWO });
  assert.equal(code, EXIT.refused);
  assert.match(err, /the roll-out of version 1 is running; wait for its end/);
  assert.match((await store.run("cluster push - --replace", { stdin: TWO })).out, /^Stored as version 2;/);
});

Deno.test("cluster rollback stores the version before the last roll-out, or the named one, as a new version", async () => {
  await using store = new Store();
  assert.match((await store.run("cluster rollback")).err, /the store has no version before the last one/);
  for (const stdin of [ONE, TWO]) await store.run("cluster push -", { stdin });
  assert.match((await store.run("cluster rollback --yes")).out, /^Stored as version 3;/);
  assert.equal((await store.run("cluster show")).out, ONE);
  assert.match((await store.run("cluster rollback 2 --yes")).out, /^Stored as version 4;/);
  assert.equal((await store.run("cluster show")).out, TWO);
  assert.match((await store.run("cluster history")).out, /^ +4 .* repeats version 2$/m);
  assert.match(
    (await store.run("cluster rollback 9 --yes")).err,
    /Cannot read version 9 of \S+: the store does not have it/,
  );
});

Deno.test("cluster commands without a store name the option and the variable", async () => {
  const { code, err } = await lvsctl("cluster status", { surroundings: surroundingsOf({}) });
  assert.equal(code, EXIT.usage);
  assert.match(err, /^lvsctl: no store is named; add --store etcd:\/\/HOST:2379\/PREFIX, or set LVSCTL_STORE$/m);
});

Deno.test("options for certificates need TLS, and a certificate its key", async () => {
  await using store = new Store();
  const plain = await store.run("cluster status --store-ca /ca.pem");
  assert.match(plain.err, /certificates need TLS; write the address as etcds:\/\//);
  const keyless = await store.run("cluster status --store etcds://127.0.0.1/lvs --store-cert /c.pem");
  assert.match(keyless.err, /a certificate needs its key; name both --store-cert and --store-key/);
});

Deno.test("a login file that other users may read is refused", async () => {
  await using store = new Store();
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "root:secret\n");
  await Deno.chmod(path, 0o644);
  const { code, err } = await store.run(`cluster status --store-login ${path}`);
  await Deno.remove(path);
  assert.equal(code, EXIT.usage);
  assert.match(err, /other users may read it; run "chmod 600 /);
});

Deno.test("cluster push validates a file for each host that it names, and plans with its variables", async () => {
  await using store = new Store();
  const file = (weight: string): string =>
    `version: 1\nhosts:\n  - { name: a, variables: [WEIGHT=2] }\n  - { name: b, variables: [WEIGHT=${weight}] }\n` +
    `services:\n  - { listen: fwmark:1, weight: "\${WEIGHT}", servers: ['10.0.0.11:80'] }\n`;
  const bad = await store.run("cluster push -", { stdin: file("many") });
  assert.equal(bad.code, EXIT.usage);
  assert.match(bad.err, /\(b\):6:\d+: weight must be a whole number/);
  store.join("a", 0);
  store.join("b", 0);
  const { out } = await store.run("cluster push - --dry-run", { stdin: file("3") });
  assert.match(out, /^a:\n.*\n.* weight 2\n[^]*^b:\n.*\n.* weight 3\n/m);
});

Deno.test("cluster push plans for the first host of a file while no director runs", async () => {
  await using store = new Store();
  const { code, out, err } = await store.run("cluster push - --dry-run", {
    stdin: "version: 1\nhosts: [{ name: a, variables: [WEIGHT=2] }]\n" +
      "services: [{ listen: fwmark:1, weight: '${WEIGHT}', servers: ['10.0.0.11:80'] }]\n",
  });
  assert.equal(code, EXIT.ok, err);
  assert.match(out, /^No director runs:\n.*\n.* weight 2\n/m);
});

/** A service for directors with a label, and another one for those that the file names. */
const LABELLED = `version: 1
hosts:
  - { name: a, labels: [site=fra], variables: [WEIGHT=2] }
  - { only_on: role=edge, variables: [WEIGHT=4] }
services:
  - { only_on: role=edge, listen: fwmark:1, weight: "\${WEIGHT}", servers: ['10.0.0.11:80'] }
  - { only_on: [site=fra], listen: fwmark:2, weight: "\${WEIGHT}", servers: ['10.0.0.11:80'] }
`;

Deno.test("cluster push validates a file for each director by its labels, and plans what each one gets", async () => {
  await using store = new Store();
  store.join("b", 0, ["role=edge"]);
  store.join("c", 0, ["role=core"]);
  const { code, out, err } = await store.run("cluster push - --dry-run", { stdin: LABELLED });
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.match(out, /^b:\n.* fwmark:1: .*\n.* weight 4\n2 to add/m);
  assert.match(out, /^c:\nNothing to change$/m);
  assert.doesNotMatch(out, /fwmark:2/);
  const bad = await store.run("cluster push -", { stdin: LABELLED.replace("WEIGHT=4", "WEIGHT=many") });
  assert.equal(bad.code, EXIT.usage);
  assert.match(bad.err, /^lvsctl: <stdin> \(b\):6:\d+: weight must be a whole number/m);
  assert.doesNotMatch(bad.err, /\((?:a|c)\)/);
});

Deno.test("cluster push warns about an item that no known director has", async () => {
  await using store = new Store();
  const stdin = LABELLED.replace("role=edge, listen", "role=egde, listen");
  assert.doesNotMatch(
    (await store.run("cluster push - --dry-run", { stdin: stdin.replace(/^hosts:[^]*(?=services)/m, "") })).err,
    /known/,
  );
  store.join("b", 0, ["role=edge"]);
  assert.equal(
    (await store.run("cluster push - --dry-run", { stdin })).err,
    "lvsctl: <stdin>:6:5: warning: no director is known that has role=egde, so none has this item\n",
  );
});

Deno.test("cluster status shows the labels of directors that have some", async () => {
  await using store = new Store();
  await store.run("cluster push -", { stdin: ONE });
  store.join("a", 1);
  assert.doesNotMatch((await store.run("cluster status")).out, /LABELS/);
  store.join("b", 1, ["role=edge", "site=fra"]);
  assert.match((await store.run("cluster status")).out, /^b .* role=edge site=fra +1\/1$/m);
});
