import assert from "node:assert/strict";
import { EXIT } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { reasonsOf } from "../../../support/refusal.ts";
import { serviceEntry } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";

/** A kernel with a journal. */
class Machine implements Disposable {
  readonly kernel: MemoryKernel;
  readonly #root = Deno.makeTempDirSync();

  constructor(kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")] })) {
    this.kernel = kernel;
  }

  async run(line: string): Promise<Printed> {
    const directories = { run: `${this.#root}/run`, state: `${this.#root}/state` };
    return await lvsctl(line, { kernel: this.kernel, directories });
  }

  /** The operations that a line reports as JSON; it reports them as changed only if there are any. */
  async operations(line: string): Promise<readonly string[]> {
    const { code, out, err } = await this.run(`${line} --json`);
    assert.deepEqual([code, err], [EXIT.ok, ""], line);
    const { changed, changes } = JSON.parse(out) as { changed: boolean; changes: { operation: string }[] };
    assert.equal(changed, changes.length > 0, line);
    return changes.map(({ operation }) => operation);
  }

  async entries(): Promise<number> {
    return JSON.parse((await this.run("history --json")).out).entries.length;
  }

  get state(): unknown {
    using client = this.kernel.openClient();
    return stateOf(client);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#root, { recursive: true });
  }
}

/** Lines that change something the first time, with their operations, and nothing the second time. */
const IDEMPOTENT: readonly (readonly [string, ...string[]])[] = [
  ["service add fwmark:1 -s rr --ensure", "addService"],
  [`service add ${WEB} -s mh --scheduler-flags mh-port --ensure`, "editService"],
  [`service add ${WEB} --persistent 5m --ensure`, "editService"],
  [`service edit ${WEB} --persistent 5m`, "editService"],
  [`service edit ${WEB} -s wlc`, "editService"],
  [`service delete ${WEB} fwmark:9 --ensure`, "deleteService"],
  [`service delete ${WEB} --if-exists`, "deleteService"],
  [`server add ${WEB} 10.0.0.13 --ensure`, "addServer"],
  [`server add ${WEB} 10.0.0.11 --weight 7 --ensure`, "editServer"],
  [`server add ${WEB} 10.0.0.11 --forward tun --tunnel-type gre --ensure`, "editServer"],
  [`server edit ${WEB} 10.0.0.12 --weight 0 --upper-threshold 5`, "editServer"],
  [`server delete ${WEB} 10.0.0.11 10.0.0.99 --ensure`, "deleteServer"],
  [`server delete ${WEB} 10.0.0.11 --if-exists`, "deleteServer"],
  ["sync start master -i lo --sync-id 3 --ensure", "startSyncDaemon"],
  ["timeouts --tcp 77s --udp 5s", "setTimeouts"],
  ["flush --yes", "flush"],
];

for (const [line, ...operations] of IDEMPOTENT) {
  Deno.test(`"lvsctl ${line}" reports its changes once, and nothing the second time`, async () => {
    using machine = new Machine();
    assert.deepEqual(await machine.operations(`${line} --dry-run`.replace("--dry-run", "").trim()), operations);
    const [state, entries] = [machine.state, await machine.entries()];
    assert.equal(entries, 1);
    assert.deepEqual(await machine.operations(line), []);
    assert.deepEqual(await machine.run(line), { code: EXIT.ok, out: "Nothing to change\n", err: "" });
    assert.deepEqual(await machine.run(`${line} --dry-run`), { code: EXIT.ok, out: "Nothing to change\n", err: "" });
    assert.deepEqual(machine.state, state);
    assert.equal(await machine.entries(), entries);
  });
}

Deno.test("add --ensure keeps the settings that the command line does not name", async () => {
  using machine = new Machine();
  await machine.run(`server edit ${WEB} 10.0.0.11 --weight 9 --upper-threshold 100`);
  await machine.run(`service edit ${WEB} --persistent 1m`);
  const before = machine.state;
  assert.deepEqual(await machine.operations(`server add ${WEB} 10.0.0.11 --ensure`), []);
  assert.deepEqual(await machine.operations(`service add ${WEB} --ensure`), []);
  assert.deepEqual(machine.state, before);
});

Deno.test("sync start --ensure restarts a daemon that has other settings, and sync stop --ensure stops it once", async () => {
  using machine = new Machine();
  await machine.run("sync start master -i lo --sync-id 3");
  assert.deepEqual(await machine.operations("sync start master -i lo --sync-id 4 --ensure"), [
    "stopSyncDaemon",
    "startSyncDaemon",
  ]);
  assert.deepEqual(await machine.operations("sync start master -i lo --sync-id 4 --ensure"), []);
  assert.deepEqual(await machine.operations("sync stop master --ensure"), ["stopSyncDaemon"]);
  assert.deepEqual(await machine.operations("sync stop master --ensure"), []);
  assert.deepEqual(await machine.operations("sync stop master --if-exists"), []);
});

Deno.test("edit --if-exists does nothing to what does not exist, and edit without it is refused", async () => {
  using machine = new Machine();
  const missing = [
    `server edit ${WEB} 10.0.0.99 --weight 1`,
    "server edit fwmark:9 10.0.0.1 -w 1",
    "service edit fwmark:9 -s rr",
  ];
  for (const line of missing) {
    assert.deepEqual(await machine.operations(`${line} --if-exists`), []);
    assert.equal((await machine.run(line)).code, EXIT.refused);
  }
  assert.equal(await machine.entries(), 0);
});

Deno.test("server add --ensure still needs its virtual service", async () => {
  using machine = new Machine();
  const { code, err } = await machine.run("server add fwmark:9 10.0.0.1 --ensure");
  assert.deepEqual([code, /its virtual service does not exist \(ESRCH\)/.test(err)], [EXIT.refused, true]);
});

/** Lines that are wrong whatever the kernel has, and the message. */
const WRONG: readonly (readonly [string, string])[] = [
  [`server edit ${WEB} 10.0.0.11`, "no option names a setting; add one, such as --weight 2"],
  [`server edit ${WEB} 10.0.0.11 --json`, `Cannot edit real server 10.0.0.11:80 of ${WEB}: no option names a setting`],
  [
    `service edit ${WEB}`,
    `Cannot edit virtual service ${WEB}: no option names a setting; add one, such as --scheduler wlc`,
  ],
  [`service edit ${WEB} --if-exists`, "no option names a setting"],
  [`service edit ${WEB} -s a-name-that-is-too-long`, `"a-name-that-is-too-long" is not a scheduler's name`],
  [`service edit ${WEB} -s rr --scheduler-flags sh-port`, `the scheduler rr has no flag "sh-port"`],
  [`service edit ${WEB} --scheduler-flags nope`, `no scheduler has a flag "nope"`],
  [`service edit ${WEB} --netmask 33`, `"33" is not a persistence netmask`],
  [`service edit ${WEB} --no-persistent --netmask 24`, "--netmask is for persistent services only"],
  [`service edit ${WEB} --one-packet`, "one-packet scheduling is for UDP, and this service is tcp"],
  [`service edit ${WEB} --persistent 32d`, "the persistence timeout is 2764800 s"],
  [`server edit ${WEB} [2001:db8::1]:80 -f dr`, "its address family differs from the virtual service's"],
  [`server edit ${WEB} 10.0.0.11 --lower-threshold 6 --upper-threshold 5`, "the lower threshold 6 is above"],
  [`server edit ${WEB} 10.0.0.11 -f nat --tunnel-type gre`, "the forwarding method nat has no tunnel"],
  [`server drain ${WEB} 10.0.0.11 --on-timeout wait`, '"wait" is not one of delete, keep, fail'],
  [`server drain ${WEB} 10.0.0.11 --timeout 5`, '"5" is not a duration'],
  [`server maint ${WEB} 10.0.0.11 --ttl never`, '"never" is not a duration'],
  ["sync start master -i lo --sync-id 256", '"256" is not a number from 0 to 255'],
  ["sync stop both", '"both" is not one of master, backup'],
  ["restore - --drain soon", '"soon" is not a duration'],
  ["save --format toml", '"toml" is not one of yaml, rules'],
  ["zero fwmark:0", '"0" is not a firewall mark'],
  ["flush now", "too many arguments"],
];

for (const [line, message] of WRONG) {
  Deno.test(`"lvsctl ${line}" is wrong usage, and is refused without reaching for the kernel`, async () => {
    const { code, out, err } = await lvsctl(line);
    assert.deepEqual([code, out], [EXIT.usage, ""]);
    assert.equal(reasonsOf(err).length, 1, err);
    assert.ok(err.includes(message), err);
  });
}
