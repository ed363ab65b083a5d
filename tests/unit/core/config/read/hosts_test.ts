import assert from "node:assert/strict";
import { resolveHosts } from "../../../../../core/config/read/hosts.ts";
import { ConfigError, parseConfig, readConfig } from "../../../../../core/config/mod.ts";
import { EXIT } from "../../../../../core/errors/mod.ts";
import { parseIpAddress } from "../../../../../core/model/mod.ts";

const NAMED = "version: 1\nservices:\n  - listen: tcp://192.0.2.10:80\n    servers: [web1.example, 10.0.0.12]\n";

Deno.test("resolveHosts resolves every name once, at most 16 at a time", async () => {
  const resolved: string[] = [];
  let open = 0;
  let most = 0;
  const names = Array.from({ length: 100 }, (_, index) => `h${index % 50}`);
  const answers = await resolveHosts(names, async (name) => {
    resolved.push(name);
    most = Math.max(most, ++open);
    await Promise.resolve();
    open--;
    return { addresses: [] };
  });
  assert.deepEqual([resolved.length, new Set(resolved).size, answers.size], [50, 50, 50]);
  assert.ok(most > 1 && most <= 16, `${most} at a time`);
});

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
