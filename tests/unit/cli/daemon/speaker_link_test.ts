import assert from "node:assert/strict";
import { adoptSpeaker, hasSpeaker } from "../../../../cli/daemon/speaker_link.ts";
import { SYSTEM_CLOCK } from "../../../../core/time/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { jsonLine, JsonLines, type SpeakerCommand } from "../../../../core/vrrp/mod.ts";

/** A process that answers each connection in the given way, and notes the commands. */
class Speaker implements AsyncDisposable {
  readonly directory = Deno.makeTempDirSync();
  readonly path = `${this.directory}/x.sock`;
  readonly commands: string[] = [];
  readonly #listener = Deno.listen({ transport: "unix", path: this.path });
  readonly #work: Promise<void>;

  constructor(versions: readonly (string | undefined)[]) {
    this.#work = this.#serve(versions);
  }

  async #serve(versions: readonly (string | undefined)[]): Promise<void> {
    for (const version of versions) {
      using connection = await this.#listener.accept();
      // Without a version, it turns the connection away.
      if (version === undefined) continue;
      await connection.write(jsonLine({ kind: "hello", version, pid: 1 }));
      const lines = new JsonLines<SpeakerCommand>();
      const buffer = new Uint8Array(1024);
      for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
        this.commands.push(...lines.take(buffer.subarray(0, count)).map(({ kind }) => kind));
        if (this.commands.includes("stop")) break;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work;
    this.#listener.close();
    Deno.removeSync(this.directory, { recursive: true });
  }
}

const OPTIONS = { version: "1.2.3", clock: SYSTEM_CLOCK };

Deno.test("adoptSpeaker() takes a process of the same version over, also if it is busy at first", async () => {
  await using speaker = new Speaker([undefined, "1.2.3"]);
  const link = await adoptSpeaker(speaker.path, OPTIONS);
  assert.ok(link !== undefined);
  link.send({ kind: "alive" });
  link.send({ kind: "stop" });
  for await (const message of link.messages) assert.fail(message.kind);
  assert.deepEqual(speaker.commands, ["alive", "stop"]);
  assert.equal(await link.end(), "its connection is closed");
});

Deno.test("adoptSpeaker() stops a process of another version, and waits for its end", async () => {
  await using speaker = new Speaker(["1.2.2"]);
  assert.equal(await adoptSpeaker(speaker.path, OPTIONS), undefined);
  assert.deepEqual(speaker.commands, ["stop"]);
});

Deno.test("adoptSpeaker() gives up a process that does not answer within three seconds", async () => {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/x.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  const clock = new FakeClock();
  const adopted = adoptSpeaker(path, { version: "1.2.3", clock });
  using _connection = await listener.accept();
  await clock.advance(3000);
  assert.equal(await adopted, undefined);
  listener.close();
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("adoptSpeaker() finds none at a path without a process", async () => {
  assert.equal(await adoptSpeaker("/nonexistent/x.sock", OPTIONS), undefined);
  assert.equal(await hasSpeaker("/nonexistent/x.sock"), false);
});

Deno.test("hasSpeaker() finds a process", async () => {
  await using speaker = new Speaker([undefined]);
  assert.equal(await hasSpeaker(speaker.path), true);
});
