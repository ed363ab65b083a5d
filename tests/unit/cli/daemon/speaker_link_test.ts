import assert from "node:assert/strict";
import { adoptSpeaker, type FormerSpeaker, hasSpeaker } from "../../../../cli/daemon/speaker_link.ts";
import { stopSpeaker } from "../../../../cli/daemon/speaker_process.ts";
import { type Clock, SYSTEM_CLOCK } from "../../../../core/time/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { routerStatuses } from "../../../support/router_status.ts";
import { jsonLine, JsonLines, type SpeakerCommand } from "../../../../core/vrrp/mod.ts";

/** A number that no process has. */
const NO_PROCESS = 2 ** 30;

/** A process that answers each connection in the given way, and notes the commands. */
class Speaker implements AsyncDisposable {
  readonly directory = Deno.makeTempDirSync();
  readonly path = `${this.directory}/x.sock`;
  readonly commands: string[] = [];
  readonly #listener = Deno.listen({ transport: "unix", path: this.path });
  readonly #work: Promise<void>;
  readonly #pid: number;
  #isClosed = false;

  constructor(
    versions: readonly (string | undefined)[],
    { endsWith = "stop", pid = NO_PROCESS }: { readonly endsWith?: string; readonly pid?: number } = {},
  ) {
    this.#pid = pid;
    this.#work = this.#serve(versions, endsWith);
  }

  async #serve(versions: readonly (string | undefined)[], endsWith: string): Promise<void> {
    for (const version of versions) {
      using connection = await this.#listener.accept();
      // Without a version, it turns the connection away.
      if (version === undefined) continue;
      await connection.write(jsonLine({ kind: "hello", version, pid: this.#pid }));
      await connection.write(jsonLine({ kind: "status", routers: routerStatuses(), discarded: {} }));
      const lines = new JsonLines<SpeakerCommand>();
      const buffer = new Uint8Array(1024);
      for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
        this.commands.push(...lines.take(buffer.subarray(0, count)).map(({ kind }) => kind));
        if (this.commands.includes(endsWith)) break;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    Deno.removeSync(this.directory, { recursive: true });
  }
}

const OPTIONS = { version: "1.2.3", onWait: (message: string) => assert.fail(message), clock: SYSTEM_CLOCK };

Deno.test("adoptSpeaker() takes a process of the same version over, also if it is busy at first", async () => {
  await using speaker = new Speaker([undefined, "1.2.3"]);
  const adoption = await adoptSpeaker(speaker.path, OPTIONS);
  assert.ok(adoption !== undefined && "link" in adoption);
  const { link } = adoption;
  link.send({ kind: "alive" });
  link.send({ kind: "stop" });
  for await (const message of link.messages) assert.equal(message.kind, "status");
  assert.deepEqual(speaker.commands, ["alive", "stop"]);
  assert.equal(await link.end(), "its connection is closed");
});

Deno.test("adoptSpeaker() leaves a process with what was sent before, and its messages end", async () => {
  await using speaker = new Speaker(["1.2.3"]);
  const adoption = await adoptSpeaker(speaker.path, OPTIONS);
  assert.ok(adoption !== undefined && "link" in adoption);
  const { link } = adoption;
  link.send({ kind: "alive" });
  link.send({ kind: "hold", forMs: 5 });
  await link.leave();
  for await (const message of link.messages) assert.equal(message.kind, "status");
  await speaker[Symbol.asyncDispose]();
  assert.deepEqual(speaker.commands, ["alive", "hold"]);
});

/** The process of another version. */
async function former(speaker: Speaker, clock: Clock = SYSTEM_CLOCK): Promise<FormerSpeaker> {
  const adoption = await adoptSpeaker(speaker.path, { ...OPTIONS, clock });
  assert.ok(adoption !== undefined && "former" in adoption);
  return adoption.former;
}

Deno.test("adoptSpeaker() can stop a process of another version, and waits for its end", async () => {
  await using speaker = new Speaker(["1.2.2"]);
  await (await former(speaker)).stop();
  assert.deepEqual(speaker.commands, ["stop"]);
});

Deno.test("adoptSpeaker() ends a process of another version with its addresses, and has its routers", async () => {
  await using speaker = new Speaker(["1.2.2"], { endsWith: "leave" });
  const routers = await (await former(speaker)).leave();
  assert.deepEqual(routers.map(({ name, family }) => `${name} ${family}`), ["edge ipv4", "edge ipv6"]);
  assert.deepEqual(speaker.commands, ["leave"]);
});

Deno.test("adoptSpeaker() stops a process that cannot end with its addresses, after three seconds, and has no router then", async () => {
  await using speaker = new Speaker(["1.2.2"]);
  const clock = new FakeClock();
  const left = (await former(speaker, clock)).leave();
  while (!speaker.commands.includes("leave")) await new Promise((resolve) => setTimeout(resolve, 1));
  await clock.advance(3000);
  assert.deepEqual(await left, []);
  assert.deepEqual(speaker.commands, ["leave", "stop"]);
});

for (const [end, waitMs] of [["leave", 6000], ["stop", 3000]] as const) {
  Deno.test(`adoptSpeaker() kills a process of another version that does not end at ${end}, and goes on`, async () => {
    const child = new Deno.Command("/bin/sleep", { args: ["1000"] }).spawn();
    await using speaker = new Speaker(["1.2.2"], { endsWith: "nothing", pid: child.pid });
    const clock = new FakeClock();
    const ended = (await former(speaker, clock))[end]();
    while (!speaker.commands.includes(end)) await new Promise((resolve) => setTimeout(resolve, 1));
    await clock.advance(waitMs - 1);
    assert.notEqual(clock.pending, 0);
    await clock.advance(1);
    await ended;
    assert.equal((await child.status).signal, "SIGKILL");
    assert.equal(clock.pending, 0);
  });
}

Deno.test("adoptSpeaker() keeps a process of another version alive, and leaves it to another daemon", async () => {
  await using speaker = new Speaker(["1.2.2"]);
  const other = await former(speaker);
  other.alive();
  await other.hold({ forMs: 5 });
  await speaker[Symbol.asyncDispose]();
  assert.deepEqual(speaker.commands, ["alive", "hold"]);
});

/** A process that stands still. */
async function silent(
  act: (
    bench: { readonly connection: Deno.Conn; readonly clock: FakeClock },
  ) => Promise<void>,
): ReturnType<typeof adoptSpeaker> {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/x.sock`;
  using listener = Deno.listen({ transport: "unix", path });
  const clock = new FakeClock();
  const waits: string[] = [];
  const adopted = adoptSpeaker(path, { version: "1.2.3", onWait: (message) => waits.push(message), clock });
  using connection = await listener.accept();
  await clock.advance(3000);
  assert.deepEqual(waits, ["the process of the virtual routers does not answer; no other one starts for 30 s"]);
  await act({ connection, clock });
  const adoption = await adopted;
  assert.deepEqual([clock.pending, waits.length], [0, 1]);
  if (adoption !== undefined && "link" in adoption) await adoption.link.leave();
  Deno.removeSync(directory, { recursive: true });
  return adoption;
}

Deno.test("adoptSpeaker() gives up a process that does not answer within 30 s", async () => {
  assert.equal(await silent(({ clock }) => clock.advance(27_000)), undefined);
});

Deno.test("adoptSpeaker() takes a process over that goes on before 30 s are over", async () => {
  const adoption = await silent(async ({ clock, connection }) => {
    await clock.advance(26_999);
    await connection.write(jsonLine({ kind: "hello", version: "1.2.3", pid: NO_PROCESS }));
  });
  assert.ok(adoption !== undefined && "link" in adoption);
});

Deno.test("stopSpeaker() ends a process of the same version and of another one, and tells whether there was one", async () => {
  for (const version of ["1.2.3", "1.2.4"]) {
    await using speaker = new Speaker([version]);
    assert.equal(await stopSpeaker(speaker.path, OPTIONS), true, version);
    assert.deepEqual(speaker.commands, ["stop"]);
  }
  assert.equal(await stopSpeaker("/no/such.sock", OPTIONS), false);
});

Deno.test("adoptSpeaker() finds none at a path without a process", async () => {
  assert.equal(await adoptSpeaker("/nonexistent/x.sock", OPTIONS), undefined);
  assert.equal(await hasSpeaker("/nonexistent/x.sock"), false);
});

Deno.test("hasSpeaker() finds a process", async () => {
  await using speaker = new Speaker([undefined]);
  assert.equal(await hasSpeaker(speaker.path), true);
});
