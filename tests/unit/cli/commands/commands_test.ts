import assert from "node:assert/strict";
import { EXIT } from "../../../../core/errors/mod.ts";
import { formatServerId, type ServiceEntry } from "../../../../core/model/mod.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { reasonsOf } from "../../../support/refusal.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { serviceEntry, serviceId } from "../../../support/samples.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";
import { CAPTURED } from "../../core/connections/captured.ts";

const WEB = "tcp://192.0.2.10:80";

/** What the kernel has, as lvsctl lists it: read by the in-memory kernel's own reader through a fresh client. */
function tableOf(kernel: MemoryKernel): readonly ServiceEntry[] {
  using client = kernel.openClient();
  return stateOf(client).services;
}

async function quietly(kernel: MemoryKernel, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) assert.deepEqual(await lvsctl(line, { kernel }), { code: 0, out: "", err: "" }, line);
}

Deno.test("service add and server add make what they name, and print nothing", async () => {
  const kernel = memoryKernel({});
  await quietly(
    kernel,
    `service add ${WEB} --scheduler mh --scheduler-flags mh-port,mh-fallback --persistent 5m --netmask 24`,
    `server add ${WEB} 10.0.0.11:8080`,
    `server add ${WEB} 10.0.0.12 --forward gate --weight 0 --upper-threshold 9 --lower-threshold 3`,
    `server add ${WEB} 10.0.0.13 -f tun --tunnel-type gue --tunnel-port 6080 --tunnel-checksum remcsum`,
  );
  const plain = { upperThreshold: 0, lowerThreshold: 0, tunnel: { type: "ipip", port: 0, checksum: "none" } };
  assert.deepEqual(tableOf(kernel), [{
    service: {
      id: { kind: "endpoint", protocol: "tcp", address: "192.0.2.10", port: 80 },
      scheduler: "mh",
      schedulerFlags: 3,
      onePacket: false,
      persistence: { timeoutSeconds: 300, netmask: 0xffffff00 },
    },
    servers: [
      { address: "10.0.0.11", port: 8080, forward: "nat", weight: 1, ...plain },
      { address: "10.0.0.12", port: 80, forward: "dr", weight: 0, ...plain, upperThreshold: 9, lowerThreshold: 3 },
      {
        address: "10.0.0.13",
        port: 80,
        forward: "tun",
        weight: 1,
        ...plain,
        tunnel: { type: "gue", port: 6080, checksum: "remcsum" },
      },
    ],
  }]);
});

Deno.test("service edit and server edit change what is named and keep the rest", async () => {
  const kernel = memoryKernel({});
  await quietly(
    kernel,
    `service add ${WEB} -s sh --scheduler-flags sh-port,sh-fallback -p 5m`,
    `server add ${WEB} 10.0.0.11 -f tun --tunnel-type gre --tunnel-checksum csum -w 5 --upper-threshold 9`,
    `service edit ${WEB} --netmask 255.255.0.0`,
    `server edit ${WEB} 10.0.0.11 --weight 7`,
  );
  const kept = JSON.stringify(tableOf(kernel));
  assert.match(
    kept,
    /"schedulerFlags":3,"onePacket":false,"persistence":\{"timeoutSeconds":300,"netmask":4294901760\}/,
  );
  assert.match(kept, /"forward":"tun","weight":7,"upperThreshold":9,.*"gre","port":0,"checksum":"csum"/);
  // Flags belong to a scheduler, and a tunnel to its method: neither outlives the change of what it belongs to.
  await quietly(kernel, `service edit ${WEB} -s rr --no-persistent`, `server edit ${WEB} 10.0.0.11 -f nat`);
  const changed = JSON.stringify(tableOf(kernel));
  assert.match(changed, /"scheduler":"rr","schedulerFlags":0,"onePacket":false\}/);
  assert.match(changed, /"forward":"nat","weight":7,.*"ipip"/);
});

Deno.test("a dry run prints the change and leaves the kernel alone", async () => {
  const kernel = memoryKernel({});
  const { code, out } = await lvsctl(`service add ${WEB} -p --one-packet --dry-run`.replace(" --one-packet", ""), {
    kernel,
  });
  assert.deepEqual([code, out], [0, `+ add virtual service ${WEB}: wlc persistent 6m\n`]);
  assert.deepEqual(tableOf(kernel), []);
});

Deno.test("a dry run warns of a scheduler that Linux does not have, and the kernel's refusal names the nearest", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  for (const line of ["service add fwmark:1 -s wrrr", `service edit ${WEB} -s wrrr`]) {
    const { code, err } = await lvsctl(`${line} --dry-run`, { kernel });
    assert.equal(code, EXIT.ok);
    assert.match(err, /Linux has no scheduler "wrrr", .*; did you mean "wrr"\? \[unknown-scheduler\]\n/);
    const made = await lvsctl(line, { kernel });
    assert.equal(made.code, EXIT.refused);
    assert.match(
      made.err,
      /no scheduler "wrrr" \(ENOENT\); did you mean "wrr"\? If not, load its module: modprobe ip_vs_wrrr\n$/,
    );
  }
});

Deno.test("a dry run predicts what the kernel would refuse", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  for (
    const line of [
      `service add ${WEB}`,
      "service edit tcp://192.0.2.99:80 -s rr",
      "service delete tcp://192.0.2.99:80",
      `server add ${WEB} 10.0.0.11`,
      `server delete ${WEB} 10.0.0.99`,
      "zero tcp://192.0.2.99:80",
    ]
  ) {
    const rehearsed = await lvsctl(`${line} --dry-run`, { kernel });
    const made = await lvsctl(line, { kernel });
    assert.deepEqual([rehearsed.code, rehearsed.err], [EXIT.refused, made.err], line);
  }
});

Deno.test("deleting several of which one is missing tells which, with the status for partly done", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")] });
  const { code, err } = await lvsctl(`server delete ${WEB} 10.0.0.11 10.0.0.99 10.0.0.12`, { kernel });
  assert.equal(code, EXIT.partial);
  assert.match(
    err,
    /^lvsctl: Cannot delete real server 10\.0\.0\.99:80 of tcp:\/\/192\.0\.2\.10:80: .* \(ENOENT\); .*\n$/,
  );
  assert.deepEqual(tableOf(kernel), [serviceEntry(WEB)]);
});

const REFUSED: readonly (readonly [string, number, string])[] = [
  ["service add 192.0.2.10:80", 2, `"192.0.2.10:80" is not a virtual service; write tcp://ADDRESS:PORT`],
  [
    "service add tcp://2001:db8::1:80",
    2,
    `"2001:db8::1:80" is ambiguous: an IPv6 address goes in brackets; write [2001:`,
  ],
  ["service add tcp://[192.0.2.1]:80", 2, `"[192.0.2.1]:80" has an IPv4 address in brackets`],
  ["service add tcp://192.0.2.1:70000", 2, `"70000" is not a port; a port is a number from 0 to 65535`],
  ["service add fwmark:0", 2, `"0" is not a firewall mark`],
  ["service add tcp://192.0.2.1:0", 2, "Cannot add virtual service tcp://192.0.2.1:0: port 0 stands for every port"],
  [`service add ${WEB} --one-packet`, 2, "one-packet scheduling is for UDP, and this service is tcp"],
  [`service add ${WEB} --netmask 24`, 2, "--netmask is for persistent services only; add --persistent"],
  [`service add ${WEB} -s rr --scheduler-flags sh-port`, 2, `the scheduler rr has no flag "sh-port"`],
  [`service add ${WEB} -s a-name-that-is-too-long`, 2, `"a-name-that-is-too-long" is not a scheduler's name`],
  [`service add ${WEB} --persistent 5`, 2, `"5" is not a duration; add a unit, as in 5s`],
  [`server add ${WEB} 10.1:80`, 2, `"10.1" is not an IP address; an IPv4 address is four numbers`],
  [`server add ${WEB} 10.0.0.1 -w 2147483648`, 2, `"2147483648" is not a number from 0 to 2147483647`],
  [`server add ${WEB} 10.0.0.1 --lower-threshold 5`, 2, "the lower threshold 5 is above the upper threshold 0"],
  [`server add ${WEB} 10.0.0.1 -f mule`, 2, `"mule" is not a forwarding method; use nat, dr, tun`],
  [`server add ${WEB} [2001:db8::1]:80`, 2, "its address family differs from the virtual service's, which nat cannot"],
  [`server add ${WEB} 10.0.0.1 --tunnel-type gre`, 2, "the forwarding method nat has no tunnel"],
  [`server add ${WEB} 10.0.0.1 -f tun --tunnel-type gue`, 2, "a gue tunnel needs a port"],
  ["list --stats --rate", 2, "--stats, --rate, --thresholds and --persistent-conn exclude each other"],
  ["timeouts --tcp 0s", 2, "--tcp is out of range; use 1s to 31d"],
  ["timeouts --tcp 1500ms", 2, `"1500ms" is not a whole number of seconds`],
  ["servise list", 2, "unknown command 'servise' (Did you mean service?)"],
  ["service add fwmark:3 -s sh --scheduler-flags nope", 2, 'no flag "nope"; its flags are sh-fallback, sh-port\n'],
  ["service add fwmark:3 -s wlc --scheduler-flags nope", 2, 'no flag "nope"; it has no flags\n'],
  [
    "service edit fwmark:3 --scheduler-flags nope",
    2,
    'has a flag "nope"; flags are sh-fallback, sh-port, mh-fallback, mh-port\n',
  ],
  ["help servise", 2, "unknown command 'servise' (Did you mean service?)"],
  ["service list --jason", 2, "unknown option '--jason' (Did you mean --json?)"],
  ["service add", 2, "missing required argument 'service'"],
  ["config check /nowhere/file.yaml", 2, "Cannot read /nowhere/file.yaml: No such file or directory (ENOENT)"],
];

for (const [line, status, message] of REFUSED) {
  Deno.test(`"lvsctl ${line}" is refused with its reason in one line, without reaching for the kernel`, async () => {
    const { code, out, err } = await lvsctl(line);
    assert.deepEqual([code, out], [status, ""]);
    assert.match(err, /^lvsctl: /);
    assert.equal(reasonsOf(err).length, 1, err);
    assert.ok(err.includes(message), err);
  });
}

Deno.test("list aligns columns, services by identity and servers by address", async () => {
  const kernel = memoryKernel({
    services: [
      serviceEntry("udp://[2001:db8::53]:53", "[2001:db8:1::1111:2222]:53"),
      serviceEntry(WEB, "192.168.0.10:80", "10.0.0.10:8080"),
    ],
  });
  const { out } = await lvsctl("list", { kernel });
  assert.equal(
    out,
    `VIRTUAL SERVICE, SCHEDULER
  -> REAL SERVER                 FORWARD  WEIGHT  ACTIVE  INACTIVE
tcp://192.0.2.10:80  rr
  -> 10.0.0.10:8080              nat           1       0         0
  -> 192.168.0.10:80             nat           1       0         0
udp://[2001:db8::53]:53  rr
  -> [2001:db8:1::1111:2222]:53  nat           1       0         0
`,
  );
});

Deno.test("save prints what restore takes, and restoring it changes nothing", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80"), serviceEntry("fwmark6:7", "[::2]:0")] });
  const saved = await lvsctl("save", { kernel });
  assert.deepEqual(await lvsctl("restore - --dry-run", { kernel, stdin: saved.out }), {
    code: 0,
    out: "Nothing to change\n",
    err: "",
  });
  const empty = memoryKernel({});
  assert.equal((await lvsctl("restore -", { kernel: empty, stdin: saved.out })).code, 0);
  assert.deepEqual(tableOf(empty), tableOf(kernel));
});

Deno.test("restore deletes what the file does not name, and leaves parts that the file leaves out", async () => {
  const kernel = memoryKernel({
    services: [serviceEntry(WEB, "10.0.0.11:80"), serviceEntry("fwmark:1")],
    timeouts: { tcpSeconds: 77, tcpFinSeconds: 66, udpSeconds: 55 },
  });
  const stdin = `version: 1\nservices:\n  - { listen: "${WEB}", scheduler: rr, servers: ["10.0.0.12:80"] }\n`;
  const { code, out } = await lvsctl("restore - --yes --json", { kernel, stdin });
  const made: { readonly changes: readonly { readonly description: string }[] } = JSON.parse(out);
  assert.deepEqual([code, made.changes.map(({ description }) => description)], [0, [
    `add real server 10.0.0.12:80 of ${WEB}`,
    `delete real server 10.0.0.11:80 of ${WEB}`,
    "delete virtual service fwmark:1",
  ]]);
  using client = kernel.openClient();
  assert.equal(client.getTimeouts().tcpSeconds, 77);
});

Deno.test("restore touches nothing when the file has a mistake, and names all of them", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB)] });
  const stdin = "version: 1\nservices:\n  - { listen: tcp://192.0.2.1:80, shedule: rr }\n  - { listen: 7 }\n";
  const { code, err } = await lvsctl("restore -", { kernel, stdin });
  assert.equal(code, EXIT.usage);
  assert.match(err, /^lvsctl: <stdin>:3:\d+: .*shedule.*scheduler.*\nlvsctl: <stdin>:4:\d+: .*\n$/);
  assert.deepEqual(tableOf(kernel), [serviceEntry(WEB)]);
});

Deno.test("flush asks on a terminal, and needs --yes without one", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB)] });
  const refused = await lvsctl("flush", { kernel });
  assert.equal(refused.code, EXIT.usage);
  assert.equal(
    refused.err,
    `lvsctl: Cannot flush the table: it deletes virtual service ${WEB}, and there is no terminal for the question; ` +
      "nothing was changed; add --yes to do it\n",
  );
  assert.deepEqual(await lvsctl("flush", { kernel, answer: false }), {
    code: 0,
    out: "",
    err: `- delete virtual service ${WEB}\nDelete this virtual service?\nlvsctl: nothing was changed\n`,
  });
  assert.deepEqual(tableOf(kernel), [serviceEntry(WEB)]);
  assert.equal((await lvsctl("flush", { kernel, answer: true })).code, 0);
  assert.deepEqual(tableOf(kernel), []);
});

Deno.test("timeouts shows them, and sets what is named", async () => {
  const kernel = memoryKernel({ timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 } });
  assert.equal((await lvsctl("timeouts --udp 90s", { kernel })).code, 0);
  assert.equal((await lvsctl("timeouts", { kernel })).out, "tcp     15m\ntcp-fin 2m\nudp     90s\n");
});

Deno.test("config check names the size of a valid file", async () => {
  const stdin = `version: 1\nservices: [{ listen: "${WEB}", servers: ["10.0.0.11", "10.0.0.12"] }]\n`;
  const { code, out } = await lvsctl("config check -", { stdin });
  assert.deepEqual([code, out], [0, "<stdin>: valid (virtual services: 1, real servers: 2)\n"]);
});

Deno.test("the list and the services as JSON have every field", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  const { out } = await lvsctl("list --json", { kernel });
  const none = '{"connections":0,"in_packets":0,"out_packets":0,"in_bytes":0,"out_bytes":0}';
  const traffic: unknown = JSON.parse(none);
  const { services, ...envelope } = JSON.parse(out);
  assert.deepEqual(envelope, { version: 2 });
  assert.deepEqual(services, [{
    service: WEB,
    protocol: "tcp",
    address: "192.0.2.10",
    port: 80,
    fwmark: null,
    family: "ipv4",
    scheduler: "rr",
    scheduler_flags: [],
    persistence: null,
    one_packet: false,
    counters: traffic,
    rates: traffic,
    servers: [{
      server: "10.0.0.11:80",
      address: "10.0.0.11",
      port: 80,
      family: "ipv4",
      forward: "nat",
      weight: 1,
      upper_threshold: 0,
      lower_threshold: 0,
      tunnel: null,
      active_connections: 0,
      inactive_connections: 0,
      persistent_connections: 0,
      counters: traffic,
      rates: traffic,
    }],
  }]);
});

Deno.test("every command has help that needs no kernel", async () => {
  const { out } = await lvsctl("help");
  const names = [...out.matchAll(/^ {2}([a-z]+) .*$/gm)].map(([, name = ""]) => name)
    .filter((name) => name !== "help");
  assert.ok(names.length > 10, out);
  for (const name of names) {
    const help = await lvsctl(`help ${name}`);
    assert.equal(help.code, 0, name);
    assert.match(help.out, new RegExp(`^Usage: lvsctl ${name}`), name);
  }
});

Deno.test("check --apply brings the other services up to date when the kernel refuses one", async () => {
  const kernel = memoryKernel({});
  const directory = await Deno.makeTempDir();
  try {
    const stdin = `version: 1
services:
  - { listen: "tcp://192.0.2.11:80", scheduler: none-such, servers: ["10.0.0.21"] }
  - { listen: "${WEB}", scheduler: rr, servers: ["10.0.0.11"] }
`;
    const { code, err } = await lvsctl(`check - --apply --state ${directory}/state.json`, { kernel, stdin });
    assert.equal(code, EXIT.partial);
    assert.match(
      err,
      /^lvsctl: Cannot add virtual service tcp:\/\/192\.0\.2\.11:80: .*none-such.* \(ENOENT\); [^\n]*\n$/,
    );
    assert.deepEqual(tableOf(kernel), [serviceEntry(WEB, "10.0.0.11:80")]);
    // The run counted.
    assert.match(await Deno.readTextFile(`${directory}/state.json`), /^\{"version":2/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("check --apply removes a server that leaves when its connections are closed", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")] });
  kernel.setTraffic(Array<bigint>(10).fill(0n), [0, 1, 0]);
  const directory = await Deno.makeTempDir();
  try {
    const stdin = `version: 1\nservices: [{ listen: "${WEB}", scheduler: rr, drain: 1h, servers: ["10.0.0.11"] }]\n`;
    const servers = async (state?: string): Promise<string> => {
      const line = "TCP 0A000064 94CA C000020A 0050 0A00000C 0050";
      const connections = state === undefined ? {} : { connections: `${CAPTURED.titles}\n${line} ${state}    10\n` };
      const { code } = await lvsctl(`check - --apply --state ${directory}/state.json`, {
        kernel,
        stdin,
        ...connections,
      });
      assert.equal(code, EXIT.ok);
      return tableOf(kernel).flatMap(({ servers }) => servers).map((server) =>
        `${formatServerId(server)} ${server.weight}`
      ).join(", ");
    };
    const both = "10.0.0.11:80 1, 10.0.0.12:80 0";
    assert.equal(await servers(), both, "the list is not opened at the first look");
    assert.equal(await servers("FIN_WAIT"), both);
    assert.equal(await servers("TIME_WAIT"), "10.0.0.11:80 1");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("check returns its result when the reader of standard output has ended, as head does", async () => {
  const stdin = `version: 1
services: [{ listen: "${WEB}", check: { type: tcp, timeout: 1s }, servers: ["127.0.0.1:1"] }]
`;
  const onOutput = (): never => {
    throw new Deno.errors.BrokenPipe();
  };
  const { code, err } = await lvsctl("check -", { stdin, onOutput });
  assert.deepEqual([code, err], [EXIT.belowQuorum, ""]);
});

Deno.test("check --apply applies the other servers while a host name has no address, and fails", async () => {
  const kernel = memoryKernel({});
  const directory = Deno.makeTempDirSync();
  const surroundings = surroundingsOf({ hosts: { "web.example": "no such name" } });
  const stdin = `version: 1\nservices: [{ listen: "${WEB}", servers: [web.example, 10.0.0.11] }]\n`;
  try {
    const { code, err } = await lvsctl(`check - --apply --state ${directory}/state.json`, {
      kernel,
      stdin,
      surroundings,
    });
    assert.deepEqual([code, err], [1, "lvsctl: warning: Cannot resolve web.example: no such name\n"]);
    using client = kernel.openClient();
    assert.deepEqual(client.servers(serviceId(WEB)).map(({ address }) => address), ["10.0.0.11"]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
