import assert from "node:assert/strict";
import { ActiveConfig } from "../../../../cli/daemon/active_config.ts";
import { DaemonLog, type DaemonLogOptions } from "../../../../cli/daemon/log.ts";
import { testContext } from "../../../support/context.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { surroundingsOf, type World } from "../../../support/surroundings.ts";

const TWO = "version: 1\nservices:\n  - { listen: fwmark:1, servers: ['10.0.0.11:80', 'web.example:80'] }\n" +
  "  - { listen: fwmark:2, servers: ['10.0.0.12:80'] }\n";

/** A file whose text and surroundings a test changes, read by a daemon. */
class Place implements Disposable {
  readonly path = Deno.makeTempFileSync();
  readonly lines: string[] = [];
  readonly hosts: Record<string, readonly string[] | string> = { "web.example": "no such name" };
  readonly files: Record<string, string> = {};

  write(text: string): void {
    Deno.writeTextFileSync(this.path, text);
  }

  open(options: Partial<DaemonLogOptions> = {}): Promise<ActiveConfig> {
    const unused = (): never => assert.fail("not for this test");
    const io = { out: unused, err: unused, control: unused, readStdin: unused, interactive: false, confirm: unused };
    const world: World = { hosts: this.hosts, files: this.files };
    const log = new DaemonLog({
      format: "text",
      isJournal: false,
      isTerminal: true,
      write: (text) => this.lines.push(...text.trimEnd().split("\n")),
      timeOfDay: () => 0,
      ...options,
    });
    const context = testContext(io, { surroundings: surroundingsOf(world) });
    return ActiveConfig.open(context, { path: this.path, log, clock: new FakeClock() });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path);
  }
}

function servers({ desired }: ActiveConfig): readonly string[] {
  return desired.services.map((service) => service.servers.map(({ address }) => address).join(" "));
}

Deno.test("ActiveConfig.open() takes what it can of a file with a host name that has no address, and reports it once", async () => {
  using place = new Place();
  place.write(TWO);
  const config = await place.open();
  assert.deepEqual(servers(config), ["10.0.0.11", "10.0.0.12"]);
  assert.equal(config.isIncomplete, true);
  assert.equal(await config.resolveAgain(), false);
  assert.deepEqual(place.lines, [
    "lvsctl: Cannot resolve web.example: no such name; the other servers are not affected, and the daemon tries again",
  ]);
  place.hosts["web.example"] = "another reason";
  assert.equal(await config.resolveAgain(), false);
  assert.equal(place.lines.length, 1);
  assert.equal(config.desired.services[0]?.unresolved?.[0]?.reason, "Cannot resolve web.example: another reason");
  place.hosts["web.example"] = ["10.0.0.13"];
  place.write("not valid");
  assert.equal(await config.resolveAgain(), true);
  assert.deepEqual(servers(config), ["10.0.0.11 10.0.0.13", "10.0.0.12"], "without reading the file");
  assert.equal(config.isIncomplete, false);
  assert.deepEqual(place.lines.slice(1), ["lvsctl: web.example is resolved"]);
});

Deno.test("ActiveConfig.reload() keeps the addresses of a name that has none now", async () => {
  using place = new Place();
  place.hosts["web.example"] = ["10.0.0.13"];
  place.write(TWO);
  const config = await place.open();
  place.hosts["web.example"] = "the name server fails";
  await config.reload(() => Promise.resolve());
  assert.deepEqual(servers(config), ["10.0.0.11 10.0.0.13", "10.0.0.12"]);
  assert.match(place.lines.join("\n"), /Cannot resolve web\.example: the name server fails; it keeps its earlier/);
});

Deno.test("ActiveConfig.reload() keeps the whole file if an included one is missing, and takes it when it is there", async () => {
  using place = new Place();
  place.write("version: 1\ninclude: /lvs.d/web.yaml\n");
  place.files["/lvs.d/web.yaml"] = "version: 1\nservices: [{ listen: fwmark:1, servers: ['10.0.0.11:80'] }]\n";
  const config = await place.open();
  delete place.files["/lvs.d/web.yaml"];
  await assert.rejects(config.reload(() => Promise.resolve()), /web\.yaml/);
  assert.deepEqual(servers(config), ["10.0.0.11"]);
  assert.match(config.reloadError ?? "", /web\.yaml/);
  place.files["/lvs.d/web.yaml"] = "version: 1\nservices: [{ listen: fwmark:1, servers: ['10.0.0.12:80'] }]\n";
  await config.reload(() => Promise.resolve());
  assert.deepEqual([servers(config), config.reloadError], [["10.0.0.12"], undefined]);
});

const MISTAKES = "version: 1\nservices:\n  - { listen: 'tcp://192.0.2.10:80', servers: [] }\n" +
  "  - { listen: 'tcp://224.0.0.9:80', servers: ['10.0.0.11:80'] }\n";

Deno.test("ActiveConfig.open() logs each finding about the file with its place and code, and its severity once", async () => {
  const logged = async (options: Partial<DaemonLogOptions>): Promise<readonly string[]> => {
    using place = new Place();
    place.write(MISTAKES);
    await place.open(options);
    return place.lines.map((line) => line.replaceAll(place.path, "FILE"));
  };
  const texts = [
    "FILE:3:47: the service has no servers: every connection fails [no-servers]",
    /^FILE:4:15: no client on another host is served at the multicast address .* \[listen-unreachable\]$/,
  ];
  const expected = ["warning", "error"];
  for (
    const [options, prefix] of [
      [{ isTerminal: true }, "lvsctl: LEVEL: "],
      [{ isTerminal: false }, "1970-01-01T00:00:00.000Z LEVEL: "],
    ] as const
  ) {
    const lines = await logged(options);
    assert.equal(lines.length, 2, lines.join("\n"));
    lines.forEach((line, index) => {
      const start = prefix.replace("LEVEL", expected[index] ?? "");
      assert.ok(line.startsWith(start), line);
      const rest = line.slice(start.length);
      const text = texts[index];
      if (typeof text === "string") assert.equal(rest, text);
      else assert.match(rest, text ?? /^$/);
    });
  }
  const records = (await logged({ format: "json" })).map((line) => JSON.parse(line));
  assert.deepEqual(records.map(({ level, event, code }) => ({ level, event, code })), [
    { level: "warning", event: "file", code: "no-servers" },
    { level: "error", event: "file", code: "listen-unreachable" },
  ]);
  for (const { message } of records) assert.doesNotMatch(message, /warning:|error:/);
});

Deno.test("ActiveConfig logs 50 warnings of its file, and the number of the others", async () => {
  using place = new Place();
  const services = Array.from(
    { length: 60 },
    (_, index) => `  - { listen: fwmark:${index + 1}, servers: ['127.0.0.1:80'] }\n`,
  );
  place.write(`version: 1\nservices:\n${services.join("")}`);
  await place.open();
  assert.equal(place.lines.length, 51);
  assert.match(place.lines[49] ?? "", /\[server-loopback\]$/);
  assert.match(
    place.lines[50] ?? "",
    /^lvsctl: warning: .*: and 10 more warnings; "lvsctl config check .*" prints all$/,
  );
});

Deno.test("ActiveConfig.reload() reports that changed metrics need a restart, and says nothing of others", async () => {
  using place = new Place();
  place.write("version: 1\nmetrics: { listen: 127.0.0.1:9180 }\n");
  const config = await place.open();
  await config.reload(() => Promise.resolve());
  assert.deepEqual(place.lines, []);
  place.write("version: 1\nmetrics: { listen: 127.0.0.1:9181 }\n");
  await config.reload(() => Promise.resolve());
  assert.equal(place.lines.length, 1);
  assert.match(place.lines[0] ?? "", /: metrics has changed; restart the daemon to serve them as the file says$/);
});
