import assert from "node:assert/strict";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { A, B, CHECK, FILE, service, startDaemon, startServers, untilTable, writeFile } from "../daemon_bench.ts";
import { Director, until } from "../director.ts";

const HTTP = `check: { type: http, ${CHECK} }`;
const PORT = "127.0.0.1:9180";
const SOCKET = "/run/lvsctl/http.sock";

/** Time enough for a program of another project in a guest that is slow. */
const WITHIN_MS = 60_000;

/** Starts a daemon of two healthy servers that listens. */
async function listen(director: Director, options: string): Promise<BackgroundProcess> {
  await writeFile(service("fwmark:1", `name: web, ${HTTP}`, [A, B]));
  const daemon = await startDaemon(director, options);
  await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon });
  return daemon;
}

/** What curl prints; an error of HTTP is an error of curl's. */
async function curl(director: Director, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await director.run([
    "curl",
    "--silent",
    "--show-error",
    "--fail",
    "--max-time",
    "30",
    ...args,
  ]);
  assert.deepEqual([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

/** The status of an answer. */
async function statusOf(director: Director, ...args: readonly string[]): Promise<number> {
  const format = ["--silent", "--max-time", "30", "--output", "/dev/null", "--write-out", "%{http_code}"];
  const { stdout } = await director.run(["curl", ...format, ...args]);
  return Number(stdout);
}

Deno.test("promtool finds nothing wrong with /metrics, and a Prometheus scrapes it and answers queries", async () => {
  await using director = await Director.create();
  await startServers(director, 2);
  const daemon = await listen(director, `--listen ${PORT}`);
  const text = await curl(director, `http://${PORT}/metrics`);
  const { code, stdout, stderr } = await director.run(["promtool", "check", "metrics"], { stdin: text });
  assert.deepEqual([code, stdout, stderr], [0, "", ""]);
  const accept = "Accept: application/openmetrics-text; version=1.0.0";
  assert.match(await curl(director, "--header", accept, `http://${PORT}/metrics`), /\n# EOF\n$/);

  await Deno.writeTextFile(
    "/tmp/prometheus.yml",
    `scrape_configs: [{ job_name: lvsctl, scrape_interval: 1s, static_configs: [{ targets: ["${PORT}"] }] }]\n`,
  );
  const prometheus = director.startProgram([
    "prometheus",
    "--config.file=/tmp/prometheus.yml",
    "--storage.tsdb.path=/tmp/prometheus",
    "--web.listen-address=127.0.0.1:9090",
  ]);
  const query = async (expression: string): Promise<string> => {
    const argv = ["promtool", "query", "instant", "http://127.0.0.1:9090", expression];
    return (await director.run(argv)).stdout;
  };
  let answer = "";
  const isScraped = async (): Promise<boolean> => {
    answer = await query("sum by (virtual_service) (lvsctl_server_healthy)");
    return answer.trim() !== "";
  };
  await until(isScraped, { withinMs: WITHIN_MS, what: "Prometheus has scraped", state: () => prometheus.stderr });
  assert.match(answer, /^\{virtual_service="fwmark:1"\} => 2 @/);
  assert.match(await query("up"), /^up\{instance="127\.0\.0\.1:9180", job="lvsctl"\} => 1 @/);
  await daemon.stop();
});

Deno.test("the status page and the API follow the daemon", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 2);
  // Without an option: the file says where.
  const content = service("fwmark:1", `name: web, ${HTTP}`, [A, B]);
  const metrics = "/run/lvsctl.prom";
  await writeFile(
    content,
    `metrics: { listen: "${PORT}", allow_hosts: [lvs.example], file: ${metrics}, interval: 1s }\n`,
  );
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon });
  assert.equal(await statusOf(director, "--header", "Host: lvs.example", `http://${PORT}/healthz`), 200);
  await writeFile(content);
  assert.match(await director.must("reload"), /is active/);
  await daemon.untilOutput(/metrics has changed; restart the daemon/);
  const page = await curl(director, `http://${PORT}/`);
  assert.match(page, /1 service: 1 ok; 2 servers: 2 healthy/);
  assert.match(page, /id="service-fwmark:1-127\.0\.0\.11:8080"\s+class="good"/);
  assert.equal(await curl(director, `http://${PORT}/healthz`), "ok\n");
  await servers[0]?.kill();
  await untilTable(director, { "fwmark:1": "12=1" }, { daemon });
  const isWritten = async (): Promise<boolean> =>
    (await Deno.readTextFile(metrics)).match(/^lvsctl_server_healthy\{.*\} 0$/gm)?.length === 1;
  await until(isWritten, { withinMs: WITHIN_MS, what: "the file of metrics has the unhealthy server" });
  const isShown = async (): Promise<boolean> =>
    /1 healthy, 1 unhealthy/.test(await curl(director, `http://${PORT}/?show=failing`));
  await until(isShown, { withinMs: WITHIN_MS, what: "the page shows the unhealthy server" });
  const ofApi = fieldsOf(JSON.parse(await curl(director, `http://${PORT}/api/v1/status?service=web`)));
  const ofCommand = fieldsOf(JSON.parse((await director.lvsctl("status --json")).stdout));
  const facts = ({ version, daemon: process, services, failures, differences }: typeof ofApi): unknown => ({
    version,
    process,
    failures,
    differences,
    services: itemsOf(services).map(fieldsOf).map(({ service: id, servers: all }) => [
      id,
      ...itemsOf(all).map(fieldsOf).map(({ server, health, weight, since }) => [server, health, weight, since]),
    ]),
  });
  assert.deepEqual(facts(ofApi), facts(ofCommand));
  const list = await curl(director, `http://${PORT}/api/v1/list`);
  assert.deepEqual(JSON.parse(list), JSON.parse(await director.must("list --json")));
  const written = await Deno.readTextFile(metrics);
  const { code, stdout, stderr } = await director.run(["promtool", "check", "metrics"], { stdin: written });
  assert.deepEqual([code, stdout, stderr], [0, "", ""]);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
  await assert.rejects(Deno.lstat(metrics), Deno.errors.NotFound, "the daemon removes its file of metrics");
});

Deno.test("no request changes anything, and clients that hold 500 connections delay neither checks nor others", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 2);
  const daemon = await listen(director, `--listen ${PORT}`);
  const url = `http://${PORT}/`;
  assert.equal(await statusOf(director, "--request", "POST", "--data", "x=1", url), 405);
  assert.equal(await statusOf(director, "--request", "DELETE", `${url}api/v1/status`), 405);
  assert.equal(await statusOf(director, "--header", "Host: evil.example", url), 421);
  assert.equal(await statusOf(director, "--header", "Origin: http://evil.example", url), 403);
  assert.equal(await statusOf(director, "--header", `X: ${"x".repeat(20_000)}`, url), 431);
  assert.equal(await statusOf(director, url), 200);
  const clients = director.startProgram([
    "bash",
    "-c",
    "ulimit -n 4096; for ((i = 0; i < 500; i++)); do exec {fd}<>/dev/tcp/127.0.0.1/9180; printf 'GET / HT' >&$fd; done " +
    "2>/dev/null; echo open; sleep 60",
  ]);
  await clients.untilOutput(/open/);
  await servers[0]?.kill();
  await untilTable(director, { "fwmark:1": "12=1" }, { daemon });
  assert.equal(await statusOf(director, url), 200);
  await daemon.stop();
});

Deno.test("an address of the network needs a login, which every path then demands", async () => {
  await using director = await Director.create();
  await startServers(director, 2);
  await director.refuses(`run ${FILE} --listen 0.0.0.0:9180`, {
    code: 2,
    lines: [
      "Cannot listen at http://0.0.0.0:9180: every user of the network could read the status there; add --login-file " +
      "FILE, or listen at 127.0.0.1 and let a proxy ask for a login",
    ],
  });
  await Deno.writeTextFile("/tmp/logins", "ada:sesame\nBearer t0ken\n", { mode: 0o600 });
  const daemon = await listen(director, "--listen 0.0.0.0:9180 --login-file /tmp/logins");
  for (const path of ["", "metrics", "healthz", "api/v1/status"]) {
    const url = `http://127.0.0.1:9180/${path}`;
    assert.equal(await statusOf(director, url), 401, path);
    assert.equal(await statusOf(director, "--user", "ada:wrong", url), 401, path);
    assert.equal(await statusOf(director, "--user", "ada:sesame", url), 200, path);
    assert.equal(await statusOf(director, "--header", "Authorization: Bearer t0ken", url), 200, path);
  }
  await director.refuses(`run ${FILE} --dry-run --listen 0.0.0.0:9180 --login-file /tmp/logins`, {
    code: 1,
    lines: [/^Cannot listen at http:\/\/0\.0\.0\.0:9180: .*\(EADDRINUSE\)$/],
  });
  await daemon.stop();
});

Deno.test("a socket in the file system is for root and a group, and nginx of the example serves it", async () => {
  await using director = await Director.create();
  await startServers(director, 2);
  const daemon = await listen(director, `--listen unix:${SOCKET} --socket-group www-data`);
  assert.equal(await curl(director, "--unix-socket", SOCKET, "http://localhost/healthz"), "ok\n");
  const { code } = await director.run([
    ...["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"],
    ...["curl", "--silent", "--unix-socket", SOCKET, "http://localhost/"],
  ]);
  assert.equal(code, 7, "another user cannot connect");

  const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", "/tmp/key.pem", "-out", "/tmp/cert.pem", "-days", "2"];
  const made = await director.run(["openssl", "req", "-x509", "-subj", "/CN=lvs.example.com", ...key]);
  assert.equal(made.code, 0, made.stderr);
  const example = await Deno.readTextFile(new URL("../../../examples/monitoring/nginx.conf", import.meta.url));
  const site = example.replace(/\/etc\/ssl\/certs\/\S+\.pem/, "/tmp/cert.pem")
    .replace(/\/etc\/ssl\/private\/\S+\.key/, "/tmp/key.pem").replaceAll("/etc/nginx/", "/tmp/");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
    `${name}_temp_path /tmp/${name};`
  );
  await Deno.writeTextFile(
    "/tmp/nginx.conf",
    `user www-data; daemon off; pid /tmp/nginx.pid; error_log stderr;\nevents {}\n` +
      `http { access_log off; ${temporary.join(" ")}\n${site}}\n`,
  );
  const hash = (await director.run(["openssl", "passwd", "-5", "sesame"])).stdout.trim();
  await Deno.writeTextFile("/tmp/lvsctl.htpasswd", `ada:${hash}\n`, { mode: 0o644 });
  const nginx = director.startProgram(["nginx", "-c", "/tmp/nginx.conf"]);
  const url = ["--insecure", "--resolve", "lvs.example.com:443:127.0.0.1", "https://lvs.example.com/"];
  const answers = async (): Promise<boolean> => await statusOf(director, ...url) === 401;
  await until(answers, { withinMs: WITHIN_MS, what: "nginx demands a login", state: () => nginx.stderr });
  assert.match(await curl(director, "--user", "ada:sesame", ...url), /1 service: 1 ok; 2 servers: 2 healthy/);
  assert.equal(await statusOf(director, "--user", "ada:sesame", "--request", "POST", ...url), 403);
  // Killed, it would leave its worker behind.
  await director.run(["nginx", "-c", "/tmp/nginx.conf", "-s", "stop"]);
  await nginx.finished();
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
  await assert.rejects(Deno.lstat(SOCKET), Deno.errors.NotFound, "the daemon removes its socket");
});
