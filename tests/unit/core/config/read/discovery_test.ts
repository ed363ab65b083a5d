import assert from "node:assert/strict";
import { ConfigError, type ConfigFile, parseConfig, readConfig } from "../../../../../core/config/mod.ts";
import { EXIT } from "../../../../../core/errors/mod.ts";
import { type Discovery, type DiscoveryAnswer, formatServerId, parseIpAddress } from "../../../../../core/model/mod.ts";

/** A file with one service and these servers. */
function fileWith(servers: readonly string[], settings = "listen: tcp://192.0.2.10:80"): string {
  const items = servers.map((server) => `      - ${server}\n`).join("");
  return `version: 1\nservices:\n  - ${settings}\n    servers:\n${items}`;
}

function list(...servers: readonly string[]): DiscoveryAnswer {
  return {
    servers: servers.map((text) => {
      const [address = "", port, weight] = text.split(" ");
      const number = (digits: string | undefined): number | undefined => digits ? Number(digits) : undefined;
      return { address: parseIpAddress(address), port: number(port), weight: number(weight) };
    }),
  };
}

async function read(text: string, answer: DiscoveryAnswer | ((discovery: Discovery) => DiscoveryAnswer)): Promise<
  readonly string[]
> {
  const discover = (discovery: Discovery): Promise<DiscoveryAnswer> =>
    Promise.resolve(typeof answer === "function" ? answer(discovery) : answer);
  const { services: [service] } = await parseConfig(text, { file: "web.yaml", discover });
  return service?.servers.map((server) => `${formatServerId(server)} ${server.weight}`) ?? [];
}

async function problem(text: string): Promise<string> {
  try {
    await readConfig(text, { file: "web.yaml" });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "valid";
}

Deno.test("every kind of source has a name, and its settings or their defaults", async () => {
  const file = fileWith([
    "{ srv: _http._tcp.Web.example.com. }",
    "{ names: { name: web.example.com, name_servers: [10.0.0.53, '[2001:db8::53]:5353'], min_ttl: 1s } }",
    "{ file: /etc/lvsctl/targets.json, max_loss: 20, loss_hold: 1m }",
    "{ http: https://sd.example.com/targets?a=b, timeout: 2s }",
    "{ consul: { service: web, tags: [blue, eu], datacenter: dc1 } }",
    "{ kubernetes: { service: web, url: https://10.96.0.1, port_name: http, token_file: /t, tls: { ca: /ca } } }",
  ]);
  const { sources, desired } = await readConfig(file, { file: "web.yaml" });
  assert.deepEqual(sources.map(({ name }) => name), [
    "srv _http._tcp.web.example.com",
    "names web.example.com",
    "file /etc/lvsctl/targets.json",
    "http https://sd.example.com/targets",
    "consul web, tag blue, tag eu, dc1 at http://127.0.0.1:8500",
    "kubernetes default/web, port http at https://10.96.0.1",
  ]);
  assert.deepEqual(desired.services[0]?.servers, [], "without a resolver a source has no servers");
  const [srv, , targets, http] = sources;
  assert.deepEqual(srv, {
    name: "srv _http._tcp.web.example.com",
    source: {
      kind: "srv",
      name: "_http._tcp.web.example.com",
      family: "both",
      minTtlMs: 5000,
      maxTtlMs: 300_000,
    },
    timeoutMs: 5000,
    maxLossPercent: 50,
    holdMs: 300_000,
  });
  assert.deepEqual([targets?.maxLossPercent, targets?.holdMs, http?.timeoutMs], [20, 60_000, 2000]);
});

Deno.test("the servers of a source have its ports and weights, else those of the file, sorted by address", async () => {
  const source = "{ names: web.example.com, port: 8080, weight: 5, forward: dr }";
  const found = await read(fileWith([source]), list("10.0.0.12", "10.0.0.11 81 3", "10.0.0.13 81 0", "2001:db8::1"));
  assert.deepEqual(found, ["10.0.0.11:81 3", "10.0.0.12:8080 5", "10.0.0.13:81 0"]);
  assert.deepEqual(await read(fileWith(["{ srv: web }"]), list("10.0.0.1")), ["10.0.0.1:80 1"]);
});

Deno.test("each address of a dual-stack service gets the servers of its family", async () => {
  const file = fileWith(["{ srv: web }"], "listen: [tcp://192.0.2.10:80, 'tcp://[2001:db8::10]:80']");
  const answer = list("10.0.0.1", "2001:db8::1");
  const { services } = await parseConfig(file, { file: "web.yaml", discover: () => Promise.resolve(answer) });
  assert.deepEqual(services.map(({ servers }) => servers.map(formatServerId)), [["10.0.0.1:80"], ["[2001:db8::1]:80"]]);
});

Deno.test("a server that the file names stays the file's, before and after a source that lists it", async () => {
  const named = "{ address: 10.0.0.1:80, weight: 9 }";
  const answer = list("10.0.0.1 80 2", "10.0.0.2 80 2");
  assert.deepEqual(await read(fileWith([named, "{ srv: web }"]), answer), ["10.0.0.1:80 9", "10.0.0.2:80 2"]);
  assert.deepEqual(await read(fileWith(["{ srv: web }", named]), answer), ["10.0.0.2:80 2", "10.0.0.1:80 9"]);
  const two = await read(
    fileWith(["{ srv: web }", "{ file: /a }"]),
    ({ source: { kind } }) => kind === "srv" ? list("10.0.0.1 80 2") : list("10.0.0.1 80 3", "10.0.0.4 80 3"),
  );
  assert.deepEqual(two, ["10.0.0.1:80 2", "10.0.0.4:80 3"], "the first source has it");
});

Deno.test("the desired state knows where a server came from", async () => {
  const discover = (): Promise<DiscoveryAnswer> => Promise.resolve(list("10.0.0.1", "10.0.0.2"));
  const { services: [service] } = await parseConfig(fileWith(["10.0.0.1:80", "{ srv: web }"]), {
    file: "web.yaml",
    discover,
  });
  assert.deepEqual([...service?.origins ?? []], [["10.0.0.2:80", "srv web"]]);
});

Deno.test("a source without servers is an error for a change, and for the daemon it is left out and named", async () => {
  const discover = (): Promise<DiscoveryAnswer> => Promise.resolve({ failure: "no answer in time" });
  const file = fileWith(["10.0.0.1:80", "{ srv: web }"]);
  await assert.rejects(parseConfig(file, { file: "web.yaml", discover }), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.exitCode, EXIT.refused);
    assert.match(error.message, /^web\.yaml:6:16: Cannot get servers from srv web: no answer in time/);
    return true;
  });
  await assert.rejects(parseConfig(file, { file: "web.yaml" }), /sources are not asked here/);
  const config = await readConfig(file, { file: "web.yaml", discover, omitsUnresolved: true });
  const reason = "Cannot get servers from srv web: no answer in time";
  assert.deepEqual(config.desired.services[0]?.unresolved, [{ host: "srv web", reason }]);
});

Deno.test("resolveAgain takes a new list without reading the file", async () => {
  const resolve = (): never => assert.fail("no host is named");
  let answer = list("10.0.0.1");
  const discover = (): Promise<DiscoveryAnswer> => Promise.resolve(answer);
  const shown = (config: ConfigFile | undefined): unknown =>
    config?.desired.services.map(({ servers, unresolved }) => [servers.map(formatServerId), unresolved]);
  const first = await readConfig(fileWith(["{ srv: web }"]), { file: "-", resolve, discover, omitsUnresolved: true });
  answer = list("10.0.0.2");
  assert.deepEqual(shown(await first.resolveAgain?.({ resolve, discover })), [[["10.0.0.2:80"], undefined]]);
  answer = list("2001:db8::1");
  assert.deepEqual(shown(await first.resolveAgain?.({ resolve, discover })), [
    [[], [{ host: "srv web", reason: "srv web has no server with an IPv4 address" }]],
  ]);
});

Deno.test("sources that cannot work are problems of the file", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["{ srv: web, names: web }", /a source must have one of srv and names/],
    ["{ srv: web, address: 10.0.0.1 }", /unknown key "srv"/],
    ["{ srv: web, wight: 3 }", /unknown key "wight"; the keys of a source are .*did you mean "weight"/],
    ["{ srv: '' }", /name must be a domain name/],
    ["{ file: targets.json }", /must be an absolute path/],
    ["{ http: ftp://sd.example.com }", /is not such a URL/],
    ["{ http: https://user:secret@sd.example.com/ }", /the URL has a login or a fragment/],
    ["{ http: { url: http://sd.example.com/, tls: { verify: false } } }", /tls is allowed only with an https URL/],
    ["{ consul: { service: web, url: http://127.0.0.1:8500/v1 } }", /is not such a URL/],
    ["{ kubernetes: { service: web } }", /missing key url/],
    ["{ names: { name: web, min_ttl: 5m, max_ttl: 1m } }", /min_ttl must not be longer than max_ttl/],
    ["{ names: web, max_loss: 101 }", /max_loss must be a whole number from 0 to 100/],
    ["{ names: web, forward: nat, tunnel: { type: gre } }", /the forwarding method nat has no tunnel/],
  ];
  for (const [server, message] of cases) assert.match(await problem(fileWith([server])), message, server);
  assert.doesNotMatch(await problem(fileWith(["{ http: https://user:secret@sd.example.com/ }"])), /secret/);
  assert.match(
    await problem(fileWith(["{ srv: web }", "{ srv: web, max_loss: 10 }"])),
    /srv web has other settings in line 5/,
  );
  assert.equal(await problem(fileWith(["{ srv: web }", "{ srv: web }"])), "valid");
});
