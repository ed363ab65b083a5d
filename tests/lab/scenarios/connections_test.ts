import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { AS_NOBODY_WITHOUT_LIBNL, Director, lines, until, type Words } from "../director.ts";
import { createConnections, DIRECTOR as BUSY_DIRECTOR } from "../many_connections.ts";
import { PROGRAM } from "../../suite.ts";
import type { Download } from "../download.ts";
import { mustRun } from "../namespace.ts";
import { CLIENT, createNatNetwork, DIRECTOR, type Network } from "../network.ts";
import type { SlowAnswer } from "../slow_server.ts";
import { ask, denoProgram } from "../traffic.ts";

/** What can be compared of a connection: not the seconds, which go on. */
interface Row {
  readonly protocol: string;
  readonly state: string;
  readonly client: string;
  readonly virtual: string;
  readonly server: string;
}

/** Tries until ipvsadm says the same before and after lvsctl. */
const ATTEMPTS = 15;

/** Orders rows, which the kernel lists by a hash. */
function inOrder(rows: readonly Row[]): readonly string[] {
  return rows.map(({ protocol, state, client, virtual, server }) =>
    [protocol, state, client, virtual, server].join(" ")
  ).sort();
}

async function fromIpvsadm(director: Director): Promise<readonly Row[]> {
  return lines(await director.ipvsadm(["-Lcn"])).slice(2).map((line) => {
    const [protocol = "", _expire, state = "", client = "", virtual = "", server = ""] = line.split(/ +/);
    return { protocol: protocol.toLowerCase(), state, client, virtual, server };
  });
}

/** What lvsctl lists, and which of what ipvsadm lists that should be. */
async function compare(
  director: Director,
  options: string,
  isWanted: (row: Row) => boolean,
): Promise<readonly string[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = inOrder((await fromIpvsadm(director)).filter(isWanted));
    const { connections: listed } = await director.json(`connections ${options}`) as {
      readonly connections: readonly Row[];
    };
    const after = inOrder((await fromIpvsadm(director)).filter(isWanted));
    if (before.join("\n") !== after.join("\n")) continue;
    assert.deepEqual(inOrder(listed), before, options);
    return before;
  }
  throw new Error("ipvsadm never said twice the same");
}

function setUp({ vip, servers, serverPort }: Network): readonly Words[] {
  const services: readonly (readonly [string, string, "ipv4" | "ipv6"])[] = [
    [`tcp://${vip.ipv4}:80`, "--persistent 5m", "ipv4"],
    [`tcp://[${vip.ipv6}]:80`, "", "ipv6"],
    [`udp://${vip.ipv4}:80`, "", "ipv4"],
    ["fwmark:7", "--persistent 5m", "ipv4"],
    ["fwmark6:9", "--persistent 5m --netmask 64", "ipv6"],
  ];
  return services.flatMap(([service, options, family]) => [
    `service add ${service} --scheduler rr ${options}`,
    ...servers.map((server) =>
      `server add ${service} ${family === "ipv4" ? server.ipv4 : `[${server.ipv6}]`}:${serverPort}`
    ),
  ]);
}

/**
 * Looks until it is as expected: the kernel lists in pieces, and for each connection that expired between two of them it
 * leaves one out.
 */
async function comesToBe(expected: unknown, look: () => Promise<unknown>): Promise<void> {
  let seen: unknown;
  await until(async () => isDeepStrictEqual(seen = await look(), expected), {
    withinMs: 30_000,
    what: JSON.stringify(expected),
    state: () => `it is ${JSON.stringify(seen)}`,
  });
}

const isTemplate = ({ client, state }: Row): boolean => client.endsWith(":0") && /^(NONE|ASSURED)$/.test(state);

Deno.test("connections of real traffic are those that ipvsadm lists, chosen and counted", async (t) => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  const { vip, servers, serverPort } = network;
  for (const words of setUp(network)) await director.must(words);
  const mark = (iptables: string, to: string, value: number): Promise<string> =>
    mustRun(
      `ip netns exec ${DIRECTOR} ${iptables} -t mangle -A PREROUTING -d ${to} -p tcp --dport 443 -j MARK --set-mark ${value}`
        .split(" "),
    );
  await mark("iptables-legacy", vip.ipv4, 7);
  await mark("ip6tables-legacy", vip.ipv6, 9);
  await ask(CLIENT, { address: vip.ipv4, port: 80 }, { count: 9 });
  await ask(CLIENT, { address: vip.ipv6, port: 80 }, { count: 7 });
  await ask(CLIENT, { address: vip.ipv4, port: 80, protocol: "udp" }, { count: 5 });
  // Nobody listens on port 443: the connections are made all the same.
  await ask(CLIENT, { address: vip.ipv4, port: 443 }, { count: 3 });
  await ask(CLIENT, { address: vip.ipv6, port: 443 }, { count: 3 });
  // One that stays established.
  const [first] = servers;
  assert.ok(first !== undefined);
  const slow: SlowAnswer = { name: first.name, port: 9000, lines: 600 };
  await network.start(first.name, denoProgram("slow_server.ts", slow)).untilOutput(/^ready\n/);
  await director.must(`service add tcp://${vip.ipv4}:9000`);
  await director.must(`server add tcp://${vip.ipv4}:9000 ${first.ipv4}:9000`);
  const download: Download = { address: vip.ipv4, port: 9000 };
  await network.start(CLIENT, denoProgram("download.ts", download)).untilOutput(/^from r1\n/);

  const cases: readonly (readonly [string, (row: Row) => boolean])[] = [
    ["", () => true],
    [`--service tcp://${vip.ipv4}:80`, ({ protocol, virtual }) => protocol === "tcp" && virtual === `${vip.ipv4}:80`],
    [`--service udp://${vip.ipv4}:80`, ({ protocol }) => protocol === "udp"],
    ["--service fwmark:7", ({ protocol, virtual }) => protocol === "ip" && virtual === "0.0.0.7:0"],
    ["--service fwmark6:9", ({ protocol, virtual }) => protocol === "ip" && virtual === "[0:9::]:0"],
    [`--server ${first.ipv4}`, ({ server }) => server.startsWith(`${first.ipv4}:`)],
    [`--server [${first.ipv6}]:${serverPort}`, ({ server }) => server === `[${first.ipv6}]:${serverPort}`],
    ["--client 10.0.0.2", ({ client }) => client.startsWith("10.0.0.2:")],
    ["--client fd00::/64", ({ client }) => client.startsWith("[")],
    ["--state established", ({ state }) => state === "ESTABLISHED"],
    ["--protocol tcp --no-templates", (row) => row.protocol === "tcp" && !isTemplate(row)],
    ["--templates", isTemplate],
  ];
  for (const [options, isWanted] of cases) {
    await t.step(options === "" ? "all" : options, async () => {
      assert.ok((await compare(director, options, isWanted)).length > 0, "there are some");
    });
  }

  await t.step("counts", async () => {
    const count = async (options: string): Promise<number> =>
      Number((await director.must(`connections --count ${options}`)).trim());
    await comesToBe(7, () => count(`--service tcp://[${vip.ipv6}]:80`));
    await comesToBe(1, () => count("--service fwmark6:9"));
    await comesToBe(1, () => count("--state ESTABLISHED"));
    for (const options of ["", "--templates", "--no-templates", `--server ${first.ipv4}`]) {
      // Some may end between the two.
      await comesToBe(true, async () => {
        const [counters, list] = [await count(options), await count(`${options} --exact`)];
        return list > 0 && counters === list;
      });
    }
    // The list has the template of a firewall mark without the server's port.
    const byServer = (options: string): Promise<unknown> =>
      director.items(`connections --group-by server --no-templates ${options}`, { key: "groups" });
    await comesToBe(true, async () => JSON.stringify(await byServer("")) === JSON.stringify(await byServer("--exact")));
    const groups = [{ name: `udp://${vip.ipv4}:80`, connections: 5, templates: 0 }];
    await comesToBe(
      groups,
      () => director.items("connections --group-by service --no-templates --protocol udp", { key: "groups" }),
    );
    const top = await director.items("connections --group-by state --top 1", { key: "groups" });
    assert.equal(top.length, 1);
  });

  await t.step("a table for people", async () => {
    const table = await director.must("connections --state ESTABLISHED");
    assert.match(
      table,
      /^PROTOCOL +STATE .*\ntcp +ESTABLISHED +1[45]:\d\d +10\.0\.0\.2:\d+ +10\.0\.0\.100:9000 +10\.1\.0\.11:9000\n$/,
    );
  });

  await t.step("nobody needs to be root, or to have libnl", async () => {
    const counted = await director.lvsctl("connections --count --state ESTABLISHED", {
      through: AS_NOBODY_WITHOUT_LIBNL,
    });
    assert.deepEqual(counted, { code: 0, stdout: "1\n", stderr: "" });
  });

  await t.step("--watch shows them again and again until it is interrupted", async () => {
    const watch = director.start("connections --count --state ESTABLISHED --watch 200ms");
    await watch.untilOutput(/^1\n\n1\n\n1\n/);
    watch.signal("SIGINT");
    assert.equal(await watch.finished(), 0);
  });
});

Deno.test("connections of nothing", async () => {
  await using director = await Director.create();
  assert.equal(await director.must("connections --count"), "0\n");
  assert.equal(await director.must("connections"), "No connections\n");
  assert.deepEqual(await director.items("connections", { key: "connections" }), []);
});

/** Interrupts a command after the first part of its output; resolves to its status and all that it has written. */
async function interrupt(command: readonly string[]): Promise<
  { readonly status: number; readonly text: string; readonly errors: string }
> {
  const args = ["netns", "exec", BUSY_DIRECTOR, ...command];
  const child = new Deno.Command("ip", { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  const errors = child.stderr.text();
  let text = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (text === "") child.kill("SIGINT");
    text += piece;
  }
  return { status: (await child.status).code, text, errors: await errors };
}

Deno.test("a long list of connections ends when it is interrupted in the middle", async () => {
  const connections = 20_000;
  await using _connections = await createConnections(connections);
  for (const command of [["connections"], ["ipvsadm", "-Lnc"]]) {
    const { status, text, errors } = await interrupt([PROGRAM, ...command]);
    assert.deepEqual([status, errors], [130, ""], command.join(" "));
    assert.match(text, /192\.0\.2|10\.8\.0\.1:80/);
    // The pipe and this process hold a small part of it.
    assert.ok(text.split("\n").length < connections / 2, `${command.join(" ")}: ${text.length} characters`);
  }
});
