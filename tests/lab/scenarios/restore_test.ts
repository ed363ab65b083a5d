import assert from "node:assert/strict";
import { Director, lines, until } from "../director.ts";
import { CLIENT, createNatNetwork } from "../network.ts";
import { startTraffic } from "../traffic.ts";

const WEB = "-t 192.0.2.10:80";
const TLS = "-t 192.0.2.10:443";
const WEB6 = "-t [2001:db8::10]:80";

/** Everything that a table can hold, but for what cannot be beside servers of the other family: sync daemons. */
const EVERYTHING = [
  `-A ${WEB} -s wlc`,
  `-a ${WEB} -r 10.0.0.11:8080 -m -w 0`,
  `-a ${WEB} -r 10.0.0.12:8080 -m -w 2147483647 -x 1000 -y 800`,
  `-a ${WEB} -r 10.0.0.13:80 -g -w 65536 -x 5`,
  `-a ${WEB} -r 127.0.0.1:80 -g -w 1`, // the kernel makes it a local one
  `-A ${TLS} -s sh -b sh-fallback,sh-port`,
  `-a ${TLS} -r 10.0.0.21:443 -i`,
  `-a ${TLS} -r 10.0.0.22:443 -i --tun-type gue --tun-port 6080`,
  `-a ${TLS} -r 10.0.0.23:443 -i --tun-type gue --tun-port 6080 --tun-csum`,
  `-a ${TLS} -r 10.0.0.24:443 -i --tun-type gue --tun-port 65535 --tun-remcsum`,
  `-a ${TLS} -r 10.0.0.25:443 -i --tun-type gre`,
  `-a ${TLS} -r 10.0.0.26:443 -i --tun-type gre --tun-csum`,
  `-a ${TLS} -r [2001:db8:1::27]:443 -i`,
  `-A ${WEB6} -s lblc`,
  `-a ${WEB6} -r [2001:db8:1::11]:8080 -m -w 3`,
  `-a ${WEB6} -r [2001:db8:1::12]:80 -g -w 4 -x 2147483647 -y 2147483647`,
  `-a ${WEB6} -r 10.0.0.13:80 -i`,
  "-A -t 192.0.2.11:0 -s rr -p 600 -M 255.255.255.0",
  "-a -t 192.0.2.11:0 -r 10.0.0.11:0 -g -w 1",
  "-A -t 192.0.2.11:21 -s lblcr -p 2678400 -M 255.0.255.0",
  "-A -t [2001:db8::11]:0 -s nq -p 1 -M 1",
  "-A -t [2001:db8::11]:80 -s mh -b mh-fallback -p 360 -M 128",
  "-A -u 192.0.2.12:53 -s rr -o",
  "-A -u 192.0.2.12:5060 -s ovf -p 300 --pe sip -o",
  "-A -u [2001:db8::10]:53 -s dh -o",
  "-A --sctp-service 192.0.2.13:9 -s lc",
  "-a --sctp-service 192.0.2.13:9 -r 10.0.0.11:9 -m -w 1",
  "-A --sctp-service [2001:db8::13]:9 -s wrr -b flag-1,flag-3",
  "-A -f 1 -s mh -b mh-fallback,mh-port -p 360",
  "-a -f 1 -r 10.0.0.11:0 -g -w 1",
  "-A -f 1 -6 -s fo -p 30 -M 64",
  "-A -f 4294967295 -s sed",
];

Deno.test("save, flush and restore give the same table, with everything that it can hold", async () => {
  await using director = await Director.create();
  await director.load(EVERYTHING);
  await director.ipvsadm(["--set", "1000", "200", "400"]);
  const [before, saved] = [await director.everything(), await director.must("save")];
  await director.must("save /tmp/everything.yaml");
  assert.equal(await Deno.readTextFile("/tmp/everything.yaml"), saved);

  await director.must("flush --yes");
  await director.ipvsadm(["--set", "1", "2", "3"]);
  assert.deepEqual(director.rows(), []);
  await director.must("restore /tmp/everything.yaml");
  assert.equal(await director.everything(), before);
  assert.equal(await director.must("save"), saved);

  // Into another table, from standard input; a second time there is nothing to do.
  await director.ipvsadm(["--clear"]);
  await using other = await Director.create("other");
  await other.load([`-A ${WEB} -s rr -p 9`, `-a ${WEB} -r 10.0.0.99:80 -g`, `-a ${WEB} -r 10.0.0.13:80 -i -x 1`]);
  await other.must("restore -", { stdin: saved });
  assert.equal(await other.everything(), before);
  assert.equal(await other.must("restore -", { stdin: saved }), "Nothing to change\n");
});

Deno.test("save, flush and restore bring the sync daemons back, with all of their settings", async () => {
  await using director = await Director.create();
  await director.load([`-A ${WEB}`, `-a ${WEB} -r 10.0.0.11:80 -m`]);
  const settings = ["--mcast-interface", "lo", "--mcast-port", "9000", "--mcast-ttl", "3", "--sync-maxlen", "1000"];
  await director.ipvsadm([
    ...["--start-daemon", "master", "--syncid", "7", "--mcast-group", "224.0.0.90"],
    ...settings,
  ]);
  await director.ipvsadm(["--start-daemon", "backup", "--syncid", "255", "--mcast-group", "ff05::81", ...settings]);
  const [before, saved] = [await director.everything(), await director.must("save")];
  assert.match(before, /master sync daemon \(mcast=lo, syncid=7, maxlen=1000, group=224\.0\.0\.90, port=9000, ttl=3\)/);
  assert.match(before, /backup sync daemon \(mcast=lo, syncid=255, .*group=ff05::81, port=9000, ttl=3\)/);

  for (const role of ["master", "backup"]) await director.ipvsadm(["--stop-daemon", role]);
  await director.must("flush --yes");
  await director.must("restore -", { stdin: saved });
  assert.equal(await director.everything(), before);
  assert.equal(await director.must("save"), saved);

  // What a file leaves out stays; what it names otherwise is changed.
  await director.must("restore - --yes", { stdin: "version: 1\nservices: []\n" });
  assert.match(await director.everything(), /master sync daemon .*\n.*backup sync daemon /);
  const one = "version: 1\nsync_daemons: [{ role: backup, interface: lo, sync_id: 9 }]\nservices: []\n";
  await director.must("restore -", { stdin: one });
  assert.match(await director.ipvsadm(["-L", "--daemon"]), /^backup sync daemon \(mcast=lo, syncid=9, .*\)\n$/);
});

/** A file with these services, each a line of YAML. */
function file(...services: readonly string[]): string {
  return ["version: 1", "services:", ...services.map((service) => `  - { ${service} }`), ""].join("\n");
}

Deno.test("restore makes the changes that are needed and no others: what stays keeps connections and counters", async () => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  const [r1, r2, r3] = network.servers.map(({ ipv4 }) => `${ipv4}:8080`);
  const vip = `${network.vip.ipv4}:80`;
  await director.load([
    `-A -t ${vip} -s rr`,
    `-a -t ${vip} -r ${r1} -m`,
    `-a -t ${vip} -r ${r2} -m`,
    "-A -f 8 -s rr",
    "-a -f 8 -r 10.9.9.9:0 -m",
    "-A -f 9 -s rr",
  ]);
  const client = await startTraffic(CLIENT, { address: network.vip.ipv4, port: 80 }, { count: 20 });
  await client.answers();
  /** Connections of each server of the VIP, as ipvsadm counts them. */
  const connections = async (): Promise<ReadonlyMap<string, number>> =>
    new Map(
      lines(await director.ipvsadm(["-Ln", "--stats", "-t", vip])).flatMap((line) => {
        const [arrow, server = "", count] = line.trim().split(/ +/);
        return arrow === "->" && count !== undefined && /^\d/.test(server) ? [[server, Number(count)] as const] : [];
      }),
    );
  await until(async () => (await connections()).get(r1 ?? "") === 10, {
    withinMs: 6000,
    what: "10 connections counted",
  });
  const open = director.rows().filter((row) => row.includes("->") && row.endsWith(" 10"));
  assert.equal(open.length, 2, "each server has 10 connections that are closing");

  const wanted = file(
    `listen: "tcp://${vip}", scheduler: rr, servers: [${r1}, { address: "${r2}", weight: 5 }, ${r3}]`,
    'listen: "fwmark:8", scheduler: rr',
    'listen: "fwmark:10", scheduler: wlc, persistence: { timeout: 5m }',
  );
  const described = (result: unknown): unknown =>
    typeof result === "object" && result !== null && "changes" in result && Array.isArray(result.changes)
      ? result.changes.map((change: { description: string }) => change.description)
      : result;
  const changes = [
    `edit real server ${r2} of tcp://${vip}`,
    `add real server ${r3} of tcp://${vip}`,
    "add virtual service fwmark:10",
    "delete real server 10.9.9.9:0 of fwmark:8",
    "delete virtual service fwmark:9",
  ];
  const before = director.proc();
  assert.deepEqual(described(await director.json("restore - --dry-run", { stdin: wanted })), changes);
  assert.equal(director.proc(), before);
  assert.deepEqual(described(await director.json("restore - --yes", { stdin: wanted })), changes);
  assert.deepEqual(await director.rules(), [
    "-A -f 10 -s wlc -p 300",
    "-A -f 8 -s rr",
    `-A -t ${vip} -s rr`,
    `-a -t ${vip} -r ${r1} -m -w 1`,
    `-a -t ${vip} -r ${r2} -m -w 5`,
    `-a -t ${vip} -r ${r3} -m -w 1`,
  ]);
  assert.deepEqual([...await connections()], [[r1, 10], [r2, 10], [r3, 0]]);
  assert.equal(director.rows().filter((row) => row.includes("->") && row.endsWith(" 10")).length, 2);
});

Deno.test("restoring two tables in turn that share the serving servers fails no request at 200 a second", async () => {
  await using network = await createNatNetwork({ servers: 2 });
  await using director = await Director.of(network);
  const [r1, r2] = network.servers.map(({ ipv4 }) => `"${ipv4}:8080"`);
  const listen = `listen: "tcp://${network.vip.ipv4}:80"`;
  const others = (first: number): readonly string[] =>
    Array.from({ length: 20 }, (_, index) => `listen: "fwmark:${first + index}", servers: [10.9.0.1, 10.9.0.2]`);
  const tables = [
    file(`${listen}, scheduler: rr, servers: [${r1}, ${r2}]`, ...others(1)),
    file(
      ...others(11),
      `${listen}, scheduler: wrr, servers: [{ address: ${r2}, weight: 2, upper_threshold: 100000 }, ${r1}]`,
    ),
  ];
  const expected: string[] = [];
  for (const table of tables) {
    await director.must("restore - --yes", { stdin: table });
    expected.push(await director.everything());
  }
  await using traffic = await startTraffic(CLIENT, { address: network.vip.ipv4, port: 80 }, {
    count: 1_000_000,
    perSecond: 200,
    timeoutMs: 5000,
  });
  for (let restores = 0; restores < 12; restores++) {
    await director.must("restore - --yes", { stdin: tables[restores % 2] ?? "" });
  }
  const { servers, failures } = await traffic.ended();
  const answered = (servers["r1"] ?? 0) + (servers["r2"] ?? 0);
  assert.deepEqual(failures, {});
  assert.ok(answered >= 300, `${answered} requests were answered`);
  const last = (await director.everything()).replaceAll(/ \d+ +\d+ *$/gm, "");
  assert.ok(expected.map((text) => text.replaceAll(/ \d+ +\d+ *$/gm, "")).includes(last), last);
});

Deno.test("a restore of which the kernel refuses one change leaves the table exactly as it was", async () => {
  await using director = await Director.create();
  await director.load(EVERYTHING);
  await director.ipvsadm(["--set", "900", "120", "300"]);
  const before = await director.everything();
  // More than go to the kernel in one piece come before the one that fails.
  const many = Array.from({ length: 400 }, (_, index) => `listen: "fwmark:${100 + index}", servers: [10.9.0.1]`);
  const failing: readonly (readonly [string, RegExp])[] = [
    [
      file('listen: "fwmark:1", scheduler: rr', 'listen: "fwmark:2"', 'listen: "tcp://192.0.2.10:80", scheduler: nope'),
      /^Cannot edit virtual service tcp:\/\/192\.0\.2\.10:80: the kernel has no scheduler "nope" \(ENOENT\); .*/,
    ],
    [
      `timeouts: { tcp: 1s }\n${
        file(...many, 'listen: "fwmark:2", servers: [255.255.255.255]', ...many.map(renumber))
      }`,
      /^Cannot add real server 255\.255\.255\.255:0 of fwmark:2: .* \(EINVAL\); .*/,
    ],
  ];
  for (const [stdin, reason] of failing) {
    const line = new RegExp(`${reason.source}; the table is as it was before$`);
    await director.refuses("restore - --yes", { code: 1, lines: [line] }, { stdin });
    assert.equal(await director.everything(), before);
  }
});

function renumber(service: string): string {
  return service.replace("fwmark:", "fwmark:1");
}

/** A table as `lvsctl save` writes it, and as ipvsadm does: services 172.16.0.0:80 and so on, each with its servers. */
async function largeTable(
  size: { readonly services: number; readonly servers: number },
): Promise<{ readonly file: string; readonly rules: readonly string[] }> {
  await using director = await Director.create("template");
  await director.load([
    "-A -t 172.16.0.0:80 -s rr",
    ...Array.from({ length: size.servers }, (_, index) => `-a -t 172.16.0.0:80 -r 10.0.0.${1 + index}:80 -m -w 7`),
  ]);
  const [rules, saved] = [await director.rules(), await director.must("save")];
  const [head = "", service = ""] = saved.split(/(?<=^services:\n)/m);
  const addresses = Array.from({ length: size.services }, (_, index) => `172.16.${index >> 8}.${index & 255}`);
  const replaced = (text: string): string[] => addresses.map((address) => text.replaceAll("172.16.0.0", address));
  return { file: head + replaced(service).join(""), rules: rules.flatMap(replaced).sort() };
}

Deno.test("a restore that was killed half-way is completed by the next one", async () => {
  const { file, rules } = await largeTable({ services: 1000, servers: 10 });
  await Deno.writeTextFile("/tmp/large.yaml", file);
  await using director = await Director.create();
  const restore = director.start("restore /tmp/large.yaml");
  await until(() => director.proc().length > 10_000, { withinMs: 20_000, what: "a part of the table is there" });
  restore.signal("SIGKILL");
  assert.equal(await restore.finished(), 128 + 9);
  const done = director.rows().length;
  assert.ok(done > 0 && done < rules.length, `${done} of ${rules.length} were there when it was killed`);
  const { code, stderr } = await director.lvsctl("restore /tmp/large.yaml");
  assert.equal(code, 0);
  assert.match(stderr, /^lvsctl: warning: lvsctl restore .* was killed before it ended, .*"lvsctl undo" .*\n$/);
  assert.deepEqual(await director.rules(), rules);
});

Deno.test("a table of 10,000 services is restored and saved", async () => {
  const { file, rules } = await largeTable({ services: 10_000, servers: 1 });
  await Deno.writeTextFile("/tmp/large.yaml", file);
  await using director = await Director.create();
  await director.must("restore /tmp/large.yaml");
  assert.deepEqual(await director.rules(), rules);
  await director.must("save /tmp/large-again.yaml");
  assert.ok(await Deno.readTextFile("/tmp/large-again.yaml") === file, "what was saved is not what was restored");
  // More than a pipe holds, to a reader who has gone.
  const listed = await director.lvsctl("list", {
    through: ["bash", "-c", '"$@" | head -c 7; exit ${PIPESTATUS[0]}', "bash"],
  });
  assert.deepEqual(listed, { code: 0, stdout: "VIRTUAL", stderr: "" });
});
