import assert from "node:assert/strict";
import { EXIT } from "../../../../core/errors/mod.ts";
import { type CommandLineOptions, lvsctl, type Printed } from "../../../support/command_line.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";
import { realServer, serviceEntry } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";

/** A kernel with a journal. */
class Machine implements Disposable {
  readonly kernel: MemoryKernel = memoryKernel({
    services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"), serviceEntry("fwmark:1", "10.0.0.1:0")],
  });
  readonly #root = Deno.makeTempDirSync();

  async run(line: string, lines: readonly string[] = [], options: CommandLineOptions = {}): Promise<Printed> {
    const directories = { run: `${this.#root}/run`, state: `${this.#root}/state` };
    return await lvsctl(line, { kernel: this.kernel, directories, stdin: `${lines.join("\n")}\n`, ...options });
  }

  async history(): Promise<readonly { operation: string; outcome: string; step_count: number }[]> {
    return JSON.parse((await this.run("history --json")).out).entries;
  }

  get services(): unknown {
    using client = this.kernel.openClient();
    return stateOf(client).services;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#root, { recursive: true });
  }
}

const LINES = [
  "# a batch",
  "service add fwmark:2 --scheduler rr",
  "lvsctl server add fwmark:2 10.0.0.21 --weight 3",
  "",
  `server edit ${WEB} 10.0.0.11 --weight 5`,
  `server delete ${WEB} 10.0.0.12`,
  `server add ${WEB} 10.0.0.13   # beside it`,
  `server add '${WEB}' "10.0.0.14" --ensure`,
  "timeouts --udp 7s",
];

Deno.test("batch makes the changes of all lines as one entry of the history, which undo undoes", async () => {
  using machine = new Machine();
  const before = machine.services;
  const { code, out, err } = await machine.run("batch -", LINES);
  assert.equal(code, EXIT.ok);
  // The weights of the lines differ, which no command alone sees.
  assert.match(err, /^lvsctl: <stdin>:5: warning: [^\n]* \[weight-ignored\]\n$/);
  assert.match(out, /\n4 to add, \d to edit, 1 to delete\n$/);
  assert.deepEqual(machine.services, [
    {
      ...serviceEntry(WEB),
      servers: [realServer("10.0.0.11:80", { weight: 5 }), realServer("10.0.0.13:80"), realServer("10.0.0.14:80")],
    },
    serviceEntry("fwmark:1", "10.0.0.1:0"),
    { ...serviceEntry("fwmark:2"), servers: [realServer("10.0.0.21:0", { weight: 3 })] },
  ]);
  assert.deepEqual((await machine.history()).map(({ operation, outcome }) => `${operation} ${outcome}`), [
    "batch done",
  ]);
  assert.equal((await machine.run("undo --yes")).code, EXIT.ok);
  assert.deepEqual(machine.services, before);
});

Deno.test("batch takes lines that only add and edit without consent, and again changes nothing with --ensure", async () => {
  using machine = new Machine();
  const lines = ["service add fwmark:2 --ensure", "server add fwmark:2 10.0.0.1 --ensure"];
  assert.equal((await machine.run("batch -", lines, { answer: false })).code, EXIT.ok);
  assert.deepEqual(await machine.run("batch -", lines), { code: EXIT.ok, out: "Nothing to change\n", err: "" });
  const { out } = await machine.run("batch - --json", lines);
  assert.deepEqual(JSON.parse(out).changes, []);
  assert.equal((await machine.history()).length, 1);
});

Deno.test("batch --dry-run prints the changes and makes none, --json prints those of a plan", async () => {
  using machine = new Machine();
  const before = machine.services;
  const { out } = await machine.run("batch - --dry-run", LINES);
  assert.match(out, /^\+ add virtual service fwmark:2: rr\n/m);
  const { changes, summary } = JSON.parse((await machine.run("batch - --dry-run --json", LINES)).out);
  assert.equal(changes.length, summary.add + summary.edit + summary.delete);
  assert.deepEqual([machine.services, await machine.history()], [before, []]);
});

/** Lines that fail at line 3, and what standard error says there. */
const FAILING: readonly (readonly [string, number, RegExp])[] = [
  ["server add fwmark:2 10.0.0.1", 1, /Cannot add real server 10\.0\.0\.1:0 of fwmark:2: .* \(EEXIST\)/],
  ["server add fwmark:9 10.0.0.1", 1, /Cannot add real server 10\.0\.0\.1:0 of fwmark:9: .* \(ESRCH\)/],
  ["server edit fwmark:2 10.0.0.9 -w 1", 1, /Cannot edit real server 10\.0\.0\.9:0 of fwmark:2: .* \(ENOENT\)/],
  ["server delete fwmark:2 10.0.0.9", 1, /Cannot delete real server 10\.0\.0\.9:0 of fwmark:2: .* \(ENOENT\)/],
  ["service add fwmark:2", 1, /Cannot add virtual service fwmark:2: it exists already \(EEXIST\)/],
  ["service edit fwmark:9 -s rr", 1, /Cannot edit virtual service fwmark:9: .* \(ESRCH\)/],
  ["service delete fwmark:9", 1, /Cannot delete virtual service fwmark:9: .* \(ESRCH\)/],
  ["sync stop master", 1, /Cannot stop sync daemon master: it does not run \(ESRCH\)/],
  ["service add fwmark:3 -s nope", 1, /Cannot add virtual service fwmark:3: the kernel has no scheduler "nope"/],
  ["server add fwmark:2 300.0.0.1", 2, /"300\.0\.0\.1" is not an IP address/],
  ["server add fwmark:2", 2, /missing required argument 'server'/],
  ["server edit fwmark:2 10.0.0.1", 2, /Cannot edit real server 10\.0\.0\.1:0 of fwmark:2: no option names a setting/],
  ["server add fwmark:2 10.0.0.5 --weihgt 3", 2, /unknown option '--weihgt'/],
  ["server add fwmark:2 10.0.0.5 --json", 2, /--json is an option of batch, not of its lines/],
  ["server list fwmark:2", 2, /"server list" is not a command of a batch; use service add\|edit\|delete, /],
  ["root:$6$hash:19000:0:99999:7:::", 2, /"root\.\.\." is not a command of a batch; use /],
  ["server root:$6$hash:19000", 2, /"server root\.\.\." is not a command of a batch; use /],
  ["restore file.yaml", 2, /"restore" is not a command of a batch; use /],
  ["batch -", 2, /"batch" is not a command of a batch; use /],
  ["timeouts", 2, /the line only reads the table/],
  ["service add --help", 2, /help is not for a batch/],
];

for (const [line, code, message] of FAILING) {
  const lines = ["service add fwmark:2 -s rr", "server add fwmark:2 10.0.0.1", line, `server add ${WEB} 10.0.0.99`];

  Deno.test(`batch with the line "${line}" changes nothing and names the line`, async () => {
    using machine = new Machine();
    const before = machine.services;
    const result = await machine.run("batch -", lines);
    assert.deepEqual([result.code, result.out], [code, ""]);
    assert.match(
      result.err,
      new RegExp(`^lvsctl: <stdin>:3: ${message.source}[^\n]*(nothing was changed|as it was before)\n$`),
    );
    assert.deepEqual(machine.services, before);
    assert.ok((await machine.history()).every(({ outcome }) => outcome === "undone"));
  });

  Deno.test(`batch --keep-going skips the line "${line}" and makes the changes of the others`, async () => {
    using machine = new Machine();
    const result = await machine.run("batch - --keep-going", lines);
    assert.equal(result.code, EXIT.partial);
    assert.match(result.err, new RegExp(`^lvsctl: <stdin>:3: ${message.source}[^\n]*\nlvsctl: 1 line failed\n$`));
    assert.deepEqual(machine.services, [
      serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80", "10.0.0.99:80"),
      serviceEntry("fwmark:1", "10.0.0.1:0"),
      serviceEntry("fwmark:2", "10.0.0.1:0"),
    ]);
    assert.equal((await machine.history()).filter(({ outcome }) => outcome === "done").length, 1);
  });
}

Deno.test("batch --keep-going whose lines all fail has the status without it, and with some 3", async () => {
  const [good, refused, wrong] = ["service add fwmark:2", "service delete fwmark:9", "service add fwmark:0x"];
  for (
    const [lines, code] of [
      [[refused, refused], EXIT.refused],
      [[refused, wrong], EXIT.usage],
      [[wrong, refused], EXIT.usage],
      [[wrong, wrong], EXIT.usage],
      [[wrong, good, refused], EXIT.partial],
      [[refused, good], EXIT.partial],
      [[good], EXIT.ok],
    ] as const
  ) {
    using machine = new Machine();
    const result = await machine.run("batch - --keep-going", lines);
    assert.equal(result.code, code, `${lines.join("; ")}: ${result.err}`);
    using other = new Machine();
    if (code !== EXIT.partial) assert.equal((await other.run("batch -", lines)).code, code);
  }
});

Deno.test("batch --keep-going that a user declines does nothing in part", async () => {
  using machine = new Machine();
  const lines = ["service delete fwmark:1", "service add fwmark:0x"];
  const { code, err } = await machine.run("batch - --keep-going", lines, { answer: false });
  assert.match(err, /nothing was changed\nlvsctl: <stdin>:2: /);
  assert.equal(code, EXIT.usage);
});

Deno.test("batch judges the words of every line before it opens the kernel", async () => {
  const { code, err } = await lvsctl("batch -", { stdin: "server add fwmark:1\n\nservice add tcp://1.2.3:80\n" });
  assert.equal(code, EXIT.usage);
  assert.match(
    err,
    /^lvsctl: <stdin>:1: missing [^\n]*\nlvsctl: <stdin>:3: "1\.2\.3" is not [^\n]*; nothing was changed\n$/,
  );
  const quote = await lvsctl("batch -", { stdin: "flush\n'\n" });
  assert.deepEqual(quote, { code: EXIT.usage, out: "", err: "lvsctl: <stdin>:2: a quote is not closed\n" });
});

Deno.test("batch that takes something away asks on a terminal, and needs --yes without one", async () => {
  for (
    const lines of [["service delete fwmark:1"], ["server rm fwmark:1 10.0.0.1"], ["flush"], [
      `server edit fwmark:1 10.0.0.1 -w 0`,
    ]]
  ) {
    using machine = new Machine();
    const before = machine.services;
    const refused = await machine.run("batch -", lines);
    assert.deepEqual([refused.code, refused.out], [EXIT.usage, ""]);
    assert.match(refused.err, /^lvsctl: Cannot run the batch: .*it (deletes|leaves) .*; add --yes to do it\n$/);
    const answered = await machine.run("batch -", lines, { answer: false });
    assert.match(answered.err, /^[-~] [^]*\? *\nlvsctl: nothing was changed\n$/);
    assert.deepEqual(machine.services, before);
    assert.equal((await machine.run("batch - --yes", lines)).code, EXIT.ok);
    assert.notDeepEqual(machine.services, before);
  }
});

Deno.test("batch makes the fewest changes: what a line deletes and another adds again is kept", async () => {
  using machine = new Machine();
  const lines = [
    "flush",
    `service add ${WEB} -s rr`,
    `server add ${WEB} 10.0.0.11`,
    `server add ${WEB} 10.0.0.12 -w 2`,
  ];
  const { code, out } = await machine.run("batch - --yes", lines);
  assert.equal(code, EXIT.ok);
  assert.equal(
    out,
    `~ edit real server 10.0.0.12:80 of ${WEB}: weight 1 -> 2\n- delete virtual service fwmark:1\n` +
      "0 to add, 1 to edit, 1 to delete\n",
  );
});

Deno.test("batch adds and deletes VIPs with the services, and undo takes them back", async () => {
  using machine = new Machine();
  const routes = new MemoryRoutes();
  const vips = (): string[] => {
    using client = routes.openClient();
    return client.vips().filter(({ owned }) => owned).map(({ address, device }) => `${address} ${device}`);
  };
  await machine.run("vip add 192.0.2.9 --device lo", [], { routes });
  const lines = [
    "vip add 192.0.2.77/32 --device lo",
    "vip add 192.0.2.77 --device lo --ensure",
    "vip delete 192.0.2.9",
    "service add tcp://192.0.2.77:80",
  ];
  const refused = await machine.run("batch -", lines, { routes });
  assert.match(refused.err, /it deletes VIP 192\.0\.2\.9\/32 on lo, .*--yes/);
  const { code, out } = await machine.run("batch - --yes", lines, { routes });
  assert.equal(code, EXIT.ok);
  assert.deepEqual(out.split("\n").slice(0, 3), [
    "+ add VIP 192.0.2.77/32 on lo",
    "+ add virtual service tcp://192.0.2.77:80: wlc",
    "- delete VIP 192.0.2.9/32 on lo",
  ]);
  assert.deepEqual(vips(), ["192.0.2.77 lo"]);
  for (
    const [line, message] of [
      ["vip delete 192.0.2.9", /<stdin>:1: Cannot delete VIP 192\.0\.2\.9: no interface has it \(EADDRNOTAVAIL\)/],
      ["vip add 192.0.2.77 -d lo", /<stdin>:1: Cannot add VIP 192\.0\.2\.77\/32 on lo: .* \(EEXIST\)/],
      ["vip add 192.0.2.77 -d lo --force", /<stdin>:1: a VIP of a batch takes neither --force nor /],
      ["vip list", /"vip list" is not a command of a batch/],
    ] as const
  ) {
    assert.match((await machine.run("batch -", [line], { routes })).err, message);
  }
  assert.equal((await machine.run("undo --yes", [], { routes })).code, EXIT.ok);
  assert.deepEqual(vips(), ["192.0.2.9 lo"]);
});

Deno.test("batch makes of each form of server add what the command alone makes of it", async () => {
  const lines = [
    `server add ${WEB} 10.0.0.21`,
    `server add ${WEB} 10.0.0.22:8080 --weight 0`,
    `server add ${WEB} 10.0.0.23 -w 7 -f dr`,
    `server add ${WEB} 10.0.0.24 --forward gate --ensure`,
    `server add ${WEB} 10.0.0.11 --weight 9 --ensure`,
    `server add --weight 3 ${WEB} 10.0.0.25`,
    `server add ${WEB} 10.0.0.26 --weight=4`,
    `server add ${WEB} 10.0.0.27 -w 5 --upper-threshold 100`,
    `server add ${WEB} 10.0.0.28 --forward tun --tunnel-type gre`,
    "server add fwmark:1 10.0.0.29 --weight 2",
  ];
  using together = new Machine();
  using alone = new Machine();
  const codes = (err: string): readonly string[] => err.match(/\[[a-z-]+\](?=\n)/g) ?? [];
  assert.deepEqual(codes((await together.run("batch -", lines)).err), ["[weight-ignored]"]);
  for (const line of lines) assert.deepEqual((await alone.run(line)).err, "", line);
  assert.deepEqual(together.services, alone.services);
});

Deno.test("batch of 1,000 lines leaves the table as before if line 500 fails, in the draft or in the kernel", async () => {
  using machine = new Machine();
  const before = machine.services;
  for (const broken of [`server add ${WEB} 10.0.0.11`, `server add ${WEB} 255.255.255.255`]) {
    const lines = Array.from(
      { length: 1000 },
      (_, index) => index === 499 ? broken : `server add ${WEB} 10.1.${index >> 8}.${index & 255}`,
    );
    const { code, err } = await machine.run("batch -", lines);
    assert.equal(code, EXIT.refused);
    assert.match(err, /^lvsctl: <stdin>:500: Cannot add real server [^\n]*\n$/);
    assert.deepEqual(machine.services, before);
  }
});
