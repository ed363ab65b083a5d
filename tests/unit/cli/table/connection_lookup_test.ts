import assert from "node:assert/strict";
import { connectionLookup, connectionLookupInBackground } from "../../../../cli/table/connection_lookup.ts";
import type { ConnectionList } from "../../../../core/connections/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { realServer, serviceId } from "../../../support/samples.ts";
import { CAPTURED } from "../../core/connections/captured.ts";

const WANTED = [{ id: serviceId("tcp://192.0.2.10:80"), servers: [realServer("10.0.0.11:80")] }];
const LINES = 128;
const BLOCK = "TCP 0A000064 94CA C000020A 0050 0A00000B 0050 TIME_WAIT       100\n".repeat(LINES);

/** A list of connections in blocks of 128 lines, each of which takes a while to read. */
class SlowList implements ConnectionList {
  read = 0;
  isClosed = false;

  readonly #blocks: number;
  readonly #onBlock: () => void;

  constructor(blocks: number, onBlock: () => void) {
    this.#blocks = blocks;
    this.#onBlock = onBlock;
  }

  *[Symbol.iterator](): Generator<Uint8Array, void, undefined> {
    const encoder = new TextEncoder();
    yield encoder.encode(`${CAPTURED.titles}\n`);
    while (this.read < this.#blocks) {
      this.#onBlock();
      this.read++;
      yield encoder.encode(BLOCK);
    }
  }

  [Symbol.dispose](): void {
    this.isClosed = true;
  }
}

Deno.test("connectionLookupInBackground() lets others go on every few milliseconds", async () => {
  const clock = new FakeClock();
  const list = new SlowList(10, () => clock.stall(3));
  const lookUp = connectionLookupInBackground({ clock, openConnections: () => list }, { onUnreadable: assert.fail });
  const found = lookUp(WANTED, { signal: new AbortController().signal });
  await settle();
  assert.equal(list.read, 0, "not while whoever asks is at work");
  const reads = new Set<number>();
  while (!list.isClosed) {
    await clock.advance(5);
    reads.add(list.read);
  }
  assert.deepEqual([...reads], [2, 4, 6, 8, 10]);
  assert.deepEqual([...(await found)[0] ?? []], [["10.0.0.11:80", { closed: 10 * LINES, open: 0 }]]);
});

Deno.test("connectionLookupInBackground() that is aborted closes the list", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const list = new SlowList(10, () => clock.stall(5));
  const lookUp = connectionLookupInBackground({ clock, openConnections: () => list }, { onUnreadable: assert.fail });
  const found = lookUp(WANTED, controller);
  const rejected = assert.rejects(found, /over/);
  await clock.advance(5);
  controller.abort(new Error("over"));
  await rejected;
  assert.deepEqual([list.isClosed, list.read < 10, clock.pending], [true, true, 0]);
});

Deno.test("both look-ups say once that the list cannot be read, and know of nothing closed", async () => {
  const openConnections = (): ConnectionList => {
    throw new LvsctlError("this kernel has no IPVS");
  };
  const said: string[] = [];
  const clock = new FakeClock();
  const inBackground = connectionLookupInBackground({ clock, openConnections }, {
    onUnreadable: (text) => said.push(text),
  });
  const printed: string[] = [];
  const io = {
    out: assert.fail,
    err: (text: string) => void printed.push(text),
    control: assert.fail,
    readStdin: () => "",
    interactive: false,
    confirm: () => false,
  };
  const atOnce = connectionLookup({ io, openConnections });
  const { signal } = new AbortController();
  for (let time = 0; time < 2; time++) {
    const found = inBackground(WANTED, { signal });
    await clock.advance(5);
    assert.deepEqual(await found, []);
    assert.deepEqual(atOnce(WANTED), []);
  }
  const message = "this kernel has no IPVS; closed connections count as open";
  assert.deepEqual([said, printed], [[message], [`lvsctl: ${message}\n`]]);
});
