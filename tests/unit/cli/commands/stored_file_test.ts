import assert from "node:assert/strict";
import { digestOf, formatVersion } from "../../../../core/cluster/version.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { EtcdGateway } from "../../../support/etcd_gateway.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

const ONE = "version: 1\nservices:\n  - { listen: tcp://192.0.2.10:80, servers: ['10.0.0.11:80'] }\n";
const TWO = ONE.replace("]", ", '10.0.0.12:80']");
const OF_HOST = "version: 1\nhosts: [{ name: lb1, variables: [W=7] }, { name: lb2, variables: [W=8] }]\nservices:\n" +
  "  - { listen: tcp://192.0.2.10:80, weight: '${W}', servers: ['10.0.0.11:80'] }\n";

/** A store, and a director with an empty table. */
class Director implements AsyncDisposable {
  readonly #gateway = new EtcdGateway({ user: { user: "root", password: "secret" } });
  readonly #login = Deno.makeTempFileSync();
  readonly kernel: MemoryKernel = memoryKernel({ services: [] });

  constructor() {
    Deno.writeTextFileSync(this.#login, "root:secret\n");
  }

  get address(): string {
    return this.#gateway.address;
  }

  get #options(): string {
    return `--store-login ${this.#login}`;
  }

  /** Runs a command line, in which STORE stands for the store and its options. */
  async run(line: string, options: { readonly stdin?: string; readonly login?: boolean } = {}): Promise<Printed> {
    const words = options.login === false ? this.address : `${this.address} ${this.#options}`;
    const { address, kernel } = this;
    const variables = { LVSCTL_FILE: address };
    const surroundings = surroundingsOf({ host: "lb2", variables, labels: ["role=core"] });
    return await lvsctl(line.replace("STORE", words), {
      kernel,
      surroundings,
      rehearsal: memoryKernel({ services: [] }),
      ...options,
    });
  }

  /** Pushes a text as the next version. */
  async push(text: string): Promise<void> {
    const { code, err } = await this.run(`cluster push - --yes --replace --store STORE`, { stdin: text });
    assert.equal(code, EXIT.ok, err);
  }

  /** Changes the roll-out that the store has. */
  change(fields: Readonly<Record<string, unknown>>): void {
    const { etcd } = this.#gateway;
    etcd.put(
      "/lvs/config/rollout",
      JSON.stringify({ ...JSON.parse(etcd.get("/lvs/config/rollout") ?? ""), ...fields }),
    );
  }

  /** Stores another text as version 1, without validation. */
  replace(text: string): void {
    const digest = digestOf(text);
    const version = { number: 1, text, digest, author: "root@admin", at: 0 };
    this.#gateway.etcd.put("/lvs/versions/0000000001", formatVersion(version));
    this.change({ digest });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Deno.removeSync(this.#login);
    await this.#gateway[Symbol.asyncDispose]();
  }
}

Deno.test("plan prints what the last version of a store would change here, and changes nothing", async () => {
  await using director = new Director();
  await director.push(ONE);
  await director.push(TWO);
  const { code, out, err } = await director.run("plan STORE");
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.match(out, /^\+ add real server 10\.0\.0\.12:80 of tcp:\/\/192\.0\.2\.10:80/m);
  assert.equal(director.kernel.openClient().services().length, 0);
});

Deno.test("a command reads a version of a store with the variables of this host", async () => {
  await using director = new Director();
  await director.push(OF_HOST);
  assert.match((await director.run("plan STORE")).out, /weight 8$/m);
  assert.match((await director.run("config show STORE")).out, /weight: 8/);
});

Deno.test("--store-version names an older version, and a note says that it is not the last one", async () => {
  await using director = new Director();
  await director.push(ONE);
  await director.push(TWO);
  const { out, err } = await director.run("plan --store-version 1 STORE");
  assert.doesNotMatch(out, /10\.0\.0\.12/);
  assert.equal(err, `lvsctl: ${director.address}: version 1 is not the last one: that is version 2\n`);
  assert.match(
    (await director.run("plan --store-version 9 STORE")).err,
    /Cannot read version 9 of \S+: the store does not have it/,
  );
});

Deno.test("apply makes the table as the store requires, and a second one finds nothing to do", async () => {
  await using director = new Director();
  await director.push(TWO);
  assert.equal((await director.run("apply --rehearse STORE")).code, EXIT.ok);
  assert.equal(director.kernel.openClient().services().length, 0);
  assert.equal((await director.run("apply --yes STORE")).code, EXIT.ok);
  assert.equal(director.kernel.openClient().services().length, 1);
  assert.match((await director.run("plan STORE")).out, /^Nothing to change$/m);
});

for (
  const [state, reason] of [["running", "is running"], ["halted", "has halted: b: no quorum"]] as const
) {
  Deno.test(`apply refuses the last version while its roll-out ${reason}, unless it is named`, async () => {
    await using director = new Director();
    await director.push(ONE);
    director.change({ state, turn: "b", reason: state === "halted" ? "b: no quorum" : null });
    for (const line of ["apply --yes STORE", "check --apply STORE", "plan --out /nonexistent/plan STORE"]) {
      const { code, err } = await director.run(line);
      assert.equal(code, EXIT.refused, line);
      assert.match(err, new RegExp(`the roll-out of version 1 ${reason}; .* name a version with --store-version`));
    }
    assert.equal(director.kernel.openClient().services().length, 0);
    for (const line of ["plan STORE", "apply --dry-run STORE"]) {
      const { code, out, err } = await director.run(line);
      assert.equal(code, EXIT.ok, err);
      assert.match(err, new RegExp(`the roll-out of version 1 ${reason}$`, "m"));
      assert.match(out, /add virtual service/);
    }
    assert.equal((await director.run("apply --yes --store-version 1 STORE")).code, EXIT.ok);
    assert.equal(director.kernel.openClient().services().length, 1);
  });
}

Deno.test("config check validates a version of a store, names it in each problem, and includes no files", async () => {
  await using director = new Director();
  await director.push(ONE);
  assert.match((await director.run("config check STORE")).out, /^etcd:\S+: valid \(virtual services: 1, .*\)$/m);
  director.replace("include: /etc/other.yaml\n" + ONE);
  const { code, err } = await director.run("config check STORE");
  assert.equal(code, EXIT.usage);
  assert.match(err, /^lvsctl: etcd:\S+ \(version 1\):1:10: include is not available here/m);
});

Deno.test("check reads the servers of a version from a store", async () => {
  await using director = new Director();
  await director.push(ONE);
  const { code, out } = await director.run("check STORE");
  assert.equal(code, EXIT.ok);
  assert.match(out, /10\.0\.0\.11:80/);
});

Deno.test("a saved plan of a version needs no store when it is applied", async () => {
  await using director = new Director();
  await director.push(ONE);
  const path = `${await Deno.makeTempDir()}/plan`;
  assert.match((await director.run(`plan --out ${path} STORE`)).out, /^Saved;/m);
  const refused = await director.run(`apply --yes --plan ${path} --store-version 1`);
  assert.deepEqual([refused.code, /--store-version is about a store/.test(refused.err)], [EXIT.usage, true]);
  assert.equal((await director.run(`apply --yes --plan ${path}`)).code, EXIT.ok);
  assert.equal(director.kernel.openClient().services().length, 1);
});

Deno.test("an empty store and one that refuses the login are errors that name it", async () => {
  await using director = new Director();
  const empty = await director.run("plan STORE");
  assert.equal(empty.code, EXIT.refused);
  assert.match(empty.err, /Cannot read etcd:\S+: the store has no configuration; store one with "lvsctl cluster push/);
  const anonymous = await director.run("plan STORE", { login: false });
  assert.equal(anonymous.code, EXIT.refused);
  assert.match(anonymous.err, /Cannot read 127\.0\.0\.1:\d+: .*; name a file .* by --store-login$/m);
});

Deno.test("LVSCTL_FILE may be the address of a store", async () => {
  await using director = new Director();
  const { err } = await director.run("plan");
  assert.match(err, /Cannot read 127\.0\.0\.1:\d+: /);
});

Deno.test("options about a store need the address of one", async () => {
  await using director = new Director();
  for (const command of ["plan", "apply", "check", "config check", "config show", "run"]) {
    const { code, err } = await director.run(`${command} web.yaml --store-ca a --store-key b`);
    assert.equal(code, EXIT.usage, command);
    assert.match(err, /--store-ca, --store-key are about a store; name one as etcd:\/\/HOST:2379\/PREFIX/, command);
  }
});

Deno.test("restore does not take the address of a store", async () => {
  await using director = new Director();
  await director.push(ONE);
  const { code, err } = await director.run("restore STORE", { login: false });
  assert.equal(code, EXIT.usage);
  assert.match(err, /Cannot read etcd:/);
});

Deno.test("__stored prints a version as JSON, for the parts of the program without the client of stores", async () => {
  await using director = new Director();
  await director.push(ONE);
  assert.deepEqual(JSON.parse((await director.run("__stored STORE")).out), { number: 1, text: ONE });
  director.change({ state: "running" });
  const { code, err } = await director.run("__stored --changes STORE");
  assert.deepEqual([code, /^lvsctl: Cannot apply \S+: the roll-out of version 1 is running;/.test(err)], [
    EXIT.refused,
    true,
  ]);
  assert.equal((await director.run("__stored --changes --store-version 1 STORE")).code, EXIT.ok);
});

const LABELLED = `version: 1
services:
  - { only_on: role=edge, listen: fwmark:1 }
  - { only_on: role=core, listen: fwmark:2 }
`;

Deno.test("a file has the parts for the labels of this director, and --label takes precedence", async () => {
  await using director = new Director();
  const plans = async (options: string): Promise<string> =>
    (await director.run(`plan - ${options}`.trim(), { stdin: LABELLED })).out;
  assert.match(await plans(""), /^\+ add virtual service fwmark:2: wlc\n1 to add/);
  assert.match(await plans("--label role=edge"), /^\+ add virtual service fwmark:1: wlc\n1 to add/);
  assert.match(
    (await director.run("config check - --label role=none", { stdin: LABELLED })).out,
    /virtual services: 0, .*items of other directors: 2/,
  );
  assert.match(
    (await director.run("config show - --label role=edge", { stdin: LABELLED })).out,
    /services:\n {2}- listen: fwmark:1\n$/,
  );
  const { code, err } = await director.run("plan - --label edge", { stdin: LABELLED });
  assert.equal(code, EXIT.usage);
  assert.match(err, /--label: .*it is not a label such as role=edge/);
});

Deno.test("config diff compares a version of a store with a file, on either side", async () => {
  await using director = new Director();
  await director.push(ONE);
  const { code, out, err } = await director.run("config diff STORE -", { stdin: TWO });
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.match(out, /^\+ add real server 10\.0\.0\.12:80 of tcp:\/\/192\.0\.2\.10:80/m);
  const same = await director.run("config diff - STORE --store-version 1 --exit-code", { stdin: ONE });
  assert.equal(same.code, EXIT.ok, same.out + same.err);
  assert.match((await director.run("config diff a b --store-version 1")).err, /--store-version is about a store/);
  const both = await director.run("config diff etcd://10.0.0.1/lvs STORE --store-version 1");
  assert.deepEqual([both.code, /would name the version of both stores/.test(both.err)], [EXIT.usage, true]);
});

Deno.test("commands refuse a text that is not the one of the roll-out, as daemons do", async () => {
  await using director = new Director();
  await director.push(ONE);
  director.change({ digest: "0".repeat(64) });
  for (const line of ["plan STORE", "apply --yes STORE"]) {
    const { code, err } = await director.run(line);
    assert.match(err, /its text is not the one that the roll-out names/, line);
    assert.notEqual(code, EXIT.ok);
  }
});

Deno.test("the address of a store with a login is refused before any message repeats it", async () => {
  await using director = new Director();
  const address = "etcd://root:secret/x@10.0.0.1/lvs";
  for (const line of ["run % --dry-run", "config check % -", "config check --json % -", "plan %", "config diff % -"]) {
    const { code, out, err } = await director.run(line.replace("%", address), { stdin: ONE });
    assert.equal(code, EXIT.usage, line);
    assert.ok(!(out + err).includes("secret"), out + err);
    assert.match(err, /etcd:\/\/\*\*\*@10\.0\.0\.1\/lvs/, line);
  }
});
