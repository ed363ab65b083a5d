import assert from "node:assert/strict";
import { HostNames } from "../../../../cli/daemon/host_names.ts";
import { HostRetry } from "../../../../cli/daemon/host_retry.ts";
import type { HostAnswer } from "../../../../core/config/mod.ts";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

/** A name server whose answers a test sets. */
class NameServer {
  readonly answers = new Map<string, HostAnswer>();
  readonly asked: string[] = [];
  readonly stale: string[] = [];
  readonly clock = new FakeClock();
  /** Settles the lookups that have no answer yet. */
  #waiting: ((answer: HostAnswer) => void)[] = [];
  readonly names = new HostNames({
    resolve: (name) => {
      this.asked.push(name);
      const answer = this.answers.get(name);
      if (answer !== undefined) return Promise.resolve(answer);
      const { promise, resolve } = Promise.withResolvers<HostAnswer>();
      this.#waiting.push(resolve);
      return promise;
    },
    clock: this.clock,
    onStale: (name, reason) => this.stale.push(`${name}: ${reason}`),
  });

  answerLate(answer: HostAnswer): void {
    for (const settleLookup of this.#waiting.splice(0)) settleLookup(answer);
  }
}

const GOOD: HostAnswer = { addresses: [parseIpAddress("10.0.0.11")] };
const BAD: HostAnswer = { failure: "Name or service not known" };

Deno.test("HostNames keeps the addresses of a name that has none later, and reports it", async () => {
  const server = new NameServer();
  server.answers.set("web", BAD);
  assert.deepEqual(await server.names.all("web"), BAD);
  assert.deepEqual(server.stale, []);
  server.answers.set("web", GOOD);
  assert.deepEqual(await server.names.all("web"), GOOD);
  server.answers.set("web", BAD);
  assert.deepEqual(await server.names.all("web"), GOOD);
  assert.deepEqual(server.stale, ["web: Name or service not known"]);
  assert.equal(server.clock.pending, 0);
});

Deno.test("HostNames.only() asks for the given names alone", async () => {
  const server = new NameServer();
  server.answers.set("web", GOOD).set("mail", BAD);
  await server.names.all("web");
  await server.names.all("mail");
  const resolve = server.names.only(new Set(["mail"]));
  assert.deepEqual([await resolve("web"), await resolve("mail")], [GOOD, BAD]);
  assert.deepEqual(server.asked, ["web", "mail", "mail"]);
});

Deno.test("HostNames waits 3 s for an answer, and asks a silent name server only once at a time", async () => {
  const server = new NameServer();
  const first = server.names.all("web");
  await server.clock.advance(3000);
  assert.deepEqual(await first, { failure: "no answer within 3s" });
  const second = server.names.all("web");
  await server.clock.advance(1000);
  assert.deepEqual(server.asked, ["web"]);
  server.answerLate(GOOD);
  assert.deepEqual(await second, GOOD);
});

Deno.test("HostRetry retries after growing delays until no name is missing, and begins anew", async () => {
  const clock = new FakeClock();
  const at: number[] = [];
  let isMissing = true;
  {
    using retry = new HostRetry({
      isNeeded: () => isMissing,
      retry: () => {
        at.push(clock.now());
        return Promise.resolve();
      },
      clock,
    });
    await clock.advance(5000);
    assert.deepEqual(at, [], "not before it begins");
    retry.begin();
    await clock.advance(10_000);
    assert.deepEqual(at, [6000, 8000, 12_000]);
    retry.begin();
    await clock.advance(1500);
    assert.deepEqual(at.slice(3), [16_000]);
    isMissing = false;
    await clock.advance(10_000);
    assert.equal(at.length, 5, "the one that finds the name is the last");
    isMissing = true;
    retry.begin();
    await settle();
  }
  assert.equal(clock.pending, 0);
});
