import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { A, B, CHECK, service, startDaemon, startServers, untilTable, writeFile } from "../daemon_bench.ts";
import { Director, lines, lvsctlPath, until } from "../director.ts";
import { addNatService, serviceName } from "../nat_service.ts";
import { CLIENT, createNatNetwork } from "../network.ts";
import { ask } from "../traffic.ts";

/** Amounts per second, as `top --json` has them. */
type Rates = Readonly<Record<"connections" | "in_packets" | "out_packets" | "in_bytes" | "out_bytes", number>>;

/** What `top --json` says at a time. */
interface View {
  readonly "over_ms": number;
  readonly services: readonly {
    readonly service: string;
    readonly rates: Rates | null;
    readonly servers: readonly { readonly address: string; readonly rates: Rates | null }[];
  }[];
}

/** The views so far: each line that is complete has to be JSON. */
function views(top: BackgroundProcess): readonly View[] {
  return top.stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

/** All that was seen in views: rates times the time that they are of. */
function amount(of: readonly View[], rate: (view: View) => number | undefined): number {
  return Math.round(of.reduce((sum, view) => sum + (rate(view) ?? 0) * view.over_ms / 1000, 0));
}

const connections = (of: readonly View[]): number => amount(of, ({ services: [web] }) => web?.rates?.connections);

Deno.test("top shows the traffic that there is, also when the table is emptied and made again", async () => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  const name = serviceName("tcp", { address: network.vip.ipv4, port: 80 });
  const setUp = (): Promise<void> => addNatService(director, { network, service: { name } });
  await setUp();
  const top = director.start("top --json");
  const untilViews = async (what: string, hold: (seen: readonly View[]) => boolean): Promise<readonly View[]> => {
    await until(() => hold(views(top)), { withinMs: 20_000, what, state: () => `${top.stdout}${top.stderr}` });
    return views(top);
  };
  await untilViews("a first view", (seen) => seen.length > 0);

  const target = { address: network.vip.ipv4, port: 80 };
  const answers = await ask(CLIENT, target, { count: 60, perSecond: 15 });
  assert.deepEqual(answers.failures, {});
  const ofServers = (seen: readonly View[]): readonly number[] =>
    network.servers.map(({ ipv4 }) =>
      amount(
        seen,
        ({ services: [web] }) => web?.servers.find(({ address }) => address === ipv4)?.rates?.connections,
      )
    );
  const seen = await untilViews(
    "all 60 connections",
    (seen) => connections(seen) >= 60 && ofServers(seen).reduce((sum, each) => sum + each) >= 60,
  );
  assert.equal(connections(seen), 60);
  assert.deepEqual(ofServers(seen), network.servers.map((server) => answers.servers[server.name]));
  // What the kernel counts in 2 seconds may be read in one interval together with what it counted in the 2 before.
  const highest = Math.max(...seen.map(({ services: [web] }) => web?.rates?.connections ?? 0));
  assert.ok(highest >= 10 && highest <= 31, `${highest} connections per second at most`);
  // The last packets of the connections may have been counted by ipvsadm and not yet been seen.
  let counted: readonly number[] = [];
  await until(async () => {
    const all = views(top);
    const row = lines(await director.ipvsadm(["-Ln", "--stats", "--exact"])).find((line) => line.startsWith("TCP"));
    counted = (row ?? "").split(/ +/).slice(2).map(Number);
    const amounts = (["connections", "in_packets", "out_packets", "in_bytes", "out_bytes"] as const)
      .map((rate) => amount(all, ({ services: [web] }) => web?.rates?.[rate]));
    // Each view is rounded: its amounts to a thousandth per second, its time to a millisecond of 2 seconds.
    return counted.length === 5 && amounts.every((value, index) => {
      const expected = counted[index] ?? 0;
      return Math.abs(value - expected) <= 1 + expected / 1000;
    });
  }, { withinMs: 20_000, what: "what ipvsadm counts", state: () => `${counted}\n${top.stdout}` });

  await director.ipvsadm(["--clear"]);
  await untilViews("an empty table", (seen) => seen.at(-1)?.services.length === 0);
  const before = views(top).length;
  await setUp();
  await untilViews("the table again", (seen) => seen.at(-1)?.services[0]?.servers.length === 3);
  await ask(CLIENT, target, { count: 30, perSecond: 15 });
  await untilViews("rates again", (seen) => connections(seen.slice(before)) > 0);
  const again = views(top).slice(before);
  for (const { services } of again) {
    for (const { rates, servers } of services) {
      for (const each of [rates, ...servers.map((server) => server.rates)]) {
        assert.ok(each === null || (each.connections >= 0 && each.connections <= 16), JSON.stringify(again));
      }
    }
  }
  top.signal("SIGINT");
  assert.equal(await top.finished(), 0);
  assert.equal(top.stderr, "");
});

Deno.test("top shows what the daemon believes while one runs, and ends after --count", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 2);
  await director.refuses("top fwmark:1", { code: 1, lines: [/^Cannot show fwmark:1: .*ESRCH/] });
  await writeFile(service("fwmark:1", `name: web, on_failure: quiesce, check: { type: http, ${CHECK} }`, [A, B]));
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon });
  await servers[1]?.kill();
  await untilTable(director, { "fwmark:1": "11=1 12=0" }, { daemon });
  const [, titles = "", second = "", total = "", ...rest] = lines(
    await director.must("top --count 1 --interval 200ms"),
  );
  assert.equal(titles, "VIRTUAL SERVICE, SCHEDULER");
  assert.match(second, / OUT BYTES\/S {2}HEALTH$/);
  assert.match(total, /^TOTAL( +0){7}$/);
  assert.deepEqual(rest.map((line) => line.replaceAll(/ +/g, " ")), [
    "fwmark:1 (web) wlc 0 0 0 0 0 0 0 1 of 2 serve",
    " -> 127.0.0.11:8080 1 0 0 0 0 0 0 0 healthy",
    " -> 127.0.0.12:8080 0 0 0 0 0 0 0 0 unhealthy",
  ]);
  const top = director.start("top fwmark:1 --json --interval 500ms");
  await top.untilOutput(/"daemon":true.*"health":"unhealthy"/);
  daemon.signal("SIGTERM");
  await daemon.finished();
  await top.untilOutput(/"daemon":false.*"health":null/);
  const next = await startDaemon(director);
  await until(() => top.stdout.trimEnd().split("\n").at(-1)?.includes('"daemon":true') === true, {
    withinMs: 5000,
    what: "the next daemon is found",
    state: () => next.stderr,
  });
  top.signal("SIGTERM");
  assert.equal(await top.finished(), 0);
});

Deno.test("top on a terminal redraws in place, and q ends it with the terminal as it was", async () => {
  await using director = await Director.create();
  await director.must("service add fwmark:1");
  const shell = `stty rows 24 columns 120; stty -g; ${lvsctlPath()} top --interval 200ms; echo "ended $?"; stty -g`;
  const terminal = director.startProgram([
    "sh",
    "-c",
    `(sleep 4; echo q; sleep 2) | script -qec '${shell}' /dev/null`,
  ]);
  await terminal.untilOutput(/ended 0\r\n\S+\r\n/, { timeLimitSeconds: 20 });
  const settings = terminal.stdout.match(/^[0-9a-f]+(:[0-9a-f]+){5,}\r$/gm) ?? [];
  assert.equal(settings.length, 2, terminal.stdout);
  assert.equal(settings[0], settings[1]);
  const drawn = terminal.stdout.split("\x1b[H").slice(1);
  assert.ok(drawn.length > 3, terminal.stdout);
  assert.match((drawn[0] ?? "").replaceAll("\x1b[K", ""), /^TOTAL .* - /m);
  assert.match((drawn.at(-1) ?? "").replaceAll("\x1b[K", ""), /^TOTAL( +0){7}\r$/m);
});
