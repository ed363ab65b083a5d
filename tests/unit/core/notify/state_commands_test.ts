import assert from "node:assert/strict";
import { VRRP_EVENTS, type VrrpEventKind } from "../../../../core/model/mod.ts";
import type { Delivery } from "../../../../core/notify/delivery.ts";
import { StateCommands } from "../../../../core/notify/state_commands.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { realSurroundings, stateEvent } from "../../../support/notifications.ts";

interface Started {
  readonly words: string;
  readonly signal: AbortSignal;
  end(delivery?: Delivery): void;
}

/** Commands that end when the test says so. */
class Bench {
  readonly started: Started[] = [];
  readonly troubles: string[] = [];
  readonly clock = new FakeClock();
  readonly commands: StateCommands;

  constructor() {
    this.commands = new StateCommands({
      send: ({ notification, messages }, _context, { signal }) =>
        new Promise((resolve, reject) => {
          const command = notification.type === "exec" ? notification.command.join(" ") : "";
          const words = messages.map(({ event }) => `${command} ${"name" in event ? event.name : ""} ${event.kind}`);
          const end = (delivery: Delivery = { ok: true }): void => resolve(delivery);
          this.started.push({ words: words.join(), signal, end });
          if (command === "/bin/bug") reject(new Error("a bug"));
          signal.addEventListener("abort", () => resolve({ ok: false, left: [], reason: "interrupted" }));
        }),
      context: realSurroundings({ clock: this.clock }),
      onTrouble: ({ destination, reason, events }) => this.troubles.push(`${destination}: ${reason} (${events})`),
    });
  }

  async change(name: string, kind: VrrpEventKind, program = "/bin/x"): Promise<void> {
    this.commands.add(stateEvent(kind, { name }), {
      type: "exec",
      on: VRRP_EVENTS,
      command: [program],
      timeoutMs: 10_000,
    });
    await this.clock.advance(0);
  }

  async end(index: number, delivery?: Delivery): Promise<void> {
    this.started[index]?.end(delivery);
    await this.clock.advance(0);
  }

  get words(): readonly string[] {
    return this.started.map(({ words }) => words);
  }
}

Deno.test("StateCommands runs the commands of one instance in order, and never two of them at once", async () => {
  const bench = new Bench();
  await bench.change("edge", "backup", "/bin/down");
  await bench.change("edge", "active", "/bin/up");
  await bench.change("edge", "backup", "/bin/down");
  await bench.change("inside", "active");
  assert.deepEqual(bench.words, ["/bin/down edge backup", "/bin/x inside active"]);
  await bench.end(0);
  assert.equal(bench.words[2], "/bin/up edge active");
  await bench.end(2);
  assert.equal(bench.words[3], "/bin/down edge backup");
  await bench.end(3);
  await bench.change("edge", "active");
  assert.equal(bench.words[4], "/bin/x edge active");
});

Deno.test("StateCommands reports failures, and continues after them", async () => {
  const bench = new Bench();
  await bench.change("edge", "backup");
  await bench.change("edge", "active", "/bin/bug");
  await bench.change("edge", "fault");
  await bench.end(0, { ok: false, left: [], reason: "no end within 5s" });
  assert.deepEqual(bench.troubles, [
    "exec /bin/x: instance edge: no end within 5s (1)",
    "exec /bin/bug: instance edge: internal error: a bug (1)",
  ]);
  assert.equal(bench.words.at(-1), "/bin/x edge fault");
});

Deno.test("StateCommands drops the oldest of too many commands", async () => {
  const bench = new Bench();
  for (let change = 0; change < 102; change++) await bench.change("edge", change % 2 === 0 ? "active" : "backup");
  assert.deepEqual(bench.troubles, [
    "exec /bin/x: more than 100 commands of instance edge wait; the oldest are dropped (1)",
  ]);
  await bench.end(0);
  assert.deepEqual(bench.words, ["/bin/x edge active", "/bin/x edge active"]);
});

Deno.test("StateCommands waits for commands at the end, and kills what runs when the signal is aborted", async () => {
  const bench = new Bench();
  const limit = new AbortController();
  await bench.change("edge", "active");
  await bench.change("edge", "backup");
  await bench.change("edge", "stop");
  const closed = bench.commands.close(limit.signal);
  await bench.end(0);
  assert.deepEqual(bench.words, ["/bin/x edge active", "/bin/x edge backup"]);
  limit.abort();
  await closed;
  assert.deepEqual(bench.troubles, [
    "exec /bin/x: instance edge: interrupted (1)",
    "exec /bin/x: instance edge: the daemon ends (1)",
  ]);
  await bench.change("edge", "active");
  assert.equal(bench.words.length, 2);
});
