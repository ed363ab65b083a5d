import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { FILE } from "../daemon_bench.ts";
import { Director, lines, until } from "../director.ts";
import { ip } from "../namespace.ts";

const SERVERS = Array.from({ length: 10 }, (_, index) => `10.0.0.${11 + index}`);
const SERVICE = ["--udp-service", "192.0.2.10:80"];

/** The clients of 10.9.0.0/22: each sends one datagram to the service. */
const SEND = `
import socket, sys
for number in range(1000):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("10.9.%d.%d" % (number >> 8, number & 255), int(sys.argv[1])))
        client.sendto(b"?", ("192.0.2.10", 80))
`;

/** A director that is its own client: all addresses of the clients are its own. */
async function createDirector(name: string): Promise<Director> {
  const director = await Director.create(name);
  await ip([
    ...["link set lo up", "addr add 192.0.2.10/32 dev lo", "route add local 10.9.0.0/22 dev lo"],
    ...["link add wire type dummy", "link set wire up", "addr add 10.0.0.1/24 dev wire"],
  ], name);
  return director;
}

/** The server of each client, by its address in hexadecimal digits; with another port it makes a new connection. */
async function flows(director: Director, port: number): Promise<ReadonlyMap<string, string>> {
  const { code, stderr } = await director.run(["python3", "-c", SEND, String(port)]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const { stdout } = await director.run(["cat", "/proc/net/ip_vs_conn"]);
  const digits = port.toString(16).toUpperCase();
  return new Map(
    lines(stdout).flatMap((line) => {
      const [protocol, client = "", clientPort, , , server = ""] = line.split(/\s+/);
      return protocol === "UDP" && clientPort === digits ? [[client, server] as const] : [];
    }),
  );
}

function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): number {
  return [...a].filter(([client, server]) => b.get(client) !== server).length;
}

/** The last numbers of the servers in the kernel's order, the newest first; ipvsadm sorts them. */
function order(director: Director): string {
  return [...director.proc().matchAll(/-> 0A0000(\w\w):0050 /g)].map(([, hex = ""]) => parseInt(hex, 16)).join(" ");
}

async function untilOrdered(director: Director, daemon: BackgroundProcess): Promise<void> {
  let found = "";
  await until(() => (found = order(director)) === "20 19 18 17 16 15 14 13 12 11", {
    withinMs: 10_000,
    what: "the canonical order",
    state: () => `${found}\n${daemon.stderr}`,
  });
}

Deno.test("two directors with the same file send 1,000 clients of mh to the same servers, whatever happened before", async () => {
  const added = [...SERVERS.slice(5), ...SERVERS.slice(0, 5).toReversed()];
  await Deno.writeTextFile(
    FILE,
    `version: 1\nservices:\n  - { listen: "udp://192.0.2.10:80", scheduler: mh, forward: dr, servers: [${SERVERS}] }\n`,
  );
  await using first = await createDirector("first");
  await using second = await createDirector("second");
  await first.must(`apply ${FILE} --yes`);
  await second.ipvsadm(["--add-service", ...SERVICE, "--scheduler", "mh"]);
  for (const server of added) await second.ipvsadm(["--add-server", ...SERVICE, "-r", server, "-g"]);
  assert.ok(differences(await flows(first, 5000), await flows(second, 5000)) > 0, "the order matters");
  const daemon = second.start(`run ${FILE} --verify 1s --repair`);
  await untilOrdered(second, daemon);
  await daemon.untilOutput(/delete real server 10\.0\.0\.\d+:80 .*added again at once: the scheduler mh depends on/);
  // A server that comes back is the newest, which the daemon corrects.
  await second.ipvsadm(["--delete-server", ...SERVICE, "-r", "10.0.0.13:80"]);
  await second.ipvsadm(["--add-server", ...SERVICE, "-r", "10.0.0.13:80", "-g"]);
  await untilOrdered(second, daemon);
  assert.equal(daemon.stderr.match(/error:/), null, daemon.stderr);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
  assert.equal(order(second), order(first));
  const [a, b] = [await flows(first, 5001), await flows(second, 5001)];
  assert.deepEqual([a.size, b.size, differences(a, b)], [1000, 1000, 0]);
});
