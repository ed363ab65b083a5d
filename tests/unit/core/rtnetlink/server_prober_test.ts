import assert from "node:assert/strict";
import { DEFAULT_TUNNEL, parseIpAddress, type Tunnel } from "../../../../core/model/mod.ts";
import type { ServerAnswer, ServerQuestion } from "../../../../core/rtnetlink/mod.ts";
import type { LanHost } from "../../../support/memory_lan.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";

const MAC = "02:00:00:00:00:11";

const DR: ServerQuestion = {
  device: "eth0",
  nextHop: MAC,
  server: parseIpAddress("10.0.0.11"),
  vip: parseIpAddress("10.0.0.100"),
  port: 80,
  source: parseIpAddress("10.0.0.1"),
};

const DR6: ServerQuestion = {
  ...DR,
  server: parseIpAddress("fd00::11"),
  vip: parseIpAddress("fd00::100"),
  source: parseIpAddress("fd00::1"),
};

const HOST: LanHost = {
  hardwareAddress: MAC,
  answersFor: ["10.0.0.11", "fd00::11"],
  hidden: ["10.0.0.100", "fd00::100"],
  ports: [80],
  unpacks: [4, 41, 47, 17],
};

/** A question through a tunnel. */
function through(question: ServerQuestion, tunnel: Partial<Tunnel> = {}): ServerQuestion {
  return { ...question, tunnel: { ...DEFAULT_TUNNEL, ...tunnel, source: question.source } };
}

/** The answer of a LAN with one host. */
function answerOf(question: ServerQuestion, host: Partial<LanHost> = {}): ServerAnswer | undefined {
  const routes = new MemoryRoutes();
  routes.lan.hosts.push({ ...HOST, ...host });
  using prober = routes.openServerProber();
  return prober.ask([question])[0];
}

const QUESTIONS: readonly (readonly [string, ServerQuestion])[] = [
  ["dr", DR],
  ["dr over IPv6", DR6],
  ["tun", through(DR)],
  ["tun over IPv6", through(DR6)],
  ["gre", through(DR, { type: "gre" })],
  ["gue", through(DR, { type: "gue", port: 6080 })],
];

for (const [name, question] of QUESTIONS) {
  Deno.test(`ServerProber.ask() tells the states of a real server by ${name}`, () => {
    assert.equal(answerOf(question)?.connection, "accepted");
    assert.equal(answerOf(question, { ports: [] })?.connection, "refused");
    const drops = answerOf(question, { dropsTcp: true });
    assert.deepEqual([drops?.connection, drops?.answersEcho, drops?.answersOwnEcho], [undefined, true, true]);
    const without = answerOf(question, { hidden: [] });
    assert.deepEqual([without?.connection, without?.answersEcho, without?.answersOwnEcho], [undefined, false, true]);
    assert.equal(answerOf(question, { hidden: [], forwards: true })?.connection, "returned");
    assert.deepEqual(answerOf(question, { hidden: [], ignoresIcmp: true }), {
      answersEcho: false,
      answersOwnEcho: false,
    });
    assert.equal(answerOf(question, { loses: 4 })?.connection, "accepted", "after lost packets");
  });
}

Deno.test("ServerProber.ask() tells a tunnel that the server does not have from one that filters", () => {
  for (const question of [through(DR), through(DR6), through(DR, { type: "gre" })]) {
    for (const refuses of ["protocol", "port"] as const) {
      const answer = answerOf(question, { unpacks: [], refuses });
      assert.deepEqual([answer?.connection, answer?.tunnelRefusal], [undefined, refuses]);
    }
    assert.deepEqual(answerOf(question, { filters: true }), { answersEcho: false, answersOwnEcho: false });
  }
});

Deno.test("ServerProber.ask() resets the connection that a server accepts, and opens no other", () => {
  const routes = new MemoryRoutes();
  routes.lan.hosts.push(HOST);
  using prober = routes.openServerProber();
  prober.ask([DR]);
  assert.deepEqual(routes.lan.segments, ["02 80", "04 80"]);
});

Deno.test("ServerProber.ask() asks by ICMP alone where the service is not one port of TCP", () => {
  const { port: _port, ...udp } = DR;
  const routes = new MemoryRoutes();
  routes.lan.hosts.push(HOST);
  using prober = routes.openServerProber();
  assert.deepEqual(prober.ask([udp])[0]?.answersEcho, true);
  assert.deepEqual(routes.lan.segments, []);
});

Deno.test("ServerProber.ask() keeps the answers of many servers and VIPs apart", () => {
  const routes = new MemoryRoutes();
  const questions = Array.from({ length: 300 }, (_, index): ServerQuestion => ({
    ...DR,
    nextHop: `02:00:00:00:0${index % 3}:11`,
    server: parseIpAddress(`10.0.0.${11 + index % 3}`),
    vip: parseIpAddress(`10.1.${index >> 8}.${index & 255}`),
  }));
  const hidden = questions.filter((_, index) => index % 5 !== 0).map(({ vip }) => vip);
  for (const number of [0, 1, 2]) {
    const hardwareAddress = `02:00:00:00:0${number}:11`;
    routes.lan.hosts.push({ hardwareAddress, answersFor: [`10.0.0.${11 + number}`], hidden, ports: [80] });
  }
  using prober = routes.openServerProber();
  const answers = prober.ask(questions);
  assert.deepEqual(
    answers.map((answer) => answer?.connection),
    questions.map((_, index) => index % 5 === 0 ? undefined : "accepted"),
  );
});

Deno.test("ServerProber.ask() asks two servers on one host by different connections", () => {
  const routes = new MemoryRoutes();
  routes.lan.hosts.push({ ...HOST, answersFor: ["10.0.0.11", "10.0.0.12"] });
  using prober = routes.openServerProber();
  const answers = prober.ask([DR, { ...DR, server: parseIpAddress("10.0.0.12") }]);
  assert.deepEqual(answers.map((answer) => answer?.connection), ["accepted", "accepted"]);
  assert.equal(new Set(routes.lan.sourcePorts).size, 2);
});

Deno.test("ServerProber.ask() leaves out interfaces without neighbours, and closes what it opened", () => {
  const routes = new MemoryRoutes([{ name: "lo", hardware: 772 }, { name: "eth0", isUp: false }]);
  {
    using prober = routes.openServerProber();
    assert.deepEqual(prober.ask([DR, { ...DR, device: "lo" }, { ...DR, device: "none" }]), [
      undefined,
      undefined,
      undefined,
    ]);
  }
  assert.equal(routes.open, 0);
});

Deno.test("ServerProber.hardwareAddresses() asks by ARP and by neighbour discovery", () => {
  const routes = new MemoryRoutes();
  routes.lan.hosts.push(HOST);
  using prober = routes.openServerProber();
  const source = { ipv4: parseIpAddress("10.0.0.1"), ipv6: parseIpAddress("fd00::1") };
  const hop = (address: string, device: string): Parameters<typeof prober.hardwareAddresses>[0][number] => ({
    address: parseIpAddress(address),
    device,
    source: address.includes(":") ? source.ipv6 : source.ipv4,
  });
  const hops = [hop("10.0.0.11", "eth0"), hop("fd00::11", "eth0"), hop("10.0.0.12", "eth0"), hop("10.0.0.11", "lo")];
  assert.deepEqual(prober.hardwareAddresses(hops), [MAC, MAC, null, undefined]);
});
