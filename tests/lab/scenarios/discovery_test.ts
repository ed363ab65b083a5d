import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { FILE, forgetHealth, table, untilTable } from "../daemon_bench.ts";
import { Director, until } from "../director.ts";
import type { Lie } from "../lying_name_server.ts";
import { untilListening } from "../servers/place.ts";

const HOSTS = "/tmp/names";
const LISTS = "/tmp/lists";

/** Writes the names that the name server knows: web.lab with these last numbers of 10.0.0.x. */
async function writeNames(numbers: readonly number[]): Promise<void> {
  await Deno.writeTextFile(HOSTS, numbers.map((number) => `10.0.0.${number} web.lab\n`).join(""));
}

/** Writes a file as a whole, under another name first. */
async function replaceFile(name: string, value: unknown): Promise<void> {
  await Deno.mkdir(LISTS, { recursive: true });
  await Deno.writeTextFile(`${LISTS}/${name}.new`, JSON.stringify(value));
  await Deno.rename(`${LISTS}/${name}.new`, `${LISTS}/${name}`);
}

/** Services by firewall marks, each with one source. */
async function writeSources(...sources: readonly string[]): Promise<void> {
  const services = sources.map((source, index) =>
    `  - { listen: "fwmark:${index + 1}", forward: dr, drain: none, servers: [${source}] }\n`
  );
  await Deno.writeTextFile(FILE, `version: 1\nservices:\n${services.join("")}`);
}

/** Starts dnsmasq, which reads the names again at SIGHUP. */
async function startNames(director: Director): Promise<BackgroundProcess> {
  const process = director.startProgram([
    ...["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--log-facility=-", "--user=root", "--no-resolv"],
    ...["--no-hosts", `--addn-hosts=${HOSTS}`, "--local-ttl=1", "--pid-file=/tmp/names.pid", "--local=/lab/"],
    ...["--bind-interfaces", "--listen-address=127.0.0.53", "--srv-host=_http._tcp.lab,web.lab,8080,10,60"],
  ]);
  await untilListening(process, 53, { protocol: "udp" });
  return process;
}

async function startDaemon(director: Director): Promise<BackgroundProcess> {
  const daemon = director.start(`run ${FILE}`);
  await daemon.untilOutput(/watching/);
  return daemon;
}

async function end(daemon: BackgroundProcess): Promise<void> {
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
}

async function seconds(count: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, count * 1000));
}

Deno.test("a name server that lies, fails, is silent or dies never empties a service", async () => {
  await using director = await Director.create();
  await writeNames([11, 12, 13, 14]);
  let names = await startNames(director);
  const dns = "name_servers: 127.0.0.53, min_ttl: 1s, family: ipv4";
  await writeSources(
    `{ names: { name: web.lab, ${dns} }, port: 80, timeout: 1s, loss_hold: 6s }`,
    `{ srv: { name: _http._tcp.lab, ${dns} }, timeout: 1s, max_loss: 0, loss_hold: 1d }`,
  );
  // Once, without a daemon: all or nothing.
  await director.must(`apply ${FILE} --yes`);
  const all = { "fwmark:1": "11=1 12=1 13=1 14=1", "fwmark:2": "11=60 12=60 13=60 14=60" };
  assert.deepEqual(table(director), all);
  const daemon = await startDaemon(director);
  const tell = async (numbers: readonly number[]): Promise<void> => {
    await writeNames(numbers);
    names.signal("SIGHUP");
    await seconds(2.5);
  };
  await tell([]);
  assert.deepEqual(table(director), all, "NXDOMAIN");
  names.signal("SIGSTOP");
  await director.must("reload");
  await until(async () => (await director.must("discovery status")).includes("no answer in time"), {
    withinMs: 10_000,
    what: "the silence is reported",
    state: () => daemon.stderr,
  });
  assert.deepEqual(table(director), all, "silence");
  names.signal("SIGCONT");
  await names.stop();
  await seconds(1);
  assert.deepEqual(table(director), all, "nothing listens");
  const refused = await director.lvsctl(`apply ${FILE} --yes`);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Cannot get servers from names web\.lab: .*refused/);
  await writeNames([14]);
  names = await startNames(director);
  await director.must("reload");
  const { stdout } = await director.lvsctl("discovery status");
  assert.match(stdout, /^names web\.lab +4 /m);
  await daemon.untilOutput(/names web\.lab: the list lacks 3 of 4 servers, more than 50%; its last list stays in use/);
  assert.deepEqual(table(director), all, "half and less");
  assert.match(await director.lvsctl("status").then((result) => result.stdout), /from names web\.lab/);
  // The short list persists for the time of the file, or is accepted by hand.
  await untilTable(director, { ...all, "fwmark:1": "14=1" }, { daemon, withinMs: 15_000 });
  await director.must("discovery accept srv _http._tcp.lab");
  await untilTable(director, { "fwmark:1": "14=1", "fwmark:2": "14=60" }, { daemon, withinMs: 5000 });
  // A name with many addresses does not fit into a datagram, so it is asked for by TCP.
  await tell(Array.from({ length: 90 }, (_, index) => index + 11));
  await until(() => table(director)["fwmark:1"]?.split(" ").length === 90, {
    withinMs: 10_000,
    what: "90 servers",
    state: () => daemon.stderr,
  });
  await end(daemon);
  // The next daemon begins with the list of this one, although no name server answers.
  await names.stop();
  await director.ipvsadm(["--clear"]);
  const next = await startDaemon(director);
  await until(() => table(director)["fwmark:1"]?.split(" ").length === 90, {
    withinMs: 10_000,
    what: "90 servers again",
    state: () => next.stderr,
  });
  await end(next);
  await forgetHealth();
});

const ADDRESSES = ["10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14"];

/** Answers of which each is wrong in its own way, and what is reported about it; equal reports are not neighbours. */
const LIES: readonly (readonly [what: string, lie: Partial<Lie>, problem: RegExp])[] = [
  ["SERVFAIL", { rcode: 2 }, /SERVFAIL/],
  ["no records", { isEmpty: true }, /has no (?:address|SRV records)/],
  ["REFUSED", { rcode: 5 }, /REFUSED/],
  ["NXDOMAIN", { rcode: 3 }, /web\.lab has no address|NXDOMAIN/],
  ["slow", { delayMs: 1500 }, /no answer in time/],
  ["truncated by TCP too", { addresses: ADDRESSES.slice(0, 1), isTruncated: true }, /truncated by TCP too/],
  ["half", { addresses: ADDRESSES.slice(0, 1) }, /the list lacks 3 of 4 servers/],
  ["cut", { cutBytes: 9 }, /cut short/],
];

Deno.test("answers that are wrong, empty, slow, cut or half never empty a service", async () => {
  await using director = await Director.create();
  const tell = async (lie: Partial<Lie>): Promise<void> =>
    await replaceFile("lie.json", { addresses: ADDRESSES, ...lie });
  await tell({});
  const program = new URL("../lying_name_server.ts", import.meta.url).pathname;
  const names = director.startProgram([
    ...[Deno.execPath(), "run", "--no-check", "--allow-all", program, `${LISTS}/lie.json`],
  ]);
  await names.untilOutput(/ready/);
  const dns = "name_servers: 127.0.0.54, min_ttl: 1s, family: ipv4";
  await writeSources(
    `{ names: { name: web.lab, ${dns} }, port: 80, timeout: 1s }`,
    `{ srv: { name: _http._tcp.lab, ${dns} }, timeout: 1s }`,
  );
  const daemon = await startDaemon(director);
  const all = { "fwmark:1": "11=1 12=1 13=1 14=1", "fwmark:2": "11=60 12=60 13=60 14=60" };
  await untilTable(director, all, { daemon, withinMs: 5000 });
  for (const [what, lie, problem] of LIES) {
    await tell(lie);
    await director.must("reload");
    let shown = "";
    await until(async () => {
      shown = await director.must("discovery status");
      return shown.split("\n").filter((line) => problem.test(line)).length === 2;
    }, { withinMs: 15_000, what, state: () => `${shown}\n${daemon.stderr}${names.stderr}` });
    assert.deepEqual(table(director), all, what);
  }
  // The server is right again: its list is taken.
  await tell({ addresses: [...ADDRESSES, "10.0.0.15"] });
  await director.must("reload");
  const more = { "fwmark:1": `${all["fwmark:1"]} 15=1`, "fwmark:2": `${all["fwmark:2"]} 15=60` };
  await untilTable(director, more, { daemon, withinMs: 10_000 });
  await end(daemon);
  await forgetHealth();
});

Deno.test("lists of a file, of http, of Consul and of Kubernetes are followed", async () => {
  await using director = await Director.create();
  const instance = (number: number, status: string): unknown => ({
    Service: { Address: `10.0.0.${number}`, Port: 80, Weights: { Passing: 7, Warning: 1 } },
    Checks: [{ Status: status }],
  });
  const slice = (name: string, ...endpoints: (readonly [number, object])[]): unknown => ({
    metadata: { name, resourceVersion: "1" },
    addressType: "IPv4",
    ports: [{ name: "http", port: 80 }],
    endpoints: endpoints.map(([number, conditions]) => ({ addresses: [`10.0.0.${number}`], conditions })),
  });
  await replaceFile("file.json", [{ targets: ["10.0.0.11:80"], labels: { weight: "3" } }]);
  await replaceFile("http.json", [{ targets: ["10.0.0.21:80", "10.0.0.22:80"] }]);
  await replaceFile("consul.json", [instance(31, "passing"), instance(32, "critical")]);
  await replaceFile("slices.json", [slice("a", [41, {}]), slice("b", [41, {}], [42, { ready: true }])]);
  const program = new URL("../discovery_server.ts", import.meta.url).pathname;
  const server = director.startProgram([Deno.execPath(), "run", "--no-check", "--allow-all", program, LISTS]);
  await server.untilOutput(/ready/);
  await writeSources(
    `{ file: { path: ${LISTS}/file.json, refresh: 1h } }`,
    "{ http: { url: 'http://127.0.0.1:8500/targets', refresh: 1s } }",
    "{ consul: web }",
    "{ kubernetes: { service: web, url: 'http://127.0.0.1:8500' } }",
  );
  const daemon = await startDaemon(director);
  await untilTable(director, {
    "fwmark:1": "11=3",
    "fwmark:2": "21=1 22=1",
    "fwmark:3": "31=7 32=0",
    "fwmark:4": "41=1 42=1",
  }, { daemon, withinMs: 5000 });
  await replaceFile("file.json", [{ targets: ["10.0.0.11:80", "10.0.0.12:80"] }]);
  await replaceFile("http.json", [{ targets: ["10.0.0.22:80"] }]);
  await replaceFile("consul.json", [instance(31, "warning"), instance(32, "passing")]);
  const drained = { ready: false, serving: true, terminating: true };
  await replaceFile("slices.json", [slice("a", [41, drained]), slice("b", [41, drained], [42, {}], [43, {}])]);
  const changed = {
    "fwmark:1": "11=1 12=1",
    "fwmark:2": "22=1",
    "fwmark:3": "31=1 32=7",
    "fwmark:4": "41=0 42=1 43=1",
  };
  await untilTable(director, changed, { daemon, withinMs: 10_000 });
  const document = await director.json("discovery status");
  assert.match(JSON.stringify(document), /"source":"consul web at http:\/\/127\.0\.0\.1:8500","servers":2/);
  assert.match(await director.must("metrics"), /^lvsctl_discovery_targets\{source="consul web at [^"]+"\} 2$/m);
  // Nonsense, and then nothing at all.
  await Deno.writeTextFile(`${LISTS}/file.json`, "[{");
  for (const name of ["http.json", "consul.json"]) await replaceFile(name, []);
  await Deno.writeTextFile(`${LISTS}/gone`, "");
  await daemon.untilOutput(/file \/tmp\/lists\/file\.json: /);
  await daemon.untilOutput(/http http:\/\/127\.0\.0\.1:8500\/targets: the list is empty/);
  await server.stop();
  await daemon.untilOutput(/kubernetes default\/web at http:\/\/127\.0\.0\.1:8500: /);
  await daemon.untilOutput(/consul web at http:\/\/127\.0\.0\.1:8500: /);
  assert.deepEqual(table(director), changed);
  await end(daemon);
});
