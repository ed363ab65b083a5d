import assert from "node:assert/strict";
import { Director } from "../director.ts";
import { inNamespace, run } from "../namespace.ts";
import { CLIENT, createNatNetwork, type Network } from "../network.ts";

const PORT = 9000;

/** What a server does after it has answered: it waits for the client to end, if the line was `stay`. */
const REST = '[ "$line" != stay ] || cat';

/** Starts an SCTP server in each real server's namespace, which answers a line with its name and the line. */
async function startServers(network: Network): Promise<void> {
  for (const { name, ipv4 } of network.servers) {
    // Bound to one address: SCTP tells the others to the peer, which would go there itself.
    const listen = `SCTP4-LISTEN:${PORT},bind=${ipv4},reuseaddr,fork`;
    await network.start(name, ["socat", "-d", "-d", listen, `SYSTEM:read line; echo ${name} $line; ${REST}`])
      .untilOutput(/listening on/);
  }
}

Deno.test("SCTP associations are balanced", async () => {
  const modprobe = (await Deno.readTextFile("/proc/sys/kernel/modprobe")).trim();
  if ((await run([modprobe, "--dry-run", "--quiet", "sctp"])).code !== 0) {
    Deno.stdout.writeSync(new TextEncoder().encode("SCTP: this kernel does not have it\n"));
    assert.equal((await run(["socat", "/dev/null", "SCTP4:127.0.0.1:9"])).code, 1);
    return;
  }
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  await startServers(network);
  const service = `sctp://${network.vip.ipv4}:80`;
  await director.must(`service add ${service} --scheduler wrr`);
  for (const [index, { ipv4 }] of network.servers.entries()) {
    await director.must(`server add ${service} ${ipv4}:${PORT} --weight ${index + 1}`);
  }
  // SCTP knows no connection that is closed on one side.
  const connect = `SCTP4:${network.vip.ipv4}:80,bind=10.0.0.2,shut-none`;
  const counts: Record<string, number> = {};
  for (let association = 0; association < 12; association++) {
    const { code, stdout, stderr } = await inNamespace(CLIENT, ["socat", "-t", "5", "-", connect], {
      stdin: "hello\n",
    });
    assert.equal(code, 0, stderr);
    const [, name = ""] = /^(r\d) hello\n$/.exec(stdout) ?? [];
    counts[name] = (counts[name] ?? 0) + 1;
  }
  assert.deepEqual(counts, { r1: 2, r2: 4, r3: 6 });

  // One that lasts is counted as active, where it is.
  const lasting = network.start(CLIENT, ["socat", "-", connect], { takesInput: true });
  await lasting.write("stay\n");
  await lasting.untilOutput(/^r\d stay\n/);
  const listed = await director.items("connections --protocol sctp --state ESTABLISHED", { key: "connections" });
  assert.equal(listed.length, 1);
});
