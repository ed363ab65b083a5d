import assert from "node:assert/strict";
import { ActiveConfig } from "../../../../cli/daemon/active_config.ts";
import { DaemonLog } from "../../../../cli/daemon/log.ts";
import { DaemonSources } from "../../../../cli/daemon/sources.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { testContext } from "../../../support/context.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

/** A daemon's file with a file of targets. */
class Place implements AsyncDisposable {
  readonly #root = Deno.makeTempDirSync();
  readonly path = `${this.#root}/lvsctl.yaml`;
  readonly targets = `${this.#root}/targets.json`;
  readonly lines: string[] = [];
  readonly sources: DaemonSources;
  readonly #log: DaemonLog;

  constructor(stored?: unknown) {
    this.#log = new DaemonLog({
      format: "text",
      isJournal: false,
      isTerminal: true,
      write: (text) => this.lines.push(...text.trimEnd().split("\n")),
      timeOfDay: () => 0,
    });
    this.sources = new DaemonSources({ log: this.#log, readState: () => ({ more: { discovery: stored } }) });
  }

  get name(): string {
    return `file ${this.targets}`;
  }

  write(source: string): void {
    const service = `  - { listen: "fwmark:1", servers: [${source}] }\n`;
    Deno.writeTextFileSync(this.path, `version: 1\nservices:\n${service}`);
  }

  list(...targets: readonly string[]): void {
    Deno.writeTextFileSync(this.targets, JSON.stringify([{ targets }]));
  }

  open(): Promise<ActiveConfig> {
    const unused = (): never => assert.fail("not for this test");
    const io = { out: unused, err: unused, control: unused, readStdin: unused, interactive: false, confirm: unused };
    const context = testContext(io, { surroundings: surroundingsOf({}) });
    const { path, sources } = this;
    return ActiveConfig.open(context, { path, log: this.#log, clock: new FakeClock(), sources });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sources[Symbol.asyncDispose]();
    Deno.removeSync(this.#root, { recursive: true });
  }
}

function servers({ desired }: ActiveConfig): string | undefined {
  return desired.services[0]?.servers.map(({ address }) => address).join(" ");
}

Deno.test("a daemon's file has the servers of its sources, and follows only the sources that it has", async () => {
  await using place = new Place();
  place.write(`{ file: ${place.targets} }`);
  place.list("10.0.0.11:80", "10.0.0.12:80");
  const config = await place.open();
  assert.equal(servers(config), "10.0.0.11 10.0.0.12");
  assert.deepEqual(place.lines, [`lvsctl: ${place.name} lists 2 servers`]);
  assert.deepEqual(place.sources.status.map(({ name, servers }) => [name, servers]), [[place.name, 2]]);
  place.write("10.0.0.13:80");
  await config.reload(() => Promise.resolve());
  assert.equal(servers(config), "10.0.0.13");
  assert.deepEqual(place.sources.status, []);
});

Deno.test("a new list reaches the file without reading it, once", async () => {
  await using place = new Place();
  place.write(`{ file: ${place.targets} }`);
  place.list("10.0.0.11:80", "10.0.0.12:80");
  const config = await place.open();
  // The first list came while the file was read.
  await config.resolveAgain();
  assert.equal(await config.resolveAgain(), false, "nothing has changed");
  const changed = Promise.withResolvers<void>();
  place.sources.handle(changed.resolve);
  place.list("10.0.0.11:80");
  place.sources.accept(place.name);
  await changed.promise;
  Deno.writeTextFileSync(place.path, "not valid");
  assert.equal(await config.resolveAgain(), true);
  assert.equal(servers(config), "10.0.0.11");
  assert.equal(await config.resolveAgain(), false);
});

Deno.test("the lists of the daemon before this one are used while a source is away", async () => {
  await using first = new Place();
  first.write(`{ file: ${first.targets} }`);
  first.list("10.0.0.11:80");
  await first.open();
  const stored = JSON.parse(JSON.stringify(first.sources));
  await using next = new Place({ ...stored, sources: [{ ...stored.sources[0], name: "placeholder" }] });
  next.write(`{ file: ${next.targets} }`);
  assert.equal(servers(await next.open()), "", "another source's list is not used");
  await using last = new Place(stored);
  last.write(`{ file: ${first.targets} }`);
  Deno.removeSync(first.targets);
  assert.equal(servers(await last.open()), "10.0.0.11");
});

Deno.test("DaemonSources.accept() refuses an unknown name, and names the sources", async () => {
  await using place = new Place();
  assert.throws(() => place.sources.accept("srv web"), LvsctlError);
  place.write(`{ file: ${place.targets} }`);
  place.list("10.0.0.11:80");
  await place.open();
  assert.throws(() => place.sources.accept("srv web"), (error: unknown) => {
    assert.ok(error instanceof LvsctlError);
    assert.match(error.message, /no source has the name "srv web"; its sources are file \//);
    return true;
  });
});
