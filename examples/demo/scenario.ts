/**
 * What `deno task demo` shows, inside the guest: a client, a director and three real servers, each in a network
 * namespace of its own, and every lvsctl command as it runs, with what it prints.
 *
 * @module
 */

import { BackgroundProcess } from "../../tests/lab/background_process.ts";
import { inNamespace } from "../../tests/lab/namespace.ts";
import { CLIENT, createNatNetwork, DIRECTOR, type Network, type RealServer } from "../../tests/lab/network.ts";
import { ask, startTraffic } from "../../tests/lab/traffic.ts";

/** Where the demo's web servers listen; the lab's own are on another port. */
const WEB_PORT = 8081;

const SERVICE_PORT = 80;

/** What the summary says of each claim. */
const claims: { readonly text: string; readonly holds: boolean }[] = [];

function claim(text: string, holds: boolean): void {
  claims.push({ text, holds });
  say(`${holds ? "  ok:" : "  FAILED:"} ${text}\n`);
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function chapter(text: string): void {
  say(`\n== ${text}`);
}

/** Runs a command on the director, and shows it with what it prints. */
async function director(line: string, options: { readonly quiet?: boolean } = {}): Promise<string> {
  say(`director# ${line}`);
  const { code, stdout, stderr } = await inNamespace(DIRECTOR, ["sh", "-c", line]);
  const output = (stdout + stderr).trimEnd();
  if (!options.quiet && output !== "") say(output);
  if (code !== 0) throw new Error(`"${line}" ended with ${code}: ${stderr}`);
  return stdout;
}

/** A real server: Debian's busybox as a web server that answers with the server's name. */
async function startWebServer(network: Network, { name }: RealServer): Promise<BackgroundProcess> {
  const home = `/tmp/www-${name}`;
  await Deno.mkdir(home, { recursive: true });
  await Deno.writeTextFile(`${home}/index.html`, `${name}\n`);
  return network.start(name, ["busybox", "httpd", "-f", "-p", String(WEB_PORT), "-h", home]);
}

function spread(servers: Readonly<Record<string, number>>): string {
  return Object.entries(servers).sort().map(([name, count]) => `${name}: ${count}`).join(", ");
}

async function demo(network: Network): Promise<void> {
  const vip = { address: network.vip.ipv4, port: SERVICE_PORT };
  const service = `tcp://${vip.address}:${vip.port}`;
  const [first] = network.servers;
  if (first === undefined) throw new Error("The network has no servers");
  const web = await Promise.all(network.servers.map((server) => startWebServer(network, server)));

  chapter("Rules, one command each");
  await director("lvsctl version");
  await director(`lvsctl service add ${service} --scheduler rr`);
  for (const { ipv4 } of network.servers) {
    await director(`lvsctl server add ${service} ${ipv4}:${WEB_PORT} --forward nat`);
  }
  await director("lvsctl list");

  chapter("300 HTTP requests from the client");
  const balanced = await ask(CLIENT, vip, { count: 300 });
  say(`client: ${spread(balanced.servers)}`);
  await director("lvsctl list");
  claim("300 requests answered, 100 by each server", spread(balanced.servers) === "r1: 100, r2: 100, r3: 100");

  chapter("Health checks: a server dies under traffic");
  const file = "/tmp/web.yaml";
  await Deno.writeTextFile(file, configuration(network, service));
  say(`director# cat ${file}\n${configuration(network, service)}`);
  await director(`lvsctl check ${file}`);
  say(`director# lvsctl run ${file} &`);
  await using daemon = BackgroundProcess.start(["ip", "netns", "exec", DIRECTOR, "lvsctl", "run", file]);
  await daemon.untilOutput(new RegExp(`${first.ipv4}:${WEB_PORT} is healthy`));

  say(`r1# kill ${web[0]?.pid ?? ""}   # the web server of r1`);
  await web[0]?.stop();
  await daemon.untilOutput(new RegExp(`delete real server ${first.ipv4}:${WEB_PORT}`));
  await director("lvsctl list");
  const without = await ask(CLIENT, vip, { count: 100 });
  say(`client: ${spread(without.servers)}`);
  claim(
    "the dead server is removed, and none of 100 requests fails",
    spread(without.servers) === "r2: 50, r3: 50",
  );

  chapter("It returns, while the client goes on asking");
  await using traffic = await startTraffic(CLIENT, vip, { count: 150, perSecond: 50 });
  await startWebServer(network, first);
  await daemon.untilOutput(new RegExp(`add real server ${first.ipv4}:${WEB_PORT}`));
  const during = await traffic.answers();
  say(`client: ${spread(during.servers)}`);
  await director("lvsctl list");
  const answered = Object.values(during.servers).reduce((sum, count) => sum + count, 0);
  claim(
    "the server is added again, and none of 150 requests failed meanwhile",
    answered === 150 && "r1" in during.servers,
  );
  daemon.signal("SIGTERM");
  await daemon.finished();
  say(`what lvsctl run said:\n${daemon.stderr.trimEnd()}`);

  chapter("Counters");
  await director("lvsctl list --stats");

  chapter("Save, flush, restore");
  await director("lvsctl save /tmp/saved.yaml");
  await director("cat /tmp/saved.yaml");
  const before = await director("ipvsadm -Sn");
  await director("lvsctl flush --yes");
  const flushed = await director("ipvsadm -Sn", { quiet: true });
  await director("lvsctl restore /tmp/saved.yaml");
  const after = await director("ipvsadm -Sn");
  claim("ipvsadm shows the same table again", flushed === "" && before !== "" && after === before);
}

function configuration(network: Network, service: string): string {
  return `version: 1
services:
  - listen: ${service}
    scheduler: rr
    forward: nat
    check: { type: http, path: /, expect: { status: 200 }, interval: 1s, timeout: 500ms, rise: 2, fall: 2 }
    servers:
${network.servers.map(({ ipv4 }) => `      - ${ipv4}:${WEB_PORT}`).join("\n")}
`;
}

if (import.meta.main) {
  try {
    await using network = await createNatNetwork();
    await demo(network);
  } catch (error) {
    claim(error instanceof Error ? error.message : String(error), false);
  }
  const held = claims.filter(({ holds }) => holds).length;
  say(`== Summary\n${claims.map(({ text, holds }) => `${holds ? "ok    " : "FAILED"} ${text}`).join("\n")}`);
  say(held === claims.length && held === 4 ? "\nThe demo worked." : "\nThe demo did NOT work.");
  Deno.exit(held === claims.length && held === 4 ? 0 : 1);
}
