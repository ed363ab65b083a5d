import assert from "node:assert/strict";
import {
  ConfigError,
  type ConfigFile,
  type HostAnswer,
  parseConfig,
  readConfig,
} from "../../../../../core/config/mod.ts";
import { EXIT } from "../../../../../core/errors/mod.ts";
import { parseIpAddress } from "../../../../../core/model/mod.ts";

const discover = (): never => assert.fail("the file has no source");

const NAMED = "version: 1\nservices:\n  - listen: tcp://192.0.2.10:80\n    servers: [web1.example, 10.0.0.12]\n";

Deno.test("readConfig without a resolver lists the host names and leaves their servers out", async () => {
  const { desired, hosts } = await readConfig(NAMED, { file: "web.yaml" });
  assert.deepEqual(hosts, ["web1.example"]);
  assert.deepEqual(desired.services[0]?.servers.map(({ address }) => address), ["10.0.0.12"]);
});

Deno.test("a file with problems is rejected before a name is resolved", async () => {
  const resolve = (): never => assert.fail("a name was resolved");
  await assert.rejects(parseConfig(NAMED.replace("tcp:", "tpc:"), { file: "web.yaml", resolve }), ConfigError);
});

Deno.test("parseConfig without a resolver rejects host names", async () => {
  await assert.rejects(parseConfig(NAMED, { file: "web.yaml" }), {
    message: "web.yaml:4:15: Cannot resolve web1.example: host names are not resolved here",
    exitCode: EXIT.refused,
  });
});

Deno.test("host names may have ranges with leading zeros, in any case", async () => {
  const text = NAMED.replace("web1.example", '"Web[08-10].Example"');
  assert.deepEqual(
    (await readConfig(text, { file: "-" })).hosts,
    [
      "web08.example",
      "web09.example",
      "web10.example",
    ],
  );
});

Deno.test("the order of a resolver's addresses does not matter, and duplicates count once", async () => {
  const text = NAMED.replace("web1.example", "{ address: web1.example, resolve: first }");
  for (const order of [["10.0.0.9", "10.0.0.10"], ["10.0.0.10", "10.0.0.9", "10.0.0.9"]]) {
    const resolve = () => Promise.resolve({ addresses: order.map(parseIpAddress) });
    const { services } = await parseConfig(text, { file: "web.yaml", resolve });
    assert.deepEqual(services[0]?.servers.map(({ address }) => address), ["10.0.0.9", "10.0.0.12"]);
  }
  const twice = () => Promise.resolve({ addresses: ["10.0.0.9", "10.0.0.9"].map(parseIpAddress) });
  assert.equal((await parseConfig(NAMED, { file: "web.yaml", resolve: twice })).services[0]?.servers.length, 2);
});

const TWO =
  "version: 1\nservices:\n  - listen: tcp://192.0.2.10:80\n    servers: [web1.example, web2.example, 10.0.0.12]\n" +
  "  - { listen: tcp://192.0.2.11:80, servers: [10.0.0.13] }\n";

Deno.test("readConfig can leave out host names without a usable address, and resolve them again", async () => {
  const answers: Record<string, string[] | string> = {
    "web1.example": ["10.0.0.11"],
    "web2.example": "no such name",
  };
  const resolve = (name: string): Promise<HostAnswer> => {
    const found = answers[name] ?? "unknown";
    return Promise.resolve(typeof found === "string" ? { failure: found } : { addresses: found.map(parseIpAddress) });
  };
  const first = await readConfig(TWO, { file: "web.yaml", resolve, omitsUnresolved: true });
  const hosts = ({ desired }: ConfigFile): unknown =>
    desired.services.map(({ servers, unresolved }) => [
      servers.map(({ address }) => address).join(" "),
      unresolved?.map(({ host, reason }) => `${host}: ${reason}`),
    ]);
  const other = ["10.0.0.13", undefined];
  assert.deepEqual(hosts(first), [
    ["10.0.0.11 10.0.0.12", ["web2.example: Cannot resolve web2.example: no such name"]],
    other,
  ]);
  const unusable: readonly (readonly [string[], string])[] = [
    [[], "web2.example has no IPv4 address"],
    [["2001:db8::1"], "web2.example has no IPv4 address, only 2001:db8::1"],
    [["10.0.0.21", "10.0.0.22"], "web2.example has 2 IPv4 addresses, 10.0.0.21, 10.0.0.22; write one of them, or set"],
    [["10.0.0.12"], "10.0.0.12:80 is a server of the service already"],
    [["10.0.0.11"], "10.0.0.11:80 is a server of the service already"],
  ];
  for (const [addresses, reason] of unusable) {
    answers["web2.example"] = addresses;
    const again = await first.resolveAgain?.({ resolve, discover });
    const [service] = again?.desired.services ?? [];
    const [left] = service?.unresolved ?? [];
    assert.ok(left?.reason.startsWith(reason), `${left?.reason} for ${addresses.join()}`);
  }
  answers["web2.example"] = ["10.0.0.14"];
  const last = await first.resolveAgain?.({ resolve, discover });
  assert.deepEqual(last && hosts(last), [["10.0.0.11 10.0.0.14 10.0.0.12", undefined], other]);
  assert.equal(last?.resolveAgain, undefined, "nothing is missing any more");
});

Deno.test("readConfig leaves a service without servers if none of its host names has an address", async () => {
  const resolve = (): Promise<HostAnswer> => Promise.resolve({ failure: "no name server answers" });
  const text = NAMED.replace(", 10.0.0.12", "");
  const { desired } = await readConfig(text, { file: "web.yaml", resolve, omitsUnresolved: true });
  assert.deepEqual(desired.services.map(({ servers }) => servers), [[]]);
  const dual = text.replace("tcp://192.0.2.10:80", '[tcp://192.0.2.10:80, "tcp://[2001:db8::10]:80"]');
  const both = await readConfig(dual, { file: "web.yaml", resolve, omitsUnresolved: true });
  assert.deepEqual(both.desired.services.map(({ unresolved }) => unresolved?.length), [1, 1]);
});

Deno.test("readConfig reports mistakes of the file also where host names may be missing", async () => {
  const resolve = (): Promise<HostAnswer> => Promise.resolve({ failure: "no name server answers" });
  const text = NAMED.replace("10.0.0.12", "10.0.0.12, 10.0.0.12");
  await assert.rejects(readConfig(text, { file: "web.yaml", resolve, omitsUnresolved: true }), /duplicate server/);
});
