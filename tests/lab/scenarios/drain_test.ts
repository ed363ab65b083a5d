import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { Director, until } from "../director.ts";
import type { Download } from "../download.ts";
import { CLIENT, createNatNetwork, type Network } from "../network.ts";
import type { SlowAnswer } from "../slow_server.ts";
import { denoProgram } from "../traffic.ts";

const PORT = 9000;

/** A director in front of two servers whose answers take long. */
class Bench implements AsyncDisposable {
  readonly service: string;
  readonly director: Director;
  readonly #network: Network;

  private constructor(network: Network, director: Director) {
    this.#network = network;
    this.director = director;
    this.service = `tcp://${network.vip.ipv4}:80`;
  }

  static async create(lines: number): Promise<Bench> {
    const network = await createNatNetwork({ servers: 2 });
    const bench = new Bench(network, await Director.of(network));
    try {
      await bench.director.must(`service add ${bench.service} --scheduler rr`);
      for (const { name, ipv4 } of network.servers) {
        const slow: SlowAnswer = { name, port: PORT, lines };
        await network.start(name, denoProgram("slow_server.ts", slow)).untilOutput(/^ready\n/);
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
  async download(): Promise<{ readonly running: BackgroundProcess; readonly name: string; readonly server: string }> {
    const request: Download = { address: this.#network.vip.ipv4, port: 80 };
    const running = this.#network.start(CLIENT, denoProgram("download.ts", request));
    await running.untilOutput(/^from .*\n/);
    const [, name = ""] = /^from (.*)\n/.exec(running.stdout) ?? [];
    const server = this.#network.servers.find((candidate) => candidate.name === name);
    return { running, name, server: `${server?.ipv4}:${PORT}` };
  }

  /** The servers that answer new connections. */
  async newcomers(count: number): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (let index = 0; index < count; index++) {
      const request: Download = { address: this.#network.vip.ipv4, port: 80, nameOnly: true };
      const client = this.#network.start(CLIENT, denoProgram("download.ts", request));
      await client.untilOutput(/^(from .*|failed.*)\n/);
      names.add(client.stdout.split("\n")[0] ?? "");
      await client.stop();
    }
    return names;
  }

  /** The weight of a server as ipvsadm saves it; undefined where the server is not there. */
  async weight(server: string): Promise<number | undefined> {
    const rule = (await this.director.rules()).find((line) => line.includes(` -r ${server} `));
    const [, weight] = / -w (\d+)/.exec(rule ?? "") ?? [];
    return weight === undefined ? undefined : Number(weight);
  }
}

Deno.test("server drain lets a download end, sends new connections elsewhere, then deletes the server", async () => {
  await using bench = await Bench.create(50);
  const { running, name, server } = await bench.download();
  const drain = bench.director.start(`server drain ${bench.service} ${server} --interval 200ms --timeout 2m`);
  await drain.untilOutput(/^lvsctl: draining .*: 1 active, 0 inactive; 2m left\n/);
  assert.equal(await bench.weight(server), 0);
  const others = await bench.newcomers(4);
  assert.deepEqual([others.size, others.has(`from ${name}`)], [1, false]);
  assert.equal(await bench.weight(server), 0);
  await running.untilOutput(/\n(complete|failed).*\n/, { timeLimitSeconds: 30 });
  assert.equal(running.stdout, `from ${name}\ncomplete 50\n`);
  // The director remembers a connection that was reset for ten seconds.
  assert.equal(await drain.finished(), 0);
  assert.match(
    drain.stdout,
    new RegExp(`^${server} of ${bench.service}: deleted after \\d+s with no connection left\n$`),
  );
  assert.equal(await bench.weight(server), undefined);
});

Deno.test("server drain deletes a server at the deadline, and says what it still had; its client is not reset", async () => {
  await using bench = await Bench.create(600);
  const { running, name, server } = await bench.download();
  const begin = performance.now();
  const { code, stdout } = await bench.director.lvsctl(`server drain ${bench.service} ${server} --timeout 2s`);
  const seconds = (performance.now() - begin) / 1000;
  assert.deepEqual({ code, stdout }, {
    code: 0,
    stdout: `${server} of ${bench.service}: deleted after 2s with 1 connection left\n`,
  });
  assert.ok(seconds >= 2 && seconds < 5, `${seconds} s`);
  assert.equal(await bench.weight(server), undefined);
  assert.equal(running.stdout, `from ${name}\n`);
});

Deno.test("server drain that is called off leaves the server quiesced, or with --restore as it was", async () => {
  await using bench = await Bench.create(600);
  const { server } = await bench.download();
  for (
    const [signal, option, weight] of [["SIGTERM", " --restore", 5], ["SIGINT", " --restore", 5], [
      "SIGINT",
      "",
      0,
    ]] as const
  ) {
    const drain = bench.director.start(`server drain ${bench.service} ${server}${option}`);
    await drain.untilOutput(/1 active/);
    assert.equal(await bench.weight(server), 0);
    drain.signal(signal);
    assert.equal(await drain.finished(), 1);
    assert.match(drain.stderr, /lvsctl: Cannot drain the servers of .*: it was called off by a signal.*\n$/);
    assert.equal(await bench.weight(server), weight);
  }
});

Deno.test("server drain ends when somebody else deletes the server, and leaves it alone when it gets a weight", async () => {
  await using bench = await Bench.create(600);
  const { server } = await bench.download();
  const reweighted = bench.director.start(`server drain ${bench.service} ${server} --interval 200ms`);
  await reweighted.untilOutput(/1 active/);
  await bench.director.must(`server edit ${bench.service} ${server} --weight 9`);
  assert.equal(await reweighted.finished(), 3);
  assert.match(reweighted.stdout, /somebody else gave it a weight again/);
  assert.equal(await bench.weight(server), 9);
  const gone = bench.director.start(`server drain ${bench.service} ${server} --interval 200ms --then keep`);
  await gone.untilOutput(/1 active/);
  await until(async () => await bench.weight(server) === 0, { withinMs: 5000, what: "the weight is taken" });
  await bench.director.must(`server delete ${bench.service} ${server}`);
  assert.equal(await gone.finished(), 0);
  assert.match(gone.stdout, /somebody else deleted it/);
});
