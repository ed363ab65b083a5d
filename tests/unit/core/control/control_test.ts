import assert from "node:assert/strict";
import { ControlClient, ControlServer } from "../../../../core/control/mod.ts";
import { MAX_REQUEST_BYTES } from "../../../../core/control/protocol.ts";
import { IDLE_TIMEOUTS, MAX_CLIENTS } from "../../../../core/control/server.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";

const NEVER = new AbortController().signal;

/** A server in a directory of its own, and the bugs that it met. */
class Bench implements AsyncDisposable {
  readonly directory = Deno.makeTempDirSync();
  readonly path = `${this.directory}/made/control.sock`;
  readonly bugs: unknown[] = [];
  readonly clock = new FakeClock();
  counted = 0;
  hanging = 0;
  readonly server = ControlServer.listen(this.path, {
    commands: {
      count: () => ({ count: ++this.counted }),
      large: () => "x".repeat(300_000),
      refuse: () => {
        throw new LvsctlError("first\nsecond");
      },
      repeat: (words) => words,
      break: () => Promise.reject(new TypeError("a bug")),
      hang: () => {
        this.hanging++;
        return new Promise(() => {});
      },
    },
    clock: this.clock,
    onBug: (error) => this.bugs.push(error),
  });

  async client(): Promise<ControlClient> {
    const client = await ControlClient.connect(this.path);
    assert.ok(client !== undefined);
    return client;
  }

  /** Sends a text as it is, and gives the answer up to where the server waits for more, or parts. */
  async raw(text: string): Promise<string | undefined> {
    using connection = await Deno.connect({ transport: "unix", path: this.path });
    await connection.write(new TextEncoder().encode(text));
    const bytes = new Uint8Array(4096);
    try {
      const count = await connection.read(bytes);
      return count === null ? undefined : new TextDecoder().decode(bytes.subarray(0, count));
    } catch (error) {
      // What was sent and not read is answered by a reset.
      if (error instanceof Deno.errors.ConnectionReset) return undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    Deno.removeSync(this.directory, { recursive: true });
  }
}

Deno.test("ControlServer answers one request after another, of several clients, however long the answer is", async () => {
  await using bench = new Bench();
  using first = await bench.client();
  using second = await bench.client();
  assert.deepEqual(await first.request("count", { signal: NEVER }), { count: 1 });
  assert.deepEqual(await second.request("count", { signal: NEVER }), { count: 2 });
  assert.equal(await first.request("large", { signal: NEVER }), "x".repeat(300_000));
  assert.deepEqual(await first.request("count", { signal: NEVER }), { count: 3 });
});

Deno.test("ControlServer gives a command what follows its first blank", async () => {
  await using bench = new Bench();
  using client = await bench.client();
  assert.equal(await client.request("repeat one  two", { signal: NEVER }), "one  two");
  assert.equal(await client.request("repeat", { signal: NEVER }), "");
});

Deno.test("ControlServer's socket is private to its user, replaces an old one, and is removed at the end", async () => {
  await using bench = new Bench();
  assert.equal((Deno.statSync(bench.path).mode ?? 0) & 0o777, 0o600);
  {
    await using _other = ControlServer.listen(bench.path, { commands: { ping: () => "pong" }, onBug: () => {} });
    using client = await bench.client();
    assert.equal(await client.request("ping", { signal: NEVER }), "pong");
  }
  assert.throws(() => Deno.lstatSync(bench.path), Deno.errors.NotFound);
  assert.equal(await ControlClient.connect(bench.path), undefined);
});

Deno.test("ControlServer with a group admits its users, and no others", async () => {
  await using bench = new Bench();
  const path = `${bench.directory}/made/status.sock`;
  const group = Deno.gid() ?? 0;
  await using _server = ControlServer.listen(path, { commands: {}, onBug: () => {}, group });
  const { mode, gid } = Deno.statSync(path);
  assert.deepEqual([(mode ?? 0) & 0o777, gid], [0o660, group]);
});

Deno.test("ControlServer does not replace a file that is not a socket", () => {
  const path = Deno.makeTempFileSync();
  try {
    assert.throws(
      () => ControlServer.listen(path, { commands: {}, onBug: () => {} }),
      (error: LvsctlError) => error.message.startsWith(`Cannot listen at ${path}: Address already in use`),
    );
    assert.ok(Deno.statSync(path).isFile);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("ControlServer reports a refusal with its message, and continues", async () => {
  await using bench = new Bench();
  using client = await bench.client();
  const refused = async (command: string): Promise<string> => {
    try {
      await client.request(command, { signal: NEVER });
    } catch (error) {
      assert.ok(error instanceof LvsctlError);
      return error.message;
    }
    return "was done";
  };
  assert.equal(await refused("refuse"), "first\nsecond");
  assert.match(await refused("toString"), /^the daemon does not know "toString"; it knows "count", "large"/);
  assert.deepEqual(bench.bugs, []);
  assert.equal(await refused("break"), "internal error: TypeError: a bug");
  assert.equal(bench.bugs.length, 1);
  assert.deepEqual(await client.request("count", { signal: NEVER }), { count: 1 });
});

Deno.test("ControlServer answers text that is not a request, and closes a connection that sends too much", async () => {
  await using bench = new Bench();
  for (const text of ["\n", "{\n", "[]\n", "7\n", "null\n", '{"version":2,"command":"count"}\n', '{"version":1}\n']) {
    const reply = JSON.parse(await bench.raw(text) ?? "");
    assert.deepEqual([reply.version, reply.ok, typeof reply.error], [1, false, "string"], text);
  }
  assert.equal(await bench.raw(`${"x".repeat(MAX_REQUEST_BYTES * 2 + 1)}\n`), undefined);
  // What is not known is passed over: a newer client.
  assert.deepEqual(JSON.parse(await bench.raw('{"version":1,"command":"count","more":{}}\n') ?? ""), {
    version: 1,
    ok: true,
    result: { count: 1 },
  });
});

Deno.test("ControlServer drops the client that is idle longest when all places are taken", async () => {
  await using bench = new Bench();
  const clients: ControlClient[] = [];
  try {
    for (let index = 0; index < MAX_CLIENTS; index++) {
      const client = await bench.client();
      clients.push(client);
      await client.request("count", { signal: NEVER });
    }
    // The first asks again, so that the second is idle longest.
    await clients[0]?.request("count", { signal: NEVER });
    using another = await bench.client();
    assert.deepEqual(await another.request("count", { signal: NEVER }), { count: MAX_CLIENTS + 2 });
    await assert.rejects(async () => await clients[1]?.request("count", { signal: NEVER }), LvsctlError);
    for (const client of [clients[0], ...clients.slice(2)]) await client?.request("count", { signal: NEVER });
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
});

Deno.test("ControlServer refuses a client while all others wait for an answer", async () => {
  await using bench = new Bench();
  const clients: ControlClient[] = [];
  const asked: Promise<unknown>[] = [];
  try {
    for (let index = 0; index < MAX_CLIENTS; index++) {
      const client = await bench.client();
      clients.push(client);
      asked.push(client.request("hang", { signal: NEVER }).catch((error: unknown) => error));
    }
    while (bench.hanging < MAX_CLIENTS) await new Promise((resolve) => setTimeout(resolve, 0));
    assert.match(await bench.raw("\n") ?? "", /the daemon has 32 clients, the largest number/);
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
  await bench.server[Symbol.asyncDispose]();
  await Promise.all(asked);
});

Deno.test("ControlServer closes a connection without a request, and one that is idle for a day", async () => {
  await using bench = new Bench();
  using silent = await bench.client();
  using watcher = await bench.client();
  await watcher.request("count", { signal: NEVER });
  await bench.clock.advance(IDLE_TIMEOUTS.firstRequestMs);
  await assert.rejects(silent.request("count", { signal: NEVER }), LvsctlError);
  assert.deepEqual(await watcher.request("count", { signal: NEVER }), { count: 2 });
  await bench.clock.advance(IDLE_TIMEOUTS.nextRequestMs);
  await assert.rejects(watcher.request("count", { signal: NEVER }), LvsctlError);
});

Deno.test("ControlClient ends at its signal, and reports a daemon that ends or does not run", async () => {
  await using bench = new Bench();
  const controller = new AbortController();
  using client = await bench.client();
  const asked = client.request("hang", { signal: controller.signal });
  controller.abort();
  await assert.rejects(
    asked,
    /^LvsctlError: Cannot request hang from the daemon: the daemon did not answer in time \(ETIMEDOUT\)$/,
  );
  assert.equal(await ControlClient.connect(`${bench.directory}/nothing.sock`), undefined);
});

Deno.test("ControlServer closes its connections when it ends, without waiting for a running command", async () => {
  const bench = new Bench();
  using client = await bench.client();
  using other = await bench.client();
  await other.request("count", { signal: NEVER });
  const asked = client.request("hang", { signal: NEVER });
  // The server answers in the order in which it was asked, as far as one client goes; another's answer shows a turn.
  await other.request("count", { signal: NEVER });
  await bench[Symbol.asyncDispose]();
  await assert.rejects(asked, /^LvsctlError: Cannot request hang from the daemon: /);
  await assert.rejects(other.request("count", { signal: NEVER }), LvsctlError);
});
