import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { Director, lines, until } from "../director.ts";
import type { Download } from "../download.ts";
import { CLIENT, createNatNetwork, type Network } from "../network.ts";
import type { SlowAnswer } from "../slow_server.ts";
import { ask, denoProgram } from "../traffic.ts";

const PORT = 9000;

/** More lines than a test waits for. */
const ENDLESS = 6000;

/** Machines are slow where this runs. */
const PATIENCE = { timeLimitSeconds: 60 };

/** A director in front of two servers whose answers take long. */
class Bench implements AsyncDisposable {
  readonly service: string;
  readonly director: Director;
  readonly #network: Network;
  readonly #slowServers: BackgroundProcess[] = [];

  private constructor(network: Network, director: Director) {
    this.#network = network;
    this.director = director;
    this.service = `tcp://${network.vip.ipv4}:80`;
  }

  static async create(): Promise<Bench> {
    const network = await createNatNetwork({ servers: 2 });
    const bench = new Bench(network, await Director.of(network));
    try {
      await bench.director.must(`service add ${bench.service} --scheduler rr`);
      for (const { name, ipv4 } of network.servers) {
        const slow: SlowAnswer = { name, port: PORT, lines: ENDLESS };
        const running = network.start(name, denoProgram("slow_server.ts", slow));
        bench.#slowServers.push(running);
        await running.untilOutput(/^ready\n/, PATIENCE);
        await bench.director.must(`server add ${bench.service} ${ipv4}:${PORT} --weight 5`);
      }
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
    return bench;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.director[Symbol.asyncDispose]();
    await this.#network[Symbol.asyncDispose]();
  }

  /** Begins a download; gives it, and the server that it comes from. */
  async download(
    options: Pick<Download, "nameOnly"> = {},
  ): Promise<{ readonly running: BackgroundProcess; readonly name: string; readonly server: string }> {
    const request: Download = { address: this.#network.vip.ipv4, port: 80, ...options };
    const running = this.#network.start(CLIENT, denoProgram("download.ts", request));
    await running.untilOutput(/^from .*\n/, PATIENCE);
    const [, name = ""] = /^from (.*)\n/.exec(running.stdout) ?? [];
    const server = this.#network.servers.find((candidate) => candidate.name === name);
    return { running, name, server: `${server?.ipv4}:${PORT}` };
  }

  /** Lets the downloads end. */
  endDownloads(): void {
    for (const server of this.#slowServers) server.signal("SIGUSR1");
  }

  /** The servers that answer new connections. */
  async newcomers(count: number): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (let index = 0; index < count; index++) {
      const request: Download = { address: this.#network.vip.ipv4, port: 80, nameOnly: "end" };
      const client = this.#network.start(CLIENT, denoProgram("download.ts", request));
      await client.untilOutput(/^(from .*|failed.*)\n/, PATIENCE);
      names.add(client.stdout.split("\n")[0] ?? "");
      await client.stop();
    }
    return names;
  }

  /** The states of the connections on a server, as the kernel lists them. */
  async states(server: string): Promise<readonly string[]> {
    const connections = lines(await this.director.ipvsadm(["-Lcn"])).slice(2).map((line) => line.split(/ +/));
    return connections.flatMap(([_protocol, _expires, state = "", _client, _virtual, destination]) =>
      destination === server ? [state] : []
    );
  }

  /** The weight of a server as ipvsadm saves it; undefined where the server is not there. */
  async weight(server: string): Promise<number | undefined> {
    const rule = (await this.director.rules()).find((line) => line.includes(` -r ${server} `));
    const [, weight] = / -w (\d+)/.exec(rule ?? "") ?? [];
    return weight === undefined ? undefined : Number(weight);
  }
}

Deno.test("server drain lets a download end, sends new connections elsewhere, then deletes the server at once", async () => {
  await using bench = await Bench.create();
  const { running, name, server } = await bench.download();
  const drain = bench.director.start(`server drain ${bench.service} ${server} --interval 200ms --timeout 5m`);
  await drain.untilOutput(/^lvsctl: draining .*: 1 active, 0 inactive; \S+ left\n/, PATIENCE);
  assert.equal(await bench.weight(server), 0);
  const others = await bench.newcomers(4);
  assert.deepEqual([others.size, others.has(`from ${name}`)], [1, false]);
  assert.equal(await bench.weight(server), 0);
  bench.endDownloads();
  await running.untilOutput(/\n(complete|failed).*\n/, PATIENCE);
  assert.match(running.stdout, new RegExp(`^from ${name}\ncomplete \\d+\n$`));
  assert.equal(await drain.finished(), 0);
  // The kernel goes on remembering the connection for two minutes; nobody waited for that.
  assert.deepEqual(await bench.states(server), ["TIME_WAIT"]);
  assert.match(
    drain.stdout,
    new RegExp(`^${server} of ${bench.service}: deleted after \\d+s with no connection left\n$`),
  );
  assert.equal(await bench.weight(server), undefined);
});

Deno.test("server drain takes a connection that was reset for gone", async () => {
  await using bench = await Bench.create();
  const { running, server } = await bench.download({ nameOnly: "stall" });
  const drain = bench.director.start(`server drain ${bench.service} ${server} --interval 200ms --timeout 5m`);
  await drain.untilOutput(/1 active/, PATIENCE);
  await running.stop();
  assert.equal(await drain.finished(), 0);
  assert.match(drain.stdout, /: deleted after \d+s with no connection left\n$/);
  assert.equal(await bench.weight(server), undefined);
  // The kernel remembers it for ten seconds, which may be over.
  for (const state of await bench.states(server)) assert.equal(state, "CLOSE");
});

Deno.test("server drain waits for what is inactive but not closed: an answer over UDP", async () => {
  await using network = await createNatNetwork({ servers: 1 });
  await using director = await Director.of(network);
  const [{ ipv4 } = network.vip] = network.servers;
  const [service, server] = [`udp://${network.vip.ipv4}:80`, `${ipv4}:${network.serverPort}`];
  await director.must(`service add ${service} --scheduler rr`);
  await director.must(`server add ${service} ${server}`);
  const { failures } = await ask(CLIENT, { address: network.vip.ipv4, port: 80, protocol: "udp" }, { count: 1 });
  assert.deepEqual(failures, {});
  const { code, stdout, stderr } = await director.lvsctl(`server drain ${service} ${server} --timeout 2s`);
  assert.equal(code, 3);
  assert.match(stdout, new RegExp(`^${server} of ${service}: deleted after \\d+s with 1 connection left\n$`));
  assert.match(stderr, /: 0 active, 1 inactive; [12]s left\n/);
  assert.match(stderr, /\nlvsctl: 1 connection cut: .*expire_nodest_conn=1 .*--on-timeout keep avoids it\n$/);
});

Deno.test("server drain deletes a server at the deadline, and says what it still had; its client is not reset", async () => {
  await using bench = await Bench.create();
  const { running, name, server } = await bench.download();
  const begin = performance.now();
  const { code, stdout } = await bench.director.lvsctl(`server drain ${bench.service} ${server} --timeout 2s`);
  const seconds = (performance.now() - begin) / 1000;
  assert.equal(code, 3);
  assert.match(
    stdout,
    new RegExp(`^${server} of ${bench.service}: deleted after \\d+s with 1 connection left\n$`),
  );
  assert.ok(seconds >= 2 && seconds < 60, `${seconds} s`);
  assert.equal(await bench.weight(server), undefined);
  assert.equal(running.stdout, `from ${name}\n`);
});

Deno.test("server drain keeps a server that still has connections with --on-timeout keep, and fails with fail", async () => {
  await using bench = await Bench.create();
  const { server } = await bench.download();
  const line = `server drain ${bench.service} ${server} --timeout 1s`;
  const restored = await bench.director.lvsctl(`${line} --on-timeout fail --restore`);
  assert.equal(restored.code, 1);
  assert.match(restored.stderr, /\nlvsctl: Cannot drain the servers of .*: \S+ still has 1 connection after 1s\n$/);
  assert.notEqual(await bench.weight(server), 0);
  const failed = await bench.director.lvsctl(`${line} --on-timeout fail`);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /; still at weight 0: /);
  assert.equal(await bench.weight(server), 0);
  const kept = await bench.director.lvsctl(`${line} --on-timeout keep`);
  assert.equal(kept.code, 3);
  assert.match(kept.stdout, /: kept at weight 0 after \d+s with 1 connection left\n$/);
  assert.equal(await bench.weight(server), 0);
});

Deno.test("server drain that is cancelled leaves the server quiesced, or with --restore as it was", async () => {
  await using bench = await Bench.create();
  const { server } = await bench.download();
  for (
    const [signal, option, weight] of [["SIGTERM", " --restore", 5], ["SIGINT", " --restore", 5], [
      "SIGINT",
      "",
      0,
    ]] as const
  ) {
    const drain = bench.director.start(`server drain ${bench.service} ${server}${option}`);
    await drain.untilOutput(/1 active/, PATIENCE);
    assert.equal(await bench.weight(server), 0);
    drain.signal(signal);
    assert.equal(await drain.finished(), signal === "SIGINT" ? 130 : 143);
    assert.match(drain.stderr, /lvsctl: Cannot drain the servers of .*: a signal interrupted it.*\n$/);
    assert.equal(await bench.weight(server), weight);
  }
});

Deno.test("server drain ends when another program deletes the server, and leaves it alone when it gets a weight", async () => {
  await using bench = await Bench.create();
  const { server } = await bench.download();
  const reweighted = bench.director.start(`server drain ${bench.service} ${server} --interval 200ms`);
  await reweighted.untilOutput(/1 active/, PATIENCE);
  await bench.director.must(`server edit ${bench.service} ${server} --weight 9`);
  assert.equal(await reweighted.finished(), 3);
  assert.match(reweighted.stdout, /got a weight from another program/);
  assert.equal(await bench.weight(server), 9);
  const gone = bench.director.start(`server drain ${bench.service} ${server} --interval 200ms --then keep`);
  await gone.untilOutput(/1 active/, PATIENCE);
  await until(async () => await bench.weight(server) === 0, { withinMs: 60_000, what: "the weight is taken" });
  await bench.director.must(`server delete ${bench.service} ${server}`);
  assert.equal(await gone.finished(), 0);
  assert.match(gone.stdout, /deleted by another program/);
});
