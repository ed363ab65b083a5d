/**
 * Each scheduler of the kernel, with the weights 1, 2 and 3, does with real connections what its definition says, and
 * so lvsctl has given the kernel what it was told: scheduler, flags, weights, thresholds.
 *
 * @module
 */
import assert from "node:assert/strict";
import { addressNumber, hashBucket, hashTable, SchedulerBench, type SchedulerVisit, WEIGHTS } from "../schedulers.ts";
import { answers, keptOf, tally, visitorAddress, visitorAddress6 } from "../visitors.ts";

/** The same request so many times. */
function times(count: number, visit: SchedulerVisit = {}): readonly SchedulerVisit[] {
  return Array.from({ length: count }, () => visit);
}

const KEPT = { keep: true } as const;
const REFUSED = "ECONNREFUSED";

/** A scheduler's test: a step for each scheduler that the kernel has. */
type Cases = Readonly<Record<string, (bench: SchedulerBench) => Promise<void>>>;

function testSchedulers(criterion: string, cases: Cases, family: "ipv4" | "ipv6" = "ipv4"): void {
  Deno.test(criterion, async (t) => {
    await using bench = await SchedulerBench.create(Object.keys(cases), family);
    for (const name of bench.schedulers) await t.step(name, () => cases[name]?.(bench));
  });
}

testSchedulers("schedulers that go round give each server its turns, however long the requests take", {
  rr: async (bench) => {
    const round = answers(await bench.visit("rr", times(30)));
    assert.deepEqual(round.slice(0, 3).toSorted(), ["r1", "r2", "r3"]);
    round.forEach((server, index) => assert.equal(server, round[index % 3], `request ${index}`));
    await bench.edit("rr", "r2", "--weight 0");
    assert.deepEqual(tally(await bench.visit("rr", times(10))), { r1: 5, r3: 5 });
    // Another scheduler, while the service has connections.
    await bench.director.must(`service edit ${bench.service("rr")} --scheduler wrr`);
    assert.deepEqual(tally(await bench.visit("rr", times(8))), { r1: 2, r3: 6 });
  },
  wrr: async (bench) => {
    const round = await bench.visit("wrr", times(30));
    for (let begin = 0; begin < round.length; begin += 6) {
      assert.deepEqual(tally(round.slice(begin, begin + 6)), WEIGHTS, `a round from request ${begin} on`);
    }
    const [kept] = keptOf((await bench.visit("wrr", times(6, KEPT))).filter(({ server }) => server === "r3"));
    assert.ok(kept !== undefined);
    await bench.edit("wrr", "r3", "--weight 0");
    assert.deepEqual(tally(await bench.visit("wrr", times(12))), { r1: 4, r2: 8 });
    assert.deepEqual(tally(await bench.visitors.again([kept])), { r3: 1 }, "a connection stays where it is");
    await bench.edit("wrr", "r3", "--weight 5");
    assert.deepEqual(tally(await bench.visit("wrr", times(16))), { r1: 2, r2: 4, r3: 10 });
  },
});

testSchedulers("schedulers that count connections fill the servers to their weights", {
  lc: async (bench) => {
    const kept = await bench.visit("lc", times(12, KEPT));
    assert.deepEqual(tally(kept), { r1: 4, r2: 4, r3: 4 }, "whatever the weights");
    await bench.visitors.leave(keptOf(kept.filter(({ server }) => server === "r2")));
    assert.deepEqual(tally(await bench.visit("lc", times(4, KEPT))), { r2: 4 }, "until it has as many as the others");
    await bench.edit("lc", "r1", "--weight 0");
    assert.deepEqual(tally(await bench.visit("lc", times(4, KEPT))), { r2: 2, r3: 2 });
  },
  wlc: async (bench) => {
    const kept = await bench.visit("wlc", times(12, KEPT));
    assert.deepEqual(answers(kept).slice(0, 3).toSorted(), ["r1", "r2", "r3"], "connections over weight: all are 0");
    assert.deepEqual(answers(kept).slice(3, 6), ["r3", "r2", "r3"], "1, 1/2, 1/3; 1, 1/2, 2/3; 1, 1, 2/3");
    assert.deepEqual(tally(kept), { r1: 2, r2: 4, r3: 6 });
    await bench.visitors.leave(keptOf(kept.filter(({ server }) => server === "r3")));
    assert.deepEqual(tally(await bench.visit("wlc", times(6, KEPT))), { r3: 6 });
    await bench.edit("wlc", "r3", "--weight 0");
    assert.deepEqual(tally(await bench.visit("wlc", times(3, KEPT))), { r1: 1, r2: 2 });
  },
  sed: async (bench) => {
    const kept = await bench.visit("sed", times(12, KEPT));
    // The connections with one more, over the weight: 1, 1/2, 1/3; 1, 1/2, 2/3; 1, 1, 2/3; then all are 1.
    assert.deepEqual(answers(kept).slice(0, 3), ["r3", "r2", "r3"]);
    assert.deepEqual(answers(kept).slice(3, 6).toSorted(), ["r1", "r2", "r3"]);
    assert.deepEqual(tally(kept), { r1: 2, r2: 4, r3: 6 });
    await bench.edit("sed", "r3", "--weight 0");
    assert.deepEqual(tally(await bench.visit("sed", times(3, KEPT))), { r1: 1, r2: 2 });
  },
  nq: async (bench) => {
    const kept = await bench.visit("nq", times(12, KEPT));
    assert.deepEqual(answers(kept).slice(0, 3).toSorted(), ["r1", "r2", "r3"], "none waits while a server is idle");
    assert.equal(answers(kept)[3], "r3", "as with sed: 2, 1, 2/3");
    assert.deepEqual(tally(kept), { r1: 2, r2: 4, r3: 6 });
    await bench.visitors.leave(keptOf(kept.filter(({ server }) => server === "r1")));
    await bench.edit("nq", "r1", "--weight 0");
    const others = tally(await bench.visit("nq", times(5, KEPT)));
    assert.deepEqual(others, { r2: 2, r3: 3 }, "an idle server of weight 0 stays idle");
  },
});

testSchedulers("schedulers with locality keep a destination on its server until that has too much to do", {
  lblc: async (bench) => {
    await keepsDestinations(bench, "lblc");
    // It leaves a server that has more connections than its weight, while another has less than half of its own.
    const runs = runsOf(answers(await bench.visit("lblc", times(18, { destination: 99, keep: true }))));
    assert.deepEqual(runs.map(({ server }) => server).toSorted(), ["r1", "r2", "r3"]);
    const lengths = runs.slice(0, 2).map(({ server }) => (WEIGHTS[server] ?? 0) + 1);
    assert.deepEqual(runs.slice(0, 2).map(({ length }) => length), lengths);
    // Then none has less than half: the last keeps it, whatever comes.
    assert.equal(runs[2]?.length, 18 - lengths.reduce((sum, length) => sum + length));
  },
  lblcr: async (bench) => {
    await keepsDestinations(bench, "lblcr");
    // As before, but a server that comes to help joins the ones before: in the end all three share.
    const kept = await bench.visit("lblcr", times(18, { destination: 99, keep: true }));
    const [first] = runsOf(answers(kept));
    assert.equal(first?.length, (WEIGHTS[first?.server ?? ""] ?? 0) + 1);
    assert.deepEqual(tally(kept), { r1: 3, r2: 6, r3: 9 });
  },
});

/** New destinations go to the server with the fewest connections for its weight, and stay there until it is quiesced. */
async function keepsDestinations(bench: SchedulerBench, scheduler: string): Promise<void> {
  const destinations = [1, 2, 3, 4, 5, 6];
  const first = await bench.visit(scheduler, destinations.map((destination) => ({ destination, keep: true })));
  assert.deepEqual(tally(first), WEIGHTS);
  const servers = answers(first);
  for (const from of [visitorAddress(1), visitorAddress(2), visitorAddress(3)]) {
    const later = await bench.visit(scheduler, destinations.map((destination) => ({ destination, from })));
    assert.deepEqual(answers(later), servers, `from ${from}`);
  }
  await bench.edit(scheduler, "r3", "--weight 0");
  const moved = answers(await bench.visit(scheduler, destinations.map((destination) => ({ destination }))));
  assert.ok(!moved.includes("r3"), moved.join(" "));
  moved.forEach((server, index) => {
    if (servers[index] !== "r3") assert.equal(server, servers[index], `destination ${index + 1}`);
  });
  assert.deepEqual(answers(await bench.visitors.again(keptOf(first))), servers, "connections stay where they are");
  await bench.visitors.leave(keptOf(first));
  await bench.edit(scheduler, "r3", "--weight 3");
}

/** Equal names that follow each other. */
function runsOf(servers: readonly string[]): { readonly server: string; readonly length: number }[] {
  const starts = servers.flatMap((server, index) => server === servers[index - 1] ? [] : [index]);
  return starts.map((start, index) => ({
    server: servers[start] ?? "",
    length: (starts[index + 1] ?? servers.length) - start,
  }));
}

/** Clients of one network. */
const CLIENTS = Array.from({ length: 60 }, (_, index) => visitorAddress(index + 1));

testSchedulers("schedulers that hash send the same to the same server", {
  dh: async (bench) => {
    const destinations = Array.from({ length: 48 }, (_, index) => index + 1);
    // It knows no weights but 0.
    const table = hashTable({ r1: 1, r2: 1, r3: 1 });
    const expected = destinations.map((destination) =>
      table[hashBucket(addressNumber(bench.destination("dh", destination)))]
    );
    const visits = destinations.map((destination) => ({ destination }));
    const servers = answers(await bench.visit("dh", visits));
    assert.deepEqual(servers, expected);
    const others = visits.map((visit, index) => ({ ...visit, from: visitorAddress(index + 1) }));
    assert.deepEqual(answers(await bench.visit("dh", others)), servers, "whoever asks");
    bench.director.expects("hash-refuses");
    await bench.edit("dh", "r3", "--weight 0");
    const without = servers.map((server) => server === "r3" ? REFUSED : server);
    assert.deepEqual(answers(await bench.visit("dh", visits)), without);
  },
  sh: async (bench) => {
    const visits = CLIENTS.map((from) => ({ from }));
    const table = hashTable(WEIGHTS);
    const expected = CLIENTS.map((from) => table[hashBucket(addressNumber(from))]);
    assert.deepEqual(answers(await bench.visit("sh", visits)), expected);
    assert.deepEqual(answers(await bench.visit("sh", visits)), expected, "again");

    bench.director.expects("hash-refuses");
    await bench.edit("sh", "r3", "--weight 0");
    const without = answers(await bench.visit("sh", visits));
    assert.ok(without.includes(REFUSED) && !without.includes("r3"), without.join(" "));
    await bench.director.must(`service edit ${bench.service("sh")} --scheduler-flags sh-fallback`);
    const fallback = answers(await bench.visit("sh", visits));
    assert.deepEqual([...new Set(fallback)].toSorted(), ["r1", "r2"]);
    without.forEach((server, index) => {
      if (server !== REFUSED) assert.equal(fallback[index], server, `client ${CLIENTS[index]}`);
    });

    await bench.edit("sh", "r3", "--weight 3");
    await bench.director.must(`service edit ${bench.service("sh")} --scheduler-flags sh-port`);
    const [from = ""] = CLIENTS;
    const ports = Array.from({ length: 60 }, (_, index) => 20_000 + index);
    const byPort = ports.map((port) => table[hashBucket(addressNumber(from) + port)]);
    assert.deepEqual(answers(await bench.visit("sh", ports.map((fromPort) => ({ from, fromPort })))), byPort);
  },
  mh: async (bench) => {
    const visits = [...CLIENTS, ...CLIENTS.map((_, index) => visitorAddress(index + 1, 1))].map((from) => ({ from }));
    const first = await bench.visit("mh", visits);
    const servers = answers(first);
    isShared(first, visits.length);
    assert.deepEqual(answers(await bench.visit("mh", visits)), servers, "again");

    // Quiescing leaves the table as it is.
    bench.director.expects("hash-refuses");
    await bench.edit("mh", "r3", "--weight 0");
    const without = answers(await bench.visit("mh", visits));
    assert.deepEqual(without, servers.map((server) => server === "r3" ? REFUSED : server));
    await bench.director.must(`service edit ${bench.service("mh")} --scheduler-flags mh-fallback`);
    const fallback = answers(await bench.visit("mh", visits));
    assert.ok(fallback.every((server) => server === "r1" || server === "r2"), fallback.join(" "));
    servers.forEach((server, index) => {
      if (server !== "r3") assert.equal(fallback[index], server, `client ${visits[index]?.from}`);
    });

    await bench.edit("mh", "r3", "--weight 3");
    await bench.director.must(`service edit ${bench.service("mh")} --scheduler-flags mh-port`);
    const [from = ""] = CLIENTS;
    const ports = visits.map((_, index) => ({ from, fromPort: 20_000 + index }));
    isShared(await bench.visit("mh", ports), ports.length);
  },
});

/** The shares are as the weights, but for what chance does: four standard deviations. */
function isShared(encounters: Parameters<typeof tally>[0], count: number): void {
  const shares = tally(encounters);
  const sum = Object.values(WEIGHTS).reduce((total, weight) => total + weight);
  assert.deepEqual(Object.keys(shares).toSorted(), Object.keys(WEIGHTS));
  for (const [server, weight] of Object.entries(WEIGHTS)) {
    const share = weight / sum;
    const bound = 4 * Math.sqrt(count * share * (1 - share));
    const difference = Math.abs((shares[server] ?? 0) - count * share);
    assert.ok(difference <= bound, `${server}: ${shares[server]} of ${count}, not within ${bound} of ${count * share}`);
  }
}

testSchedulers("schedulers that prefer the highest weight pass on what it cannot take", {
  fo: async (bench) => {
    assert.deepEqual(tally(await bench.visit("fo", times(6))), { r3: 6 });
    await bench.edit("fo", "r3", "--weight 0");
    assert.deepEqual(tally(await bench.visit("fo", times(6, KEPT))), { r2: 6 });
    await bench.edit("fo", "r2", "--upper-threshold 8");
    assert.deepEqual(answers(await bench.visit("fo", times(4, KEPT))), ["r2", "r2", "r1", "r1"]);
    await bench.edit("fo", "r3", "--weight 3");
    assert.deepEqual(tally(await bench.visit("fo", times(3))), { r3: 3 });
  },
  ovf: async (bench) => {
    const kept = await bench.visit("ovf", times(10, KEPT));
    // Each takes a connection while it does not have more than its weight.
    const order = ["r3", "r3", "r3", "r3", "r2", "r2", "r2", "r1", "r1"];
    assert.deepEqual(answers(kept), [...order, REFUSED]);
    const ofHighest = keptOf(kept.filter(({ server }) => server === "r3"));
    await bench.visitors.leave(ofHighest.slice(0, 1));
    assert.deepEqual(tally(await bench.visit("ovf", times(1, KEPT))), { r3: 1 });
    await bench.visitors.leave(ofHighest.slice(1));
    await bench.edit("ovf", "r3", "--weight 0");
    assert.deepEqual(tally(await bench.visit("ovf", times(1))), { [REFUSED]: 1 }, "an idle server of weight 0");
    await bench.edit("ovf", "r2", "--weight 9");
    assert.deepEqual(tally(await bench.visit("ovf", times(2, KEPT))), { r2: 2 });
  },
});

/** Connections that are kept fill the servers to their weights. */
function fills(scheduler: string): (bench: SchedulerBench) => Promise<void> {
  return async (bench) => {
    assert.deepEqual(tally(await bench.visit(scheduler, times(12, KEPT))), { r1: 2, r2: 4, r3: 6 });
  };
}

/** New destinations go to the server with the fewest connections for its weight, and stay there. */
function keeps(scheduler: string): (bench: SchedulerBench) => Promise<void> {
  return async (bench) => {
    const visits = [1, 2, 3, 4, 5, 6].map((destination) => ({ destination }));
    const first = await bench.visit(scheduler, visits.map((visit) => ({ ...visit, keep: true })));
    assert.deepEqual(tally(first), WEIGHTS);
    const others = visits.map((visit) => ({ ...visit, from: visitorAddress6(1) }));
    assert.deepEqual(answers(await bench.visit(scheduler, others)), answers(first));
  };
}

const CLIENTS6 = Array.from({ length: 60 }, (_, index) => visitorAddress6(index + 1, index % 7));

testSchedulers("over IPv6 all of them do the same", {
  rr: async (bench) => {
    assert.deepEqual(tally(await bench.visit("rr", times(9))), { r1: 3, r2: 3, r3: 3 });
  },
  wrr: async (bench) => {
    assert.deepEqual(tally(await bench.visit("wrr", times(12))), { r1: 2, r2: 4, r3: 6 });
  },
  lc: async (bench) => {
    assert.deepEqual(tally(await bench.visit("lc", times(12, KEPT))), { r1: 4, r2: 4, r3: 4 });
  },
  wlc: fills("wlc"),
  lblc: keeps("lblc"),
  lblcr: keeps("lblcr"),
  dh: async (bench) => {
    const destinations = Array.from({ length: 48 }, (_, index) => index + 1);
    const table = hashTable({ r1: 1, r2: 1, r3: 1 });
    const expected = destinations.map((host) => table[hashBucket(addressNumber(bench.destination("dh", host)))]);
    assert.deepEqual(answers(await bench.visit("dh", destinations.map((destination) => ({ destination })))), expected);
  },
  sh: async (bench) => {
    const table = hashTable(WEIGHTS);
    const expected = CLIENTS6.map((from) => table[hashBucket(addressNumber(from))]);
    assert.deepEqual(answers(await bench.visit("sh", CLIENTS6.map((from) => ({ from })))), expected);
  },
  sed: fills("sed"),
  nq: fills("nq"),
  fo: async (bench) => {
    assert.deepEqual(tally(await bench.visit("fo", times(3))), { r3: 3 });
    await bench.edit("fo", "r3", "--weight 0");
    assert.deepEqual(tally(await bench.visit("fo", times(3))), { r2: 3 });
  },
  ovf: async (bench) => {
    assert.deepEqual(tally(await bench.visit("ovf", times(9, KEPT))), { r1: 2, r2: 3, r3: 4 });
  },
  mh: async (bench) => {
    const visits = CLIENTS6.map((from) => ({ from }));
    const first = await bench.visit("mh", visits);
    isShared(first, visits.length);
    assert.deepEqual(answers(await bench.visit("mh", visits)), answers(first), "again");
  },
}, "ipv6");
