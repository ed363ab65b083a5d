import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError } from "../../../../core/config/mod.ts";
import type { NameService } from "../../../../cli/ipvsadm/names.ts";
import { readRules } from "../../../../cli/ipvsadm/rules_file.ts";
import { formatRules } from "../../../../cli/ipvsadm/rules_text.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { type DesiredState, type KernelState, parseIpAddress, type PresentVip } from "../../../../core/model/mod.ts";
import { planChanges } from "../../../../core/reconcile/mod.ts";
import { anyState, PROPERTY } from "../../../support/arbitraries.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import { realServer, serviceEntry, virtualService } from "../../../support/samples.ts";

const NAMES: NameService = {
  hostName: () => undefined,
  hostAddress: (name) => name === "r1.example.com" ? parseIpAddress("10.0.0.11") : undefined,
  serviceName: () => undefined,
  servicePort: (name) => name === "http" ? 80 : undefined,
  [Symbol.dispose]: () => {},
};

const USUAL = { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 };

function read(text: string): DesiredState {
  return readRules(text, { file: "test.rules", names: NAMES });
}

function problemsOf(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.exitCode, EXIT.usage);
    return error.message.split("\n");
  }
  throw new assert.AssertionError({ message: "nothing is wrong with it" });
}

Deno.test("readRules() is the inverse of formatRules(), except for the parts in its notes", () => {
  let noted = 0;
  let exact = 0;
  fc.assert(
    fc.property(anyState, (state) => {
      // One-packet scheduling is for UDP, but the arbitrary states have it for other protocols.
      const services = state.services.map(({ service, servers }) => ({
        service: {
          ...service,
          onePacket: service.onePacket && service.id.kind === "endpoint" && service.id.protocol === "udp",
        },
        servers,
      }));
      const current: KernelState = { timeouts: USUAL, syncDaemons: [], services };
      const { text, notes } = formatRules(current);
      const isTooLarge = services.some(({ servers }) => servers.some(({ upperThreshold: x }) => x > 0x7fffffff));
      if (isTooLarge) {
        noted++;
        assert.match(notes.join("\n"), /: its thresholds exceed the 2147483647 that rules can express/);
        return;
      }
      const left = planChanges(current, { ...read(text), exact: true });
      assert.equal(left.length === 0, notes.length === 0, `${notes.join("\n")}\n${text}\n${JSON.stringify(left)}`);
      if (left.length === 0) exact++;
      else noted++;
    }),
    PROPERTY,
  );
  assert.ok(noted > 50 && exact > 50, `${noted} with notes, ${exact} without`);
});

Deno.test("formatRules() has notes for timeouts, sync daemons and VIPs, with the commands that set them", () => {
  const vip: PresentVip = {
    address: parseIpAddress("192.0.2.10"),
    prefixLength: 32,
    device: "lo",
    scope: "global",
    dad: false,
    prefixRoute: true,
    owned: true,
    state: "up",
  };
  const { text, notes } = formatRules({
    timeouts: { ...USUAL, udpSeconds: 60 },
    syncDaemons: [{ role: "master", interface: "eth0", syncId: 7 }],
    services: [
      {
        service: virtualService("tcp://192.0.2.10:80", {
          persistence: { timeoutSeconds: 4_000_000, netmask: 0xffffffff },
        }),
        servers: [],
      },
      { service: virtualService("tcp://192.0.2.11:80"), servers: [realServer("10.0.0.11:8080", { forward: "dr" })] },
    ],
    vips: [vip, { ...vip, address: parseIpAddress("192.0.2.1"), owned: false }],
  });
  assert.deepEqual(notes, [
    "tcp://192.0.2.10:80: its persistence of 4000000s exceeds the 31d that rules can express",
    "tcp://192.0.2.11:80/10.0.0.11:8080: its port becomes 80, because in rules servers of dr have the service's port",
    'timeouts: "lvsctl timeouts --tcp 15m --tcp-fin 2m --udp 1m" sets them',
    'sync daemon: "lvsctl sync start master --interface eth0 --sync-id 7" starts the master',
    'VIP: "lvsctl vip add 192.0.2.10/32 --device lo" adds 192.0.2.10/32 on lo',
  ]);
  assert.match(text, /^-A -t 192\.0\.2\.10:80 -s rr -p 4000000\n/);
});

Deno.test("readRules() accepts comments, names, every option, and commands that undo earlier ones", () => {
  const state = read(`# rules of ipvsadm-save
-A -t 192.0.2.10:http -s mh -b mh-port -p 300 -M 255.255.255.0
ipvsadm -a -t 192.0.2.10:80 -r r1.example.com:8080 -m -w 5 -x 9 -y 3
-a -t 192.0.2.10:80 -r 10.0.0.12:8080 -m
-e -t 192.0.2.10:80 -r 10.0.0.12:8080 -m -w 7

-a -t 192.0.2.10:80 -r 10.0.0.13 -i --tun-type gue --tun-port 6080
-d -t 192.0.2.10:80 -r 10.0.0.13
-A -f 4294967295 -6
-D -f 4294967295 -6
--set 0 0 60
--start-daemon master --mcast-interface eth1 --syncid 3
-Z
`);
  assert.deepEqual(state.services.map(({ service, servers }) => ({ service, servers })), [{
    service: virtualService("tcp://192.0.2.10:80", {
      scheduler: "mh",
      schedulerFlags: 2,
      persistence: { timeoutSeconds: 300, netmask: 0xffffff00 },
    }),
    servers: [
      realServer("10.0.0.11:8080", { weight: 5, upperThreshold: 9, lowerThreshold: 3 }),
      realServer("10.0.0.12:8080", { weight: 7 }),
    ],
  }]);
  assert.deepEqual(state.timeouts, { tcpSeconds: 0, tcpFinSeconds: 0, udpSeconds: 60 });
  assert.deepEqual(state.syncDaemons, [{ role: "master", interface: "eth1", syncId: 3 }]);
  assert.deepEqual(read(""), { services: [] });
  assert.deepEqual(read("-A -f 1\n-C\n").services, []);
});

const BAD: readonly (readonly [string, string])[] = [
  ["-A -t 192.0.2.10:80 -s", "test.rules:1:1: -s: missing argument"],
  ["-L -n", 'test.rules:1:1: "-L" is not a rule; begin a rule with -A or -a'],
  ["-R", 'test.rules:1:1: "-R" is not a rule; begin a rule with -A or -a'],
  ["foo", 'test.rules:1:1: "foo" is not a rule; begin a rule with -A or -a'],
  [
    "-a -t 1.2.3.4:80 -r 1.2.3.5",
    "test.rules:1:1: cannot add real server 1.2.3.5:80 of tcp://1.2.3.4:80: no earlier rule adds its service",
  ],
  ["-A -f 1\n\n-A -f 1", "test.rules:3:1: cannot add virtual service fwmark:1: an earlier rule adds it already"],
  ["-E -f 1", "test.rules:1:1: cannot edit virtual service fwmark:1: no earlier rule adds it"],
  ["-D -f 1", "test.rules:1:1: cannot delete virtual service fwmark:1: no earlier rule adds it"],
  [
    "-A -f 1\n-d -f 1 -r 10.0.0.1",
    "test.rules:2:1: cannot delete real server 10.0.0.1:0 of fwmark:1: no earlier rule adds it",
  ],
  [
    "-A -f 1\n-a -f 1 -r 10.0.0.1\n-a -f 1 -r 10.0.0.1",
    "test.rules:3:1: cannot add real server 10.0.0.1:0 of fwmark:1: an earlier rule adds it already",
  ],
  [
    "-A -f 1\n-a -f 1 -r 10.0.0.1 -x 1 -y 2",
    "test.rules:2:1: cannot add real server 10.0.0.1:0 of fwmark:1: the lower threshold 2 is above the upper threshold 1; " +
    "give an upper threshold that is at least as large",
  ],
  ["-A -t 192.0.2.10:0", "test.rules:1:1: Zero port specified for non-persistent service"],
  [
    "-A -f 1\n-a -f 1 -r r2.example.com:80",
    'test.rules:2:1: illegal real server address[:port] specified: Cannot resolve "r2.example.com" to an IPv4 address',
  ],
  [
    "-A -t web.example.com:80",
    'test.rules:1:1: illegal virtual server address[:port] specified: Cannot resolve "web.example.com" to an IPv4 address',
  ],
  [
    "-A -t 192.0.2.10:gopher",
    'test.rules:1:1: illegal virtual server address[:port] specified: "gopher" is neither a port nor a service of ' +
    "/etc/services",
  ],
  ["-A -f 1\n-a -f 1 -r 10.0.0.1 -w -1", 'test.rules:2:1: illegal weight specified: "-1"'],
  ["-A -f 0x", "test.rules:1:1: invalid fwmark value `0x' specified"],
  ["-A -t 192.0.2.10:80 -p x", "test.rules:1:1: invalid timeout value `x' specified"],
];

for (const [text, message] of BAD) {
  Deno.test(`readRules() refuses ${JSON.stringify(text)} and names the line`, () => {
    assert.deepEqual(problemsOf(text), [message]);
  });
}

Deno.test("readRules() reports every problem, up to a hundred", () => {
  assert.equal(problemsOf("-X\n-A -f 1\n-Y\n").length, 2);
  assert.equal(problemsOf("-X\n".repeat(1000)).length, 100);
});

Deno.test("restore recognises rules, restores exactly their services, and changes nothing if a rule is invalid", async () => {
  const kernel = memoryKernel({
    services: [serviceEntry("fwmark:1"), serviceEntry("tcp://192.0.2.10:80", "10.0.0.11:80")],
  });
  using client = kernel.openClient();
  const before = stateOf(client);
  const stdin = "\n# comment\n  -A -t 192.0.2.10:80 -s rr\n-a -t 192.0.2.10:80 -r 10.0.0.12:80 -m\n";
  const wrong = await lvsctl("restore -", { kernel, stdin: `${stdin}-a -t\n` });
  assert.deepEqual([wrong.code, wrong.out], [EXIT.usage, ""]);
  assert.match(wrong.err, /^lvsctl: <stdin>:5:1: .*\n$/);
  assert.deepEqual(stateOf(client), before);
  assert.deepEqual(await lvsctl("restore - --yes", { kernel, stdin }), {
    code: 0,
    out: "+ add real server 10.0.0.12:80 of tcp://192.0.2.10:80: nat, weight 1\n" +
      "- delete real server 10.0.0.11:80 of tcp://192.0.2.10:80\n- delete virtual service fwmark:1\n" +
      "1 to add, 0 to edit, 2 to delete\n",
    err: "",
  });
  assert.deepEqual(stateOf(client).services, [serviceEntry("tcp://192.0.2.10:80", "10.0.0.12:80")]);
  // An empty file may be an accident, so that an empty table needs --format rules.
  assert.equal((await lvsctl("restore -", { kernel, stdin: "" })).code, EXIT.usage);
  assert.equal((await lvsctl("restore - --format rules --yes", { kernel, stdin: "" })).code, EXIT.ok);
  assert.deepEqual(stateOf(client).services, []);
});

Deno.test("save --format rules prints rules for restore, and reports the rest on standard error", async () => {
  const services = [serviceEntry("tcp://192.0.2.10:80", "10.0.0.11:80"), serviceEntry("fwmark6:7", "[::2]:0")];
  const kernel = memoryKernel({ services, timeouts: { tcpSeconds: 1, tcpFinSeconds: 2, udpSeconds: 3 } });
  const saved = await lvsctl("save --format rules", { kernel });
  assert.equal(
    saved.err,
    'lvsctl: not in the rules: timeouts: "lvsctl timeouts --tcp 1s --tcp-fin 2s --udp 3s" sets them\n',
  );
  assert.deepEqual(
    await lvsctl("plan - --prune", { kernel, stdin: saved.out }).then(({ out }) => out.split("\n")[0]),
    "Nothing to change",
  );
});
