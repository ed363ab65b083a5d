// deno-lint-ignore-file camelcase -- the names in the JSON that lvsctl prints are those of its file
import assert from "node:assert/strict";
import { AS_NOBODY_WITHOUT_LIBNL, Director, lines, lvsctlPath, until, type Words } from "../director.ts";
import { inNamespace, run } from "../namespace.ts";
import { CLIENT, createNatNetwork, DIRECTOR } from "../network.ts";
import { ask } from "../traffic.ts";

/** Runs commands in turn. */
async function mustAll(director: Director, commands: readonly Words[]): Promise<void> {
  for (const words of commands) assert.equal(await director.must(words), "");
}

Deno.test("service add, edit and delete take every option, and edit keeps what is not named", async () => {
  await using director = await Director.create();
  await mustAll(director, [
    "service add tcp://192.0.2.10:80",
    "service add udp://[2001:db8::53]:53 -s rr --one-packet",
    "service add sctp://192.0.2.10:3868 --scheduler lc",
    "service add fwmark:1 --scheduler wrr --persistent --netmask 255.255.255.0",
    "service add fwmark6:2 -s mh --scheduler-flags mh-fallback,mh-port -p 1h --netmask 64",
    "service add tcp://192.0.2.11:80 -s sh --scheduler-flags sh-port",
    "service add tcp://192.0.2.12:0 --persistent 90s",
    "service add udp://192.0.2.12:5060 --scheduler rr --persistent 5m --engine sip --one-packet",
  ]);
  assert.deepEqual(await director.rules(), [
    "-A --sctp-service 192.0.2.10:3868 -s lc",
    "-A -f 1 -s wrr -p 360 -M 255.255.255.0",
    "-A -f 2 -6 -s mh -p 3600 -M 64 -b mh-fallback,mh-port",
    "-A -t 192.0.2.10:80 -s wlc",
    "-A -t 192.0.2.11:80 -s sh -b sh-port",
    "-A -t 192.0.2.12:0 -s wlc -p 90",
    "-A -u 192.0.2.12:5060 -s rr -p 300 --pe sip -o",
    "-A -u [2001:db8::53]:53 -s rr -o",
  ]);

  // None of them has a server here.
  director.expects("no-servers");
  await mustAll(director, [
    "service edit tcp://192.0.2.10:80 --persistent 10m --netmask 24",
    "service edit udp://[2001:db8::53]:53 --no-one-packet",
    "service edit sctp://192.0.2.10:3868 --scheduler sed --scheduler-flags flag-1,flag-3",
    "service edit fwmark:1 -s mh --scheduler-flags mh-port",
    "service edit fwmark6:2 -p 2h",
    ["service", "edit", "tcp://192.0.2.11:80", "--scheduler-flags", ""],
    "service edit tcp://192.0.2.12:0 --netmask 255.255.0.0",
    "service edit udp://192.0.2.12:5060 --no-persistent",
  ]);
  assert.deepEqual(await director.rules(), [
    "-A --sctp-service 192.0.2.10:3868 -s sed -b flag-1,flag-3",
    "-A -f 1 -s mh -p 360 -M 255.255.255.0 -b mh-port",
    "-A -f 2 -6 -s mh -p 7200 -M 64 -b mh-fallback,mh-port",
    "-A -t 192.0.2.10:80 -s wlc -p 600 -M 255.255.255.0",
    "-A -t 192.0.2.11:80 -s sh",
    "-A -t 192.0.2.12:0 -s wlc -p 90 -M 255.255.0.0",
    "-A -u 192.0.2.12:5060 -s rr -o",
    "-A -u [2001:db8::53]:53 -s rr",
  ]);

  // Flags belong to a scheduler, so another one begins without.
  await mustAll(director, ["service edit fwmark6:2 --scheduler rr", "service delete fwmark:1 tcp://192.0.2.12:0"]);
  // Of those that are there every one is deleted, though another is missing.
  const partly = await director.lvsctl("service delete tcp://192.0.2.10:80 tcp://192.0.2.99:1 sctp://192.0.2.10:3868");
  assert.deepEqual(partly, {
    code: 3,
    stdout: "",
    stderr: "lvsctl: Cannot delete virtual service tcp://192.0.2.99:1: there is no such virtual service (ESRCH); " +
      '"lvsctl list" shows the existing ones\n',
  });
  assert.deepEqual(await director.rules(), [
    "-A -f 2 -6 -s rr -p 7200 -M 64",
    "-A -t 192.0.2.11:80 -s sh",
    "-A -u 192.0.2.12:5060 -s rr -o",
    "-A -u [2001:db8::53]:53 -s rr",
  ]);
});

Deno.test("server add, edit and delete take every option, and edit keeps what is not named", async () => {
  await using director = await Director.create();
  await director.load(["-A -t 192.0.2.10:80", "-A -t [2001:db8::10]:80", "-A --sctp-service 192.0.2.10:9", "-A -f 7"]);
  const web = "tcp://192.0.2.10:80";
  const web6 = "tcp://[2001:db8::10]:80";
  // One server by dr has another port than its service.
  director.expects("port-ignored");
  await mustAll(director, [
    `server add ${web} 10.0.0.11`,
    `server add ${web} 10.0.0.12:8080 --forward nat --weight 0 --upper-threshold 1000 --lower-threshold 800`,
    `server add ${web} 10.0.0.13:80 -f dr -w 2147483647`,
    `server add ${web} 10.0.0.14:80 --forward tun`,
    `server add ${web} 10.0.0.15:80 -f ipip --tunnel-type gue --tunnel-port 6080 --tunnel-checksum remcsum`,
    `server add ${web} 10.0.0.16:80 -f tun --tunnel-type gre --tunnel-checksum csum`,
    `server add ${web} [2001:db8:1::17]:80 -f tun`,
    `server add ${web6} [2001:db8:1::11] -f masq`,
    `server add ${web6} [2001:db8:1::12]:8080 -f gate`,
    "server add sctp://192.0.2.10:9 10.0.0.11",
    "server add fwmark:7 10.0.0.11 -f dr",
  ]);
  assert.deepEqual((await director.rules()).filter((rule) => rule.startsWith("-a")), [
    "-a --sctp-service 192.0.2.10:9 -r 10.0.0.11:9 -m -w 1",
    "-a -f 7 -r 10.0.0.11:0 -g -w 1",
    "-a -t 192.0.2.10:80 -r 10.0.0.11:80 -m -w 1",
    "-a -t 192.0.2.10:80 -r 10.0.0.12:8080 -m -w 0",
    "-a -t 192.0.2.10:80 -r 10.0.0.13:80 -g -w 2147483647",
    "-a -t 192.0.2.10:80 -r 10.0.0.14:80 -i -w 1 --tun-type ipip",
    "-a -t 192.0.2.10:80 -r 10.0.0.15:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum",
    "-a -t 192.0.2.10:80 -r 10.0.0.16:80 -i -w 1 --tun-type gre --tun-csum",
    "-a -t 192.0.2.10:80 -r [2001:db8:1::17]:80 -i -w 1 --tun-type ipip",
    "-a -t [2001:db8::10]:80 -r [2001:db8:1::11]:80 -m -w 1",
    "-a -t [2001:db8::10]:80 -r [2001:db8:1::12]:8080 -g -w 1",
  ]);
  const thresholds = async (server: string): Promise<string | undefined> =>
    lines(await director.ipvsadm(["-Ln", "--thresholds", "-t", "192.0.2.10:80"])).find((line) => line.includes(server))
      ?.trim().replaceAll(/ +/g, " ");
  assert.equal(await thresholds("10.0.0.12:8080"), "-> 10.0.0.12:8080 1000 800 0 0");

  await mustAll(director, [
    `server edit ${web} 10.0.0.11:80 -w 5`,
    `server edit ${web} 10.0.0.12:8080 --lower-threshold 1`,
    `server edit ${web} 10.0.0.13:80 --upper-threshold 7`,
    `server edit ${web} 10.0.0.14:80 --tunnel-type gre`,
    `server edit ${web} 10.0.0.15:80 --tunnel-port 6081`,
    `server edit ${web} 10.0.0.16:80 -f nat`,
    `server edit ${web6} [2001:db8:1::12]:8080 -w 0`,
  ]);
  assert.deepEqual((await director.rules()).filter((rule) => rule.startsWith("-a -t")), [
    "-a -t 192.0.2.10:80 -r 10.0.0.11:80 -m -w 5",
    "-a -t 192.0.2.10:80 -r 10.0.0.12:8080 -m -w 0",
    "-a -t 192.0.2.10:80 -r 10.0.0.13:80 -g -w 2147483647",
    "-a -t 192.0.2.10:80 -r 10.0.0.14:80 -i -w 1 --tun-type gre --tun-nocsum",
    "-a -t 192.0.2.10:80 -r 10.0.0.15:80 -i -w 1 --tun-type gue --tun-port 6081 --tun-remcsum",
    "-a -t 192.0.2.10:80 -r 10.0.0.16:80 -m -w 1",
    "-a -t 192.0.2.10:80 -r [2001:db8:1::17]:80 -i -w 1 --tun-type ipip",
    "-a -t [2001:db8::10]:80 -r [2001:db8:1::11]:80 -m -w 1",
    "-a -t [2001:db8::10]:80 -r [2001:db8:1::12]:8080 -g -w 0",
  ]);
  assert.equal(await thresholds("10.0.0.12:8080"), "-> 10.0.0.12:8080 1000 1 0 0");
  assert.equal(await thresholds("10.0.0.13:80"), "-> 10.0.0.13:80 7 0 0 0");

  await mustAll(director, [`server delete ${web} 10.0.0.11 10.0.0.12:8080 [2001:db8:1::17]:80`]);
  const partly = await director.lvsctl(`server delete ${web} 10.0.0.13 10.0.0.99 10.0.0.14`);
  assert.deepEqual({ code: partly.code, stdout: partly.stdout }, { code: 3, stdout: "" });
  assert.match(partly.stderr, /^lvsctl: Cannot delete real server 10\.0\.0\.99:80 of tcp:.*\(ENOENT\); .*\n$/);
  assert.deepEqual((await director.rules()).filter((rule) => rule.startsWith("-a -t 192")), [
    "-a -t 192.0.2.10:80 -r 10.0.0.15:80 -i -w 1 --tun-type gue --tun-port 6081 --tun-remcsum",
    "-a -t 192.0.2.10:80 -r 10.0.0.16:80 -m -w 1",
  ]);
});

/** Rules for the tests below: every kind of service and server that has something of its own to show. */
const SHOWN = [
  "-A -t 192.0.2.10:80 -s wlc -p 300 -M 255.255.255.0",
  "-a -t 192.0.2.10:80 -r 10.0.0.12:8080 -m -w 3 -x 1000 -y 800",
  "-a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 1",
  "-A -t 192.0.2.9:443 -s mh -b mh-port",
  "-a -t 192.0.2.9:443 -r 10.0.0.20:443 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum",
  "-A -u [2001:db8::53]:53 -s rr -o",
  "-a -u [2001:db8::53]:53 -r [2001:db8:1::11]:53 -g -w 0",
  "-A -f 5 -6 -s fo",
];

Deno.test("list, service list, service show and server list show the table in each view, sorted", async () => {
  await using director = await Director.create();
  await director.load(SHOWN);
  const shown: readonly (readonly [string, readonly string[]])[] = [
    ["list", [
      "VIRTUAL SERVICE, SCHEDULER",
      "  -> REAL SERVER            FORWARD            WEIGHT  ACTIVE  INACTIVE",
      "tcp://192.0.2.9:443  mh (mh-port)",
      "  -> 10.0.0.20:443          tun gue:6080 csum       1       0         0",
      "tcp://192.0.2.10:80  wlc persistent 5m netmask 255.255.255.0",
      "  -> 10.0.0.11:8080         nat                     1       0         0",
      "  -> 10.0.0.12:8080         nat                     3       0         0",
      "udp://[2001:db8::53]:53  rr one-packet",
      "  -> [2001:db8:1::11]:53    dr                      0       0         0",
      "fwmark6:5  fo",
    ]],
    ["list tcp://192.0.2.9:443", [
      "VIRTUAL SERVICE, SCHEDULER",
      "  -> REAL SERVER            FORWARD            WEIGHT  ACTIVE  INACTIVE",
      "tcp://192.0.2.9:443  mh (mh-port)",
      "  -> 10.0.0.20:443          tun gue:6080 csum       1       0         0",
    ]],
    ["list --thresholds tcp://192.0.2.10:80", [
      "VIRTUAL SERVICE, SCHEDULER",
      "  -> REAL SERVER            UPPER  LOWER  ACTIVE  INACTIVE",
      "tcp://192.0.2.10:80  wlc persistent 5m netmask 255.255.255.0",
      "  -> 10.0.0.11:8080             0      0       0         0",
      "  -> 10.0.0.12:8080          1000    800       0         0",
    ]],
    ["list --persistent-conn tcp://192.0.2.10:80", [
      "VIRTUAL SERVICE, SCHEDULER",
      "  -> REAL SERVER            WEIGHT  PERSISTENT  ACTIVE  INACTIVE",
      "tcp://192.0.2.10:80  wlc persistent 5m netmask 255.255.255.0",
      "  -> 10.0.0.11:8080              1           0       0         0",
      "  -> 10.0.0.12:8080              3           0       0         0",
    ]],
    ["list --stats fwmark6:5", [
      "VIRTUAL SERVICE, SCHEDULER",
      "  -> REAL SERVER            CONNS  IN PKTS  OUT PKTS  IN BYTES  OUT BYTES",
      "fwmark6:5  fo                   0        0         0         0          0",
    ]],
    ["list --rate fwmark6:5", [
      "VIRTUAL SERVICE, SCHEDULER",
      "  -> REAL SERVER            CONNS/S  IN PKTS/S  OUT PKTS/S  IN BYTES/S  OUT BYTES/S",
      "fwmark6:5  fo                     0          0           0           0            0",
    ]],
    ["service list", [
      "VIRTUAL SERVICE          SCHEDULER",
      "tcp://192.0.2.9:443      mh (mh-port)",
      "tcp://192.0.2.10:80      wlc persistent 5m netmask 255.255.255.0",
      "udp://[2001:db8::53]:53  rr one-packet",
      "fwmark6:5                fo",
    ]],
    ["service show fwmark6:5", [
      "VIRTUAL SERVICE, SCHEDULER",
      "  -> REAL SERVER            FORWARD  WEIGHT  ACTIVE  INACTIVE",
      "fwmark6:5  fo",
    ]],
    ["server list udp://[2001:db8::53]:53", [
      "VIRTUAL SERVICE, SCHEDULER",
      "  -> REAL SERVER            FORWARD  WEIGHT  ACTIVE  INACTIVE",
      "udp://[2001:db8::53]:53  rr one-packet",
      "  -> [2001:db8:1::11]:53    dr            0       0         0",
    ]],
  ];
  for (const [words, expected] of shown) assert.deepEqual((await director.must(words)).split("\n"), [...expected, ""]);
});

Deno.test("list and show as JSON tell everything, by the words of the file", async () => {
  await using director = await Director.create();
  await director.load(SHOWN);
  const traffic = { connections: 0, in_packets: 0, out_packets: 0, in_bytes: 0, out_bytes: 0 };
  const counts = {
    active_connections: 0,
    inactive_connections: 0,
    persistent_connections: 0,
    counters: traffic,
    rates: traffic,
  };
  const web = {
    service: "tcp://192.0.2.10:80",
    protocol: "tcp",
    address: "192.0.2.10",
    port: 80,
    fwmark: null,
    family: "ipv4",
    scheduler: "wlc",
    scheduler_flags: [],
    persistence: { timeout_seconds: 300, netmask: "255.255.255.0", engine: null },
    one_packet: false,
  };
  const plain = { family: "ipv4", forward: "nat", upper_threshold: 0, lower_threshold: 0, tunnel: null, ...counts };
  const webServers = [
    { server: "10.0.0.11:8080", address: "10.0.0.11", port: 8080, weight: 1, ...plain },
    {
      ...plain,
      server: "10.0.0.12:8080",
      address: "10.0.0.12",
      port: 8080,
      weight: 3,
      upper_threshold: 1000,
      lower_threshold: 800,
    },
  ];
  const tunnelled = {
    ...web,
    service: "tcp://192.0.2.9:443",
    address: "192.0.2.9",
    port: 443,
    scheduler: "mh",
    scheduler_flags: ["mh-port"],
    persistence: null,
    one_packet: false,
  };
  const dns = {
    ...tunnelled,
    service: "udp://[2001:db8::53]:53",
    protocol: "udp",
    address: "2001:db8::53",
    port: 53,
    family: "ipv6",
    scheduler: "rr",
    scheduler_flags: [],
  };
  const tunnel = { type: "gue", port: 6080, checksum: "csum" };
  const total = { counters: traffic, rates: traffic };
  const all = [
    {
      ...tunnelled,
      ...total,
      servers: [{
        ...plain,
        server: "10.0.0.20:443",
        address: "10.0.0.20",
        port: 443,
        forward: "tun",
        weight: 1,
        tunnel,
      }],
    },
    { ...web, ...total, servers: webServers },
    {
      ...dns,
      one_packet: true,
      ...total,
      servers: [{
        ...plain,
        server: "[2001:db8:1::11]:53",
        address: "2001:db8:1::11",
        port: 53,
        family: "ipv6",
        forward: "dr",
        weight: 0,
      }],
    },
    {
      ...dns,
      service: "fwmark6:5",
      protocol: null,
      address: null,
      port: null,
      fwmark: 5,
      scheduler: "fo",
      ...total,
      servers: [],
    },
  ];
  const version = 2;
  assert.deepEqual(await director.json("list"), { version, services: all });
  assert.deepEqual(await director.json("list tcp://192.0.2.10:80"), { version, services: [all[1]] });
  assert.deepEqual(await director.json("service show tcp://192.0.2.10:80"), { version, services: [all[1]] });
  assert.deepEqual(await director.items("server list tcp://192.0.2.10:80", { key: "servers" }), webServers);
  assert.deepEqual(
    await director.items("service list", { key: "services" }),
    all.map(({ counters: _counters, rates: _rates, servers: _servers, ...service }) => service),
  );
});

Deno.test("list shows connections and counters as the kernel has them, and zero zeroes them", async () => {
  await using network = await createNatNetwork({ servers: 2 });
  await using director = await Director.of(network);
  const address = network.vip.ipv4;
  const other = network.vip.ipv6;
  for (const service of [`-t ${address}:80`, `-t [${other}]:80`]) {
    const family = service.includes("[") ? "ipv6" : "ipv4";
    const servers = network.servers.map((server) =>
      family === "ipv6" ? `[${server.ipv6}]:8080` : `${server.ipv4}:8080`
    );
    await director.load([`-A ${service} -s rr`, ...servers.map((server) => `-a ${service} -r ${server} -m`)]);
  }
  const answers = await Promise.all(
    [address, other].map((vip) => ask(CLIENT, { address: vip, port: 80 }, { count: 20 })),
  );
  assert.deepEqual(answers.map(({ servers }) => servers), [{ r1: 10, r2: 10 }, { r1: 10, r2: 10 }]);

  /** The numbers of each row that ipvsadm shows. */
  const counters = async (): Promise<readonly string[]> =>
    lines(await director.ipvsadm(["-Ln", "--stats", "--exact"])).slice(3).map((line) =>
      line.trim().replaceAll(/ +/g, " ")
    );
  // The kernel adds up its counters every two seconds.
  await until(async () => (await counters()).filter((row) => / 20 \d+ \d+ /.test(row)).length === 2, {
    withinMs: 6000,
    what: "ipvsadm counts 20 connections of each service",
  });
  const seen = await counters();
  const shown = lines(await director.must("list --stats")).slice(2).map((line) =>
    line.trim().replaceAll(/ +/g, " ").replace(" rr", "").replace("tcp://", "TCP ")
  );
  assert.deepEqual([...shown].sort(), [...seen].sort());
  const listed = await director.must("list");
  for (const row of director.rows().filter((row) => row.includes("->"))) {
    const [active, inactive] = row.split(" ").slice(-2);
    assert.match(listed, new RegExp(`  -> \\S+:8080 +nat +1 +${active} +${inactive}\n`));
  }

  const zeroed = async (): Promise<number> => (await counters()).filter((row) => / 0 0 0 0 0$/.test(row)).length;
  assert.equal(await zeroed(), 0);
  await director.must(`service zero tcp://${address}:80`);
  assert.equal(await zeroed(), 3, "one service and its two servers");
  await director.must("zero");
  assert.equal(await zeroed(), 6);
});

Deno.test("timeouts are shown and set, those that are not named stay", async () => {
  await using director = await Director.create();
  const timeouts = async (): Promise<string> => (await director.ipvsadm(["-L", "--timeout"])).trim();
  await director.ipvsadm(["--set", "900", "120", "300"]);
  assert.equal(await director.must("timeouts"), "tcp     15m\ntcp-fin 2m\nudp     5m\n");
  await director.must("timeouts --tcp 1h --udp 90s");
  assert.equal(await timeouts(), "Timeout (tcp tcpfin udp): 3600 120 90");
  await director.must("timeouts --tcp-fin 7s --dry-run");
  assert.deepEqual(await director.json("timeouts"), {
    version: 2,
    timeouts: { tcp_seconds: 3600, tcp_fin_seconds: 120, udp_seconds: 90 },
  });
  await director.must("timeouts --tcp-fin 7s");
  assert.equal(await timeouts(), "Timeout (tcp tcpfin udp): 3600 7 90");
});

Deno.test("flush asks on a terminal, and elsewhere needs --yes", async () => {
  await using director = await Director.create();
  await director.must("flush"); // nothing to ask for in an empty table
  await director.load(SHOWN);
  await director.refuses("flush", {
    code: 2,
    lines: [/^Cannot flush the table: it deletes virtual service .*; nothing was changed; add --yes to do it$/],
  });
  const terminal = (answer: string): Promise<{ code: number; stdout: string }> =>
    director.run(["script", "--quiet", "--return", "--command", `${lvsctlPath()} flush`, "/dev/null"], {
      stdin: answer,
    });
  const declined = await terminal("n\n");
  assert.match(declined.stdout, /Delete all 4 virtual services\?/);
  assert.equal((await director.rules()).length, SHOWN.length);
  assert.match(await director.must("flush --dry-run"), /flush the table/);
  assert.equal((await director.rules()).length, SHOWN.length);
  assert.equal((await terminal("y\n")).code, 0);
  assert.deepEqual(await director.rules(), []);
  await director.load(SHOWN);
  await director.must("flush --yes");
  assert.deepEqual(await director.rules(), []);
});

Deno.test("a dry run says what would be done, predicts what the kernel would refuse, and changes nothing", async () => {
  await using director = await Director.create();
  await director.load(SHOWN);
  const before = await director.everything();
  const web = "tcp://192.0.2.10:80";
  const possible: readonly (readonly [string, string])[] = [
    ["service add tcp://192.0.2.77:80 -p", "+ add virtual service tcp://192.0.2.77:80: wlc persistent 6m\n"],
    [`service edit ${web} -s sed`, `~ edit virtual service ${web}: sed persistent 5m netmask 255.255.255.0\n`],
    [`service delete ${web} fwmark6:5`, `- delete virtual service ${web}\n- delete virtual service fwmark6:5\n`],
    [`service zero ${web}`, `~ zero the counters of ${web}\n`],
    [`server add ${web} 10.0.0.13`, `+ add real server 10.0.0.13:80 of ${web}: nat, weight 1\n`],
    [
      `server edit ${web} 10.0.0.12:8080 -w 0`,
      `~ edit real server 10.0.0.12:8080 of ${web}: nat, weight 0, upper threshold 1000, lower threshold 800\n`,
    ],
    [`server delete ${web} 10.0.0.12:8080`, `- delete real server 10.0.0.12:8080 of ${web}\n`],
    ["timeouts --tcp 1m", "~ set the timeouts: tcp 1m\n"],
    ["zero", "~ zero the counters\n"],
    ["flush", "- flush the table\n"],
  ];
  for (const [words, said] of possible) assert.equal(await director.must(`${words} --dry-run`), said);

  const refused: readonly (readonly [string, RegExp])[] = [
    [`service add ${web}`, /^Cannot add virtual service .*\(EEXIST\)/],
    ["service edit fwmark:9 -s rr", /^Cannot edit virtual service fwmark:9: .*\(ESRCH\)/],
    [`server add ${web} 10.0.0.11:8080`, /^Cannot add real server .*\(EEXIST\)/],
    ["server add fwmark:9 10.0.0.11", /^Cannot add real server .*\(ESRCH\)/],
    [`server edit ${web} 10.0.0.99 -w 0`, /^Cannot edit real server .*\(ENOENT\)/],
    [`server delete ${web} 10.0.0.99`, /^Cannot delete real server .*\(ENOENT\)/],
  ];
  for (const [words, line] of refused) await director.refuses(`${words} --dry-run`, { code: 1, lines: [line] });
  await director.refuses(`service delete ${web} fwmark:8 fwmark:9 --dry-run`, {
    code: 1,
    lines: [/fwmark:8: .*\(ESRCH\)/, /fwmark:9: .*\(ESRCH\)/],
  });

  assert.deepEqual(await director.json(`server add ${web} 10.0.0.13 -w 4 --dry-run`), {
    version: 2,
    dry_run: true,
    changed: false,
    changes: [{
      operation: "addServer",
      description: `add real server 10.0.0.13:80 of ${web}`,
      object: `10.0.0.13:80 of ${web}`,
      service: web,
      server: "10.0.0.13:80",
      sets: {
        server: "10.0.0.13:80",
        address: "10.0.0.13",
        port: 80,
        family: "ipv4",
        forward: "nat",
        weight: 4,
        upper_threshold: 0,
        lower_threshold: 0,
        tunnel: null,
      },
      differences: [{ path: `${web}/10.0.0.13:80`, current: null, wanted: true }],
    }],
  });
  assert.equal(await director.everything(), before);
});

Deno.test("version, help, completions and config check need neither root nor libnl", async () => {
  await using director = await Director.create();
  const file = "/tmp/valid.yaml";
  await Deno.writeTextFile(file, "version: 1\nservices:\n  - listen: tcp://192.0.2.10:80\n    servers: [10.0.0.11]\n");
  const options = { through: AS_NOBODY_WITHOUT_LIBNL };
  // That it is as it claims.
  await director.refuses("list", {
    code: 1,
    lines: [/^Cannot talk to the kernel: cannot load libnl-genl-3\.so\.200; install it with: apt-get install libnl/],
  }, options);
  assert.match(await director.must("version", options), /^lvsctl \d+\.\d+\.\d+\n$/);
  assert.match(await director.must("help service", options), /^Usage: lvsctl service/);
  assert.match(await director.must("server add --help", options), /--upper-threshold <number>/);
  assert.match(await director.must("completions fish", options), /^complete -c lvsctl -f /m);
  assert.match(await director.must("completions zsh", options), /^#compdef lvsctl$/m);
  assert.equal(
    await director.must(`config check ${file}`, options),
    `${file}: valid (virtual services: 1, real servers: 1)\n`,
  );
});

Deno.test("bash completes the services, servers and interfaces of the director", async () => {
  await using director = await Director.create();
  await director.load([
    "-A -t 192.0.2.10:80 -s rr",
    "-a -t 192.0.2.10:80 -r 10.0.0.11:80 -m",
    "-a -t 192.0.2.10:80 -r 10.0.0.12:80 -m",
    "-A -t [2001:db8::10]:80 -s rr",
  ]);
  const script = "/tmp/lvsctl.bash";
  await Deno.writeTextFile(script, await director.must("completions bash"));
  const complete = async (line: string): Promise<readonly string[]> => {
    const program = `source ${script}
      COMP_LINE=$1 COMP_POINT=\${#1}
      _lvsctl "$2"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const words = ["bash", "-euc", program, "bash", `lvsctl ${line}`, lvsctlPath()];
    const { code, stdout, stderr } = await inNamespace(DIRECTOR, words);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    return lines(stdout);
  };
  assert.deepEqual(await complete("service "), ["add", "edit", "delete", "list", "show", "zero"]);
  assert.deepEqual(await complete("service show tcp://192"), ["//192.0.2.10:80"]);
  assert.deepEqual(await complete("service show tcp://["), ["//[2001:db8::10]:80"]);
  assert.deepEqual(await complete("server drain tcp://192.0.2.10:80 10.0.0.12:"), ["80"]);
  assert.deepEqual(await complete("server drain tcp://192.0.2.10:80 10.0.0.11:80 "), ["10.0.0.12:80"]);
  assert.ok((await complete("vip add 192.0.2.10 --device ")).includes("lo"));
});

/** Every file below a directory, with its time and size; none if the directory does not exist. */
async function filesBelow(directory: string): Promise<readonly string[]> {
  const { stdout } = await run(["find", directory, "-type", "f", "-printf", "%P %T@ %s\n"]);
  return lines(stdout).toSorted();
}

Deno.test("LVSCTL_RUN_DIR and LVSCTL_STATE_DIR move every file", async () => {
  await using director = await Director.create();
  const file = "/tmp/moved.yaml";
  await Deno.writeTextFile(file, "version: 1\nservices:\n  - listen: tcp://192.0.2.10:80\n    servers: [10.0.0.11]\n");
  const defaults = ["/run/lvsctl", "/var/lib/lvsctl"];
  const before = await Promise.all(defaults.map(filesBelow));
  const directory = await Deno.makeTempDir();
  const env = { LVSCTL_RUN_DIR: `${directory}/run`, LVSCTL_STATE_DIR: `${directory}/state` };
  for (
    const command of [
      "vip add 192.0.2.10 --device lo --announce-count 0",
      "realserver setup 192.0.2.20 --forward dr",
      "service add fwmark:7",
    ]
  ) assert.equal(await director.must(command, { env }), "");
  await director.must(`check --apply ${file}`, { env });
  assert.match((await director.run([lvsctlPath(), "help", "check"], { env })).stdout, /\/run\/check\.json/);
  const daemon = director.start(`run ${file}`, { env });
  await daemon.untilOutput(/watching 1 virtual service /);
  // It is the only server.
  director.expects("weights-zero");
  await director.must("server maint tcp://192.0.2.10:80 10.0.0.11", { env });
  await director.must("reload", { env });
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);

  const moved = (await filesBelow(directory)).map((line) => (line.split(" ")[0] ?? "").replace(/-\d+\./, "-N."));
  assert.deepEqual(moved, [
    "run/check.json",
    "run/check.json.lock",
    "run/daemon-N.json",
    "run/daemon-N.lock",
    "run/realserver.json",
    "run/realserver.json.lock",
    "run/table-N.lock",
    "state/journal.jsonl",
    "state/overrides.json",
    "state/overrides.json.lock",
  ]);
  assert.deepEqual(await Promise.all(defaults.map(filesBelow)), before);
});
