/**
 * What ipvsadm and lvsctl say of a table that is in use: counters, rates, connections, persistence.
 *
 * Time goes on between two programs, so ipvsadm is asked before and after lvsctl, and asked again until it says twice
 * the same; and the time that a connection has left is not compared.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { lvsctlPath } from "../director.ts";
import { linkPrograms, Programs } from "../ipvsadm/programs.ts";
import { CLIENT, createNatNetwork, DIRECTOR, type Network } from "../network.ts";
import { ask, startTraffic } from "../traffic.ts";

/** Tries until ipvsadm says the same before and after lvsctl. */
const ATTEMPTS = 15;

function rules({ vip, servers, serverPort }: Network): string {
  const services = [`-t ${vip.ipv4}:80`, `-t [${vip.ipv6}]:80`, `-u ${vip.ipv4}:80`];
  return services.flatMap((service, index) => [
    `-A ${service} -s rr${index === 0 ? " -p 300" : ""}`,
    ...servers.map(({ ipv4, ipv6 }) => {
      const address = service.includes("[") ? `[${ipv6}]` : ipv4;
      return `-a ${service} -r ${address}:${serverPort} -m -w 1`;
    }),
  ]).map((line) => `${line}\n`).join("");
}

const MODES: readonly (readonly string[])[] = [
  ["-L", "-n"],
  ["-L", "-n", "--stats"],
  ["-L", "-n", "--stats", "--exact"],
  ["-L", "-n", "--rate"],
  ["-L", "-n", "--rate", "-X"],
  ["-L", "-n", "--thresholds"],
  ["-L", "-n", "--persistent-conn"],
  ["-L", "-n", "-c"],
  ["-L", "-c"],
  ["-L", "-n", "-c", "--persistent-conn"],
  ["-L", "-n", "--stats", "-t", "10.0.0.100:80"],
];

Deno.test("a table in use looks the same", async (t) => {
  await using network = await createNatNetwork();
  await using ipvsadm = new Programs({ namespace: DIRECTOR });
  await using lvsctl = new Programs({ namespace: DIRECTOR, directory: linkPrograms(lvsctlPath()) });
  await lvsctl.run([{ argv: ["ipvsadm", "-R"], stdin: rules(network) }]);
  const { vip } = network;
  await ask(CLIENT, { address: vip.ipv4, port: 80 }, { count: 20 });
  await ask(CLIENT, { address: vip.ipv6, port: 80 }, { count: 15 });
  await ask(CLIENT, { address: vip.ipv4, port: 80, protocol: "udp" }, { count: 10 });

  const compare = async (mode: readonly string[], isTelling: (stdout: string) => boolean): Promise<void> => {
    let last: readonly string[] = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await ipvsadm.runOne("ipvsadm", ...mode);
      const ours = await lvsctl.runOne("ipvsadm", ...mode);
      const after = await ipvsadm.runOne("ipvsadm", ...mode);
      last = [before, ours, after].map(({ stdout, stderr, status }) => `${status} ${stderr}${withoutTime(stdout)}`);
      if (last[0] === last[2] && isTelling(ours.stdout)) break;
    }
    assert.equal(last[1], last[0]);
    assert.equal(last[0], last[2], "ipvsadm never said twice the same");
  };

  for (const mode of MODES) {
    await t.step(mode.join(" "), () => compare(mode, (stdout) => /[1-9]/.test(stdout)));
  }

  await t.step("counters are there", async () => {
    const { stdout } = await lvsctl.runOne("ipvsadm", "-L", "-n", "--stats");
    const [, connections] = /^TCP {2}10\.0\.0\.100:80 +(\d+)/m.exec(stdout) ?? [];
    assert.equal(connections, "20");
    assert.match(
      (await lvsctl.runOne("ipvsadm", "-L", "-n", "-c")).stdout,
      /^TCP .*10\.0\.0\.2:\d+ +10\.0\.0\.100:80/m,
    );
  });

  await t.step("rates while traffic flows", async () => {
    await using _traffic = await startTraffic(CLIENT, { address: vip.ipv4, port: 80 }, { count: 400, perSecond: 20 });
    // Averages of two seconds: they move, but seldom enough for three programs in a row.
    await compare(["-L", "-n", "--rate"], (stdout) => /^TCP {2}10\.0\.0\.100:80 +[1-9]/m.test(stdout));
  });

  await t.step("zeroed", async () => {
    await lvsctl.runOne("ipvsadm", "-Z");
    const { stdout } = await ipvsadm.runOne("ipvsadm", "-L", "-n", "--stats", "-u", `${vip.ipv4}:80`);
    assert.match(stdout, /^UDP {2}10\.0\.0\.100:80 +0 +0 +0 +0 +0$/m);
  });
});

/** Minutes and seconds that connections have left. */
function withoutTime(text: string): string {
  return text.replace(/^(\w+ +)\d+:\d\d /gm, "$1MM:SS ");
}
