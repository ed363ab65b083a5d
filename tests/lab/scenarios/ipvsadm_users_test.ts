/**
 * Programs that call ipvsadm, once with the real one and once with lvsctl in its place: Debian's ldirectord and the
 * init script.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { lvsctlPath } from "../director.ts";
import { inNamespace, ip, mustRun, run } from "../namespace.ts";
import { createNatNetwork, DIRECTOR, type Network } from "../network.ts";

/** Where both look for it. */
const IPVSADM = "/usr/sbin/ipvsadm";

/** How long ldirectord may take for a change: each of its calls costs a start of lvsctl, several times that under load. */
const PATIENCE_SECONDS = 240;

/** A copy of the real ipvsadm, which is not covered. */
const real = `${Deno.makeTempDirSync()}/ipvsadm`;
Deno.copyFileSync(IPVSADM, real);
Deno.chmodSync(real, 0o755);

/** Does something with the real ipvsadm and with lvsctl in its place, and gives both results. */
async function withEach<T>(work: () => Promise<T>): Promise<readonly [T, T]> {
  const before = await work();
  await mustRun(["mount", "--bind", lvsctlPath(), IPVSADM]);
  try {
    return [before, await work()];
  } finally {
    await mustRun(["umount", IPVSADM]);
  }
}

function ldirectordConfig({ vip, servers, serverPort }: Network): string {
  const reals = (keyword: string, addresses: readonly string[]): string =>
    addresses.map((address, index) => `\t${keyword}=${address}:${serverPort} masq ${index + 1}\n`).join("");
  return `checktimeout=1
checkinterval=1
quiescent=no
autoreload=no
supervised=yes
virtual=${vip.ipv4}:80
${reals("real", servers.map(({ ipv4 }) => ipv4))}\tfallback=127.0.0.1:80 gate
\tscheduler=wrr
\tpersistent=600
\tnetmask=255.255.255.0
\tprotocol=tcp
\tchecktype=connect
virtual=7
${reals("real", servers.map(({ ipv4 }) => ipv4))}\tscheduler=rr
\tprotocol=fwm
\tchecktype=on
`;
}

/** Lets ldirectord manage the table while a server goes and comes back; gives the tables that it made. */
async function runLdirectord(): Promise<Readonly<Record<string, string>>> {
  await using network = await createNatNetwork();
  const config = await Deno.makeTempFile({ suffix: ".cf" });
  await Deno.writeTextFile(config, ldirectordConfig(network));
  const table = async (): Promise<string> => (await inNamespace(DIRECTOR, [real, "-S", "-n"])).stdout;
  const until = async (what: string, isDone: (rules: string) => boolean): Promise<string> => {
    const end = performance.now() + PATIENCE_SECONDS * 1000;
    for (let rules = await table();; rules = await table()) {
      if (isDone(rules)) return rules;
      if (performance.now() > end) {
        throw new Error(`${what}: not within ${PATIENCE_SECONDS} s:\n${rules}${daemon.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const services = (rules: string): readonly string[] => rules.match(/^-a -t .*$/gm) ?? [];
  // It stays in the foreground: "supervised" says so.
  await using daemon = network.start(DIRECTOR, ["ldirectord", config, "start"]);
  const marked = (rules: string): readonly string[] => rules.match(/^-a -f 7 .*$/gm) ?? [];
  const all = await until("all servers", (rules) => services(rules).length === 3 && marked(rules).length === 3);
  await ip(["link set dev eth0 down"], "r2");
  const withoutSecond = await until("r2 taken out", (rules) => services(rules).length === 2);
  await ip(["link set dev eth0 down"], "r1");
  await ip(["link set dev eth0 down"], "r3");
  const fallback = await until("the fallback", (rules) => rules.includes("127.0.0.1"));
  for (const name of ["r1", "r2", "r3"]) await ip(["link set dev eth0 up"], name);
  const back = await until("all back", (rules) => services(rules).length === 3);
  daemon.signal("SIGTERM");
  const end = await until("the end", (rules) => rules === "");
  return { all, withoutSecond, fallback, back, end };
}

Deno.test("ldirectord manages the same table with lvsctl as its ipvsadm", async () => {
  const [before, after] = await withEach(runLdirectord);
  assert.deepEqual(after, before);
  assert.match(before["withoutSecond"] ?? "", /^-A -t 10\.0\.0\.100:80 -s wrr -p 600 -M 255\.255\.255\.0$/m);
});

const RULES = `-A -t 10.0.0.1:80 -s wlc -p 360
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1
-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m -w 5
-A -u [2001:db8::1]:53 -s rr -o
-A -f 5 -s rr
`;

/** Uses every command of the init script; gives what it said, and the rules in its file and in the table. */
async function runInitScript(): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const script = async (...args: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await run(["/etc/init.d/ipvsadm", ...args]);
    seen.push([args.join(" "), code, stdout, stderr]);
  };
  const table = async (): Promise<void> => void seen.push((await run([real, "-S", "-n"])).stdout);
  await Deno.writeTextFile("/etc/ipvsadm.rules", `# rules\n${RULES}`);
  await Deno.writeTextFile("/etc/default/ipvsadm", 'AUTO="true"\nDAEMON="both"\nIFACE="lan0"\nSYNCID="3"\n');
  await script("load");
  await table();
  await script("status");
  await script("rate");
  await mustRun([real, "-A", "-t", "10.0.0.2:80"]);
  await script("save");
  seen.push(await Deno.readTextFile("/etc/ipvsadm.rules"));
  await script("start");
  seen.push((await run([real, "-L", "--daemon"])).stdout);
  await script("reload");
  await table();
  await script("stop");
  await table();
  seen.push((await run([real, "-L", "--daemon"])).stdout);
  await script("load");
  await table();
  await mustRun([real, "-C"]);
  return seen;
}

Deno.test("the init script of ipvsadm does the same with lvsctl", async () => {
  const etc = await Deno.makeTempDir();
  await mustRun(["cp", "-a", "/etc/.", etc]);
  await mustRun(["mount", "--bind", etc, "/etc"]);
  await ip(["link add dev lan0 type dummy", "link set dev lan0 up multicast on", "addr add 10.97.0.1/24 dev lan0"]);
  const [before, after] = await withEach(runInitScript);
  assert.deepEqual(after, before);
  assert.ok(before.includes(RULES), "the rules were loaded");
});
