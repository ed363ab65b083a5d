import assert from "node:assert/strict";
import { examine, isProblem, stepCommand } from "../../../../core/doctor/mod.ts";
import type { AnswerFacts } from "../../../../core/doctor/facts.ts";
import { DEFAULT_TUNNEL, parseIpAddress, type Tunnel } from "../../../../core/model/mod.ts";
import { director } from "./healthy.ts";

interface Answer extends Partial<Omit<AnswerFacts, "question">> {
  readonly server?: string;
  readonly vip?: string;
  readonly port?: number;
  readonly tunnel?: Partial<Tunnel>;
}

/** What a server answers, by dr at port 80 unless the test says otherwise. */
function answer({ server = "10.0.0.11", vip = "192.0.2.10", port = 80, tunnel, ...answers }: Answer): AnswerFacts {
  const source = parseIpAddress("10.0.0.1");
  return {
    answersEcho: false,
    answersOwnEcho: false,
    ...answers,
    question: {
      device: "eth1",
      nextHop: "02:00:00:00:00:11",
      server: parseIpAddress(server),
      vip: parseIpAddress(vip),
      source,
      ...(port === 0 ? {} : { port }),
      ...(tunnel === undefined ? {} : { tunnel: { ...DEFAULT_TUNNEL, ...tunnel, source } }),
    },
  };
}

/** The findings about answers: severity, id, what and commands. */
function found(...answers: readonly Answer[]): readonly string[] {
  return examine(director({ network: { answers: answers.map(answer) } }))
    .filter(({ id }) => /^(server-(answer|lacks-vip|refuses|silent)|tunnel-refused)$/.test(id))
    .map(({ severity, id, what, fix }) =>
      [`${severity} ${id}: ${what}`, ...fix?.steps.map(stepCommand) ?? []].join("; ")
    );
}

const HEALTHY = { connection: "accepted", answersEcho: true, answersOwnEcho: true } as const;

Deno.test("examine() finds nothing wrong with real servers that answer for the VIP", () => {
  assert.deepEqual(found(HEALTHY, { ...HEALTHY, server: "10.0.0.12" }), [
    "ok server-answer: 2 real servers answer for VIPs",
  ]);
  assert.deepEqual(found({ port: 0, answersEcho: true }), ["ok server-answer: 1 real server answers for VIPs"]);
  assert.deepEqual(found(), []);
});

const CASES: readonly { readonly name: string; readonly answer: Answer; readonly finding: string }[] = [
  {
    name: "sends packets to the VIP back",
    answer: { connection: "returned", answersOwnEcho: true },
    finding: "error server-lacks-vip: 10.0.0.11 (dr) does not have 192.0.2.10: packets to it come back from there; " +
      "lvsctl realserver setup 192.0.2.10 --forward dr",
  },
  {
    name: "answers for its own address alone",
    answer: { answersOwnEcho: true },
    finding: "error server-lacks-vip: 10.0.0.11 (dr) answers for its own address, and not for 192.0.2.10; " +
      "lvsctl realserver setup 192.0.2.10 --forward dr",
  },
  {
    name: "answers for its own address alone, through a tunnel",
    answer: { answersOwnEcho: true, tunnel: { type: "gre" } },
    finding:
      "error server-lacks-vip: 10.0.0.11 (tun, gre) answers for its own address through the tunnel, and not for " +
      "192.0.2.10; lvsctl realserver setup 192.0.2.10 --forward tun --tunnel gre",
  },
  {
    name: "has no program at the port",
    answer: { connection: "refused", answersEcho: true },
    finding: "warning server-refuses: 10.0.0.11 (dr) refuses connections to 192.0.2.10:80",
  },
  {
    name: "drops connections",
    answer: { answersEcho: true },
    finding: "warning server-silent: 10.0.0.11 (dr) has 192.0.2.10, and does not answer connections to 192.0.2.10:80",
  },
  {
    name: "answers nothing",
    answer: {},
    finding: "warning server-silent: 10.0.0.11 (dr) does not answer connections to 192.0.2.10:80, nor ICMP; " +
      "lvsctl realserver check 192.0.2.10 --forward dr",
  },
  {
    name: "answers nothing that comes through a tunnel",
    answer: { tunnel: {} },
    finding: "warning server-silent: 10.0.0.11 (tun, ipip) answers nothing that comes through the tunnel, for " +
      "192.0.2.10:80 or its own address; lvsctl realserver check 192.0.2.10 --forward tun",
  },
  {
    name: "does not unpack the tunnel",
    answer: { tunnel: { type: "gue", port: 6080 }, tunnelRefusal: "port" },
    finding:
      "error tunnel-refused: 10.0.0.11 (tun, gue at port 6080) does not unpack that tunnel: ICMP reports that the " +
      "port or interface is missing there; lvsctl realserver setup 192.0.2.10 --forward tun --tunnel gue --tunnel-port 6080",
  },
  {
    name: "does not know the protocol of the tunnel, with a VIP of another family",
    answer: { server: "2001:db8::11", tunnel: {}, tunnelRefusal: "protocol" },
    finding:
      "error tunnel-refused: 2001:db8::11 (tun, ipip) does not unpack that tunnel: ICMP reports that the protocol " +
      "is missing there",
  },
  {
    name: "answers no ICMP, where no service uses TCP",
    answer: { port: 0 },
    finding: "note server-answer: whether 10.0.0.11 (dr) has 192.0.2.10 is visible only there; " +
      "lvsctl realserver check 192.0.2.10 --forward dr",
  },
];

for (const { name, answer: wrong, finding } of CASES) {
  Deno.test(`examine() finds a real server that ${name}`, () => {
    assert.deepEqual(found(wrong), [finding]);
    const good = { ...HEALTHY, server: "10.0.0.12" };
    assert.equal(found(wrong, good).includes(finding), true);
  });
}

Deno.test("examine() says once what holds of many real servers that lack different VIPs", () => {
  const answers = Array.from(
    { length: 300 },
    (_, index) =>
      answer({ server: `10.0.${1 + (index >> 8)}.${index & 255}`, vip: `192.0.2.${index >> 1}`, answersOwnEcho: true }),
  );
  const problems = examine(director({ network: { answers } })).filter(isProblem);
  assert.deepEqual(problems.map(({ id, object }) => `${id} ${object}`), [
    "server-lacks-vip 10.0.1.0, 10.0.1.1, 10.0.1.2, 10.0.1.3, 10.0.1.4 and 295 more",
  ]);
  const [{ what, why, fix } = { what: "" }] = problems;
  assert.match(what, /^10\.0\.1\.0, 10\.0\.1\.1 \(dr\) answer for their own addresses, and not for 192\.0\.2\.0$/);
  assert.match(why ?? "", /; the same holds of 298 other servers and 149 VIPs, as of 10\.0\.1\.2, 10\.0\.1\.3, /);
  assert.deepEqual(fix?.steps.map(stepCommand), ["lvsctl realserver setup 192.0.2.0 --forward dr"]);
});

Deno.test("examine() says once what holds of many real servers and VIPs", () => {
  const answers = Array.from({ length: 300 }, (_, index) => [
    { server: `10.0.${1 + (index >> 8)}.${index & 255}`, vip: "192.0.2.10", answersOwnEcho: true },
    { server: `10.0.${1 + (index >> 8)}.${index & 255}`, vip: "192.0.2.11", answersOwnEcho: true },
  ]).flat().map(answer);
  const problems = examine(director({ network: { answers } })).filter(isProblem);
  assert.deepEqual(problems.map(({ id, object }) => `${id} ${object}`), [
    "server-lacks-vip 10.0.1.0, 10.0.1.1, 10.0.1.2, 10.0.1.3, 10.0.1.4 and 295 more",
  ]);
  assert.match(problems[0]?.what ?? "", /and not for 192\.0\.2\.10, 192\.0\.2\.11$/);
});
