import assert from "node:assert/strict";
import { Director } from "../director.ts";
import { WebServer } from "../web_server.ts";

const FILE = "/tmp/check.yaml";

/** A director with two web servers of its own. */
async function directorWithServers(): Promise<{ readonly director: Director; readonly servers: readonly WebServer[] }> {
  const director = await Director.create();
  const start = director.startProgram.bind(director);
  const servers: WebServer[] = [];
  for (const endpoint of ["127.0.0.11:8080", "127.0.0.12:8080"]) {
    servers.push(await WebServer.start({ start, endpoint }));
  }
  return { director, servers };
}

/** Two services with the same servers and, but for what is told, the same check. */
function config(check: string, more = ""): string {
  const service = `
    check: { type: http, path: /, interval: 1s, timeout: 500ms, ${check} }
    fallback: 127.0.0.99:80
    servers: [127.0.0.11:8080, { address: 127.0.0.12:8080, weight: 3 }]
`;
  return `version: 1
services:
  - name: web
    listen: tcp://192.0.2.10:80
    on_failure: remove${service}${more}
  - listen: fwmark:1
    on_failure: quiesce${service}`;
}

Deno.test("check reports in words and as JSON, exits with 0, 1 and 4, and changes nothing", async () => {
  const { director, servers } = await directorWithServers();
  await using _ = director;
  await Deno.writeTextFile(FILE, config("rise: 1, fall: 1", "    quorum: 1\n"));
  const check = async (): Promise<{ readonly code: number; readonly report: readonly string[] }> => {
    const { code, stdout, stderr } = await director.lvsctl(`check ${FILE}`);
    assert.equal(stderr, "");
    return { code, report: stdout.replaceAll(/ +\d+\.\d ms/g, " N ms").split("\n") };
  };
  const refused = "connection refused (ECONNREFUSED)";
  assert.deepEqual(await check(), {
    code: 0,
    report: [
      "tcp://192.0.2.10:80 (web): 2 of 2 healthy",
      "  -> 127.0.0.11:8080  healthy N ms  status 200",
      "  -> 127.0.0.12:8080  healthy N ms  status 200",
      "fwmark:1: 2 of 2 healthy",
      "  -> 127.0.0.11:8080  healthy N ms  status 200",
      "  -> 127.0.0.12:8080  healthy N ms  status 200",
      "",
    ],
  });
  await servers[0]?.kill();
  assert.deepEqual(await check(), {
    code: 1,
    report: [
      "tcp://192.0.2.10:80 (web): 1 of 2 healthy",
      `  -> 127.0.0.11:8080  FAILED N ms  ${refused}`,
      "  -> 127.0.0.12:8080  healthy N ms  status 200",
      "fwmark:1: 1 of 2 healthy",
      `  -> 127.0.0.11:8080  FAILED N ms  ${refused}`,
      "  -> 127.0.0.12:8080  healthy N ms  status 200",
      "",
    ],
  });
  servers[1]?.hang();
  const { code, report } = await check();
  assert.equal(code, 4);
  assert.equal(report[0], "tcp://192.0.2.10:80 (web): 0 of 2 healthy, below its quorum of 1");
  assert.equal(report[2], "  -> 127.0.0.12:8080  FAILED N ms  no answer within 500ms");

  const json = await director.lvsctl(`check ${FILE} --json`);
  assert.deepEqual({ code: json.code, stderr: json.stderr }, { code: 4, stderr: "" });
  const round = JSON.parse(json.stdout);
  const { all_healthy: allHealthy, quorums_met: quorumsMet, dry_run: dryRun, changes, services } = round;
  assert.deepEqual({ allHealthy, quorumsMet, dryRun, changes }, {
    allHealthy: false,
    quorumsMet: false,
    dryRun: false,
    changes: [],
  });
  const [{ servers: [first], ...service }] = services;
  assert.equal(typeof first.last.latency_ms, "number");
  assert.deepEqual(
    { ...service, servers: [{ ...first, last: { ...first.last, latency_ms: 0 } }] },
    JSON.parse(`{
    "service": "tcp://192.0.2.10:80", "protocol": "tcp", "address": "192.0.2.10", "port": 80, "fwmark": null,
    "family": "ipv4", "name": "web", "healthy": 0,
    "quorum": { "unit": "servers", "amount": 1, "hysteresis": 0, "met": false },
    "servers": [
      { "server": "127.0.0.11:8080", "address": "127.0.0.11", "port": 8080, "family": "ipv4", "health": "unhealthy",
        "weight": null,
        "last": { "at": null, "ok": false, "inconclusive": false, "latency_ms": 0, "detail": "${refused}", "warning": null } }
    ]
  }`),
  );
  assert.deepEqual(director.rows(), []);
});

/** The servers that each of the two services has in the table, with their weights. */
function table(director: Director): Readonly<Record<string, string>> {
  const services: Record<string, string> = {};
  for (const row of director.rows()) {
    const [kind = "", id = "", arrow, server = "", , weight] = row.split(" ");
    const name = kind === "TCP" ? "web" : `${kind}${Number(id)}`;
    services[name] ??= "";
    if (arrow === "->") services[name] += ` .${parseInt(server.slice(6, 8), 16)}=${weight}`;
  }
  return Object.fromEntries(Object.entries(services).map(([name, servers]) => [name, servers.trim()]));
}

Deno.test("check --apply counts rise and fall from run to run, and the table follows", async () => {
  const { director, servers } = await directorWithServers();
  await using _ = director;
  await Deno.writeTextFile(FILE, config("rise: 2, fall: 2"));
  const state = "/tmp/made/by/lvsctl/state.json";
  const apply = async (options = ""): Promise<{ readonly code: number; readonly told: readonly string[] }> => {
    const { code, stdout, stderr } = await director.lvsctl(`check --apply --state ${state} ${FILE} ${options}`);
    assert.equal(stderr, "");
    return { code, told: stdout.split("\n").filter((line) => /^[-+~]/.test(line)) };
  };
  const both = ".11=1 .12=3";
  // Nothing is known yet, and the kernel has nothing: no server comes in on one result.
  assert.equal((await apply()).code, 0);
  assert.deepEqual(table(director), { web: ".99=1", FWM1: ".99=1" });
  assert.deepEqual((await apply()).told.toSorted(), [
    "+ add real server 127.0.0.11:8080 of fwmark:1: nat, weight 1",
    "+ add real server 127.0.0.11:8080 of tcp://192.0.2.10:80: nat, weight 1",
    "+ add real server 127.0.0.12:8080 of fwmark:1: nat, weight 3",
    "+ add real server 127.0.0.12:8080 of tcp://192.0.2.10:80: nat, weight 3",
    "- delete real server 127.0.0.99:80 of fwmark:1",
    "- delete real server 127.0.0.99:80 of tcp://192.0.2.10:80",
  ]);
  assert.deepEqual(table(director), { web: both, FWM1: both });

  await servers[1]?.kill();
  assert.deepEqual(await apply(), { code: 1, told: [] });
  const counted = await Deno.readTextFile(state);
  // Neither a dry run nor a check that is not to be applied counts.
  const failed = [
    "- delete real server 127.0.0.12:8080 of tcp://192.0.2.10:80",
    "~ edit real server 127.0.0.12:8080 of fwmark:1: nat, weight 0",
  ];
  assert.deepEqual((await apply("--dry-run")).told.toSorted(), failed);
  assert.equal((await director.lvsctl(`check --state ${state} ${FILE}`)).code, 1);
  assert.equal(await Deno.readTextFile(state), counted);
  assert.deepEqual(table(director), { web: both, FWM1: both });
  assert.deepEqual((await apply()).told.toSorted(), failed);
  assert.deepEqual(table(director), { web: ".11=1", FWM1: ".11=1 .12=0" });

  await servers[0]?.kill();
  assert.equal((await apply()).code, 4);
  assert.equal((await apply()).code, 4);
  assert.deepEqual(table(director), { web: ".99=1", FWM1: ".11=0 .12=0 .99=1" });

  for (const server of servers) await server.restart();
  assert.deepEqual(await apply(), { code: 0, told: [] });
  assert.equal((await apply()).code, 0);
  assert.deepEqual(table(director), { web: both, FWM1: both });
});

Deno.test("check --apply counts every one of several runs at the same time", async () => {
  const { director, servers } = await directorWithServers();
  await using _ = director;
  await Deno.writeTextFile(FILE, config("rise: 1, fall: 6"));
  const state = "/tmp/overlapping.json";
  const apply = `check --apply --state ${state} ${FILE}`;
  assert.equal((await director.lvsctl(apply)).code, 0);
  await servers[1]?.kill();
  const runs = await Promise.all(Array.from({ length: 5 }, () => director.lvsctl(apply)));
  assert.deepEqual(runs.map(({ code, stderr }) => ({ code, stderr })), Array(5).fill({ code: 1, stderr: "" }));
  const failures = [...(await Deno.readTextFile(state)).matchAll(/"failures":(\d+)/g)].map(([, count]) => count);
  assert.deepEqual(failures.toSorted(), ["0", "5"]);
  assert.deepEqual(table(director), { web: ".11=1 .12=3", FWM1: ".11=1 .12=3" });
  assert.equal((await director.lvsctl(apply)).code, 1);
  assert.deepEqual(table(director), { web: ".11=1", FWM1: ".11=1 .12=0" });
});

Deno.test("check --apply takes a state file that cannot be read as nothing known, and says what it cannot write", async () => {
  const { director, servers } = await directorWithServers();
  await using _ = director;
  await Deno.writeTextFile(FILE, config("rise: 2, fall: 2"));
  const state = "/tmp/corrupt.json";
  const apply = `check --apply --state ${state} ${FILE}`;
  await servers[1]?.kill();
  await director.load([
    "-A -t 192.0.2.10:80",
    "-a -t 192.0.2.10:80 -r 127.0.0.12:8080 -m -w 3",
    "-A -f 1",
    "-a -f 1 -r 127.0.0.12:8080 -m -w 3",
  ]);
  for (const text of ["", "{", '{"version":1,"states":{"127.0.0.12:8080":7}}', "\0\0"]) {
    await Deno.writeTextFile(state, text);
    const { code, stderr } = await director.lvsctl(apply);
    assert.deepEqual({ code, stderr }, { code: 1, stderr: "" }, text);
    // One failure is not enough to take it out, one success not enough to take the other in.
    assert.deepEqual(table(director), { web: ".12=3", FWM1: ".12=3" });
  }
  assert.equal((await director.lvsctl(apply)).code, 1);
  assert.deepEqual(table(director), { web: ".11=1", FWM1: ".11=1 .12=0" });

  await Deno.mkdir("/tmp/directory.json");
  await director.refuses(`check --apply --state /tmp/directory.json ${FILE}`, {
    code: 1,
    lines: [/^Cannot use \/tmp\/directory\.json: it is a directory, not a file that lvsctl wrote; /],
  });
  await director.refuses(`check --apply --state /proc/state.json ${FILE}`, {
    code: 1,
    lines: [/^Cannot lock \/proc\/state\.json: .* \(E[A-Z]+\); name a writable file with --state$/],
  });
});

Deno.test("check --apply from cron every second, by runs that overlap, for a minute counts right and changes nothing twice", async () => {
  const { director, servers } = await directorWithServers();
  await using _ = director;
  // A run takes longer than the time to the next one, for one server hangs for as long as a check may take.
  await Deno.writeTextFile(FILE, config("rise: 3, fall: 4").replaceAll("500ms", "900ms"));
  const state = "/tmp/cron.json";
  const told: string[] = [];
  const cron = async (rounds: number): Promise<void> => {
    const runs: Promise<void>[] = [];
    for (let round = 0; round < rounds; round++) {
      runs.push(
        director.lvsctl(`check --apply --state ${state} ${FILE}`).then(({ stdout, stderr }) => {
          assert.equal(stderr, "");
          told.push(...stdout.split("\n").filter((line) => /^[-+~]/.test(line)));
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    await Promise.all(runs);
  };
  const counts = async (field: string): Promise<readonly number[]> =>
    [...(await Deno.readTextFile(state)).matchAll(new RegExp(`"${field}":(\\d+)`, "g"))].map(([, count]) =>
      Number(count)
    )
      .toSorted((a, b) => a - b);
  await cron(10);
  assert.deepEqual(await counts("successes"), [10, 10]);
  assert.deepEqual(table(director), { web: ".11=1 .12=3", FWM1: ".11=1 .12=3" });
  servers[1]?.hang();
  told.length = 0;
  await cron(25);
  assert.deepEqual(await counts("failures"), [0, 25]);
  assert.deepEqual(told.toSorted(), [
    "- delete real server 127.0.0.12:8080 of tcp://192.0.2.10:80",
    "~ edit real server 127.0.0.12:8080 of fwmark:1: nat, weight 0",
  ]);
  servers[1]?.resume();
  told.length = 0;
  await cron(25);
  assert.equal(told.length, 2, told.join("\n"));
  assert.deepEqual(table(director), { web: ".11=1 .12=3", FWM1: ".11=1 .12=3" });
});

Deno.test("check chooses services and servers, and shows what is said", async () => {
  const { director, servers } = await directorWithServers();
  await using _ = director;
  await Deno.writeTextFile(FILE, config("rise: 1, fall: 1"));
  await servers[1]?.kill();
  const all = await director.lvsctl(`check ${FILE} --service web --server 127.0.0.11`);
  assert.deepEqual({ code: all.code, stderr: all.stderr }, { code: 0, stderr: "" });
  assert.match(all.stdout, /^tcp:\/\/192\.0\.2\.10:80 \(web\): 1 of 1 healthy\n {2}-> 127\.0\.0\.11:8080 .*\n$/);
  assert.equal((await director.lvsctl(`check ${FILE} --server 127.0.0.12:8080`)).code, 1);
  await director.refuses(`check ${FILE} --service mail`, {
    code: 2,
    lines: ['the file has no service "mail"; it has web, fwmark:1'],
  });
  const verbose = await director.must(`check ${FILE} --service web --server 127.0.0.11:8080 --verbose`);
  assert.match(verbose, /^ +\d+\.\d ms {2}connected\n +\d+\.\d ms {2}sent \d+ bytes: "GET \/ HTTP\/1\.1\\r\\n/m);
  assert.match(verbose, /^ +\d+\.\d ms {2}received \d+ bytes: "HTTP\/1\.[01] 200 OK\\r\\n/m);
  const json = await director.must(`check ${FILE} --service web --server 127.0.0.11:8080 --verbose --json`);
  const [{ servers: [{ exchange }] }] = JSON.parse(json).services;
  assert.deepEqual(exchange.slice(0, 2).map(({ kind }: { kind: string }) => kind), ["connected", "sent"]);
  // What is applied of a part leaves the rest as it is.
  const state = "/tmp/part.json";
  await director.must(`check --apply --state ${state} ${FILE} --server 127.0.0.11:8080`);
  assert.deepEqual(table(director), { web: ".11=1", FWM1: ".11=1" });
});

Deno.test("check --apply tells people by commands, once, from whatever run", async () => {
  const { director, servers } = await directorWithServers();
  await using _ = director;
  await Deno.writeTextFile("/tmp/told.sh", '#!/bin/sh\necho "$1 $2" >>/tmp/told.txt\n', { mode: 0o755 });
  const notify =
    "notify: [{ type: exec, command: [/tmp/told.sh, '{event}', '{server}'], on: [server_up, server_down] }]";
  await Deno.writeTextFile(
    FILE,
    config("rise: 1, fall: 1").replace("version: 1", `version: 1\ndefaults: { ${notify} }`),
  );
  const apply = (): Promise<unknown> => director.lvsctl(`check --apply --state /tmp/told.json ${FILE}`);
  await apply();
  await servers[1]?.kill();
  await apply();
  await Promise.all([apply(), apply()]);
  await servers[1]?.restart();
  await apply();
  await apply();
  const told = (await Deno.readTextFile("/tmp/told.txt")).trim().split("\n");
  assert.deepEqual(told, ["server_down 127.0.0.12:8080", "server_up 127.0.0.12:8080"]);
});
