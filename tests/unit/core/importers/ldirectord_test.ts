import assert from "node:assert/strict";
import { parseConfig, readConfig } from "../../../../core/config/mod.ts";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { type Imported, loadLdirectord } from "../../../../core/importers/mod.ts";
import { GLOBAL_DIRECTIVES, SERVICES, VIRTUAL_DIRECTIVES } from "../../../../core/importers/ldirectord/directives.ts";
import { fixtures, formatReport, WORLD } from "./import_fixtures.ts";

const FIXTURES = fixtures("ldirectord", "ldirectord.cf");

async function importText(text: string): Promise<Imported> {
  return await (await loadLdirectord()).importLdirectord({ file: "ldirectord.cf", text }, WORLD);
}

for (const { name, text, expected, report } of FIXTURES) {
  Deno.test(`importLdirectord() converts ${name} to the expected file and report`, async () => {
    const imported = await importText(text);
    assert.equal(imported.text, expected);
    assert.equal(formatReport(imported), report);
    // lvsctl accepts the file.
    await parseConfig(imported.text, { file: "-", resolve: WORLD.resolve });
  });

  Deno.test(`importLdirectord() mentions every line of ${name}`, async () => {
    const imported = await importText(text);
    const mentioned = new Set([
      ...[...imported.text.matchAll(/ldirectord\.cf:(\d+) /g)].map(([, line]) => Number(line)),
      ...imported.unmapped.map(({ line }) => line),
    ]);
    // The first line of a service that cannot be imported stands for all its lines.
    let isGone = false;
    const lost = text.split("\n").flatMap((line, index) => {
      if (/^virtual/.test(line)) isGone = imported.unmapped.some((each) => each.line === index + 1);
      return /^\s*(?:#|$)/.test(line) || mentioned.has(index + 1) || isGone ? [] : [`${index + 1}: ${line.trim()}`];
    });
    assert.deepEqual(lost, []);
  });
}

Deno.test("the fixtures of ldirectord use every directive, every service and every kind of check", () => {
  assert.ok(FIXTURES.length >= 15);
  const texts = FIXTURES.map(({ text }) => text).join("\n");
  const inside = Object.keys(VIRTUAL_DIRECTIVES).filter((name) => !new RegExp(`^\\s+${name} = `, "m").test(texts));
  const outside = Object.keys(GLOBAL_DIRECTIVES).filter((name) => !new RegExp(`^${name}\\b`, "m").test(texts));
  assert.deepEqual([inside, outside], [[], []]);
  const types = ["connect", "negotiate", "ping", "external", "external-perl", "on", "off", "\\d+"];
  assert.deepEqual(types.filter((type) => !new RegExp(`checktype = ${type}$`, "m").test(texts)), []);
  const converted = FIXTURES.map(({ expected }) => expected).join("\n");
  const words: Readonly<Record<string, string>> = {
    "http_proxy": "http",
    none: "check: none",
    oracle: "tcp",
    pgsql: "postgresql",
    pop: "pop3",
    pops: "pop3s",
    simpletcp: "tcp",
  };
  assert.deepEqual(SERVICES.filter((service) => !converted.includes(words[service] ?? `type: ${service}`)), []);
});

Deno.test("importLdirectord() imports the sample of Debian's package, whose autoreload alone has no counterpart", async () => {
  const sample = Deno.readTextFileSync("/usr/share/doc/ldirectord/examples/ldirectord.cf");
  for (const [text, count] of [[sample, 1], [withCommented(sample), 15]] as const) {
    const imported = await importText(text);
    const { services } = await parseConfig(imported.text, { file: "-" });
    assert.ok(services.length >= count && services.filter(({ servers }) => servers.length > 0).length >= count);
  }
  const { text, unmapped, findings } = await importText(sample);
  assert.deepEqual(unmapped.map(({ directive }) => directive), ["autoreload = yes"]);
  const { warnings } = await readConfig(text, { file: "-", lint: {} });
  assert.deepEqual([warnings, findings], [[], []]);
});

/** The sample with its commented directives uncommented. */
function withCommented(sample: string): string {
  return sample.replaceAll(/^(\s*)#(\s*)(\w+(?: ?= ?|=).*)$/gm, "$1$2$3");
}

for (
  const [what, text] of [
    ["empty", ""],
    ["of comments", "# virtual = 192.0.2.10:80\n\n"],
    ["of another program", "global_defs {\n  router_id x\n}\n"],
    ["full of control characters", "\0\x01virtual\x02=\u202e\n".repeat(100)],
  ] as const
) {
  Deno.test(`importLdirectord() refuses a file that is ${what}`, async () => {
    await assert.rejects(() => importText(text), (error: unknown) => {
      assert.ok(error instanceof LvsctlError && error.exitCode === EXIT.usage);
      assert.equal(
        error.message,
        "Cannot import ldirectord.cf: it has no virtual service; check the file and the program in the command",
      );
      return true;
    });
  });
}

Deno.test("importLdirectord() refuses a file without an importable service, and gives the reasons", async () => {
  const text = "virtual=nowhere:80\n\treal=10.0.0.1:80 gate\nvirtual=192.0.2.1:\u001b[31mred\n";
  await assert.rejects(() => importText(text), (error: unknown) => {
    assert.ok(error instanceof LvsctlError && error.exitCode === EXIT.usage);
    assert.deepEqual(error.message.split("\n"), [
      "ldirectord.cf:1:1: virtual = nowhere:80: nowhere is neither an IPv4 address nor a host with one; ldirectord rejects " +
      "the whole file",
      "ldirectord.cf:3:1: virtual = 192.0.2.1: [31mred: it is neither ADDRESS:PORT nor a firewall mark; " +
      "ldirectord reads it as the firewall mark 192",
    ]);
    return true;
  });
});

Deno.test("importLdirectord() converts damaged files to valid files", async () => {
  const [web] = FIXTURES.filter(({ name }) => name === "web");
  const lines = web?.text.split("\n") ?? [];
  const signs = ["\0", '"', "#", "=", "\t", "[", "->", "{", "$(x)", "99999999999999999999", "\u202e", "\ud800"];
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 60; round++) {
    const changed = lines.map((line) => {
      if (random(4) !== 0 || line.startsWith("virtual")) return line;
      const at = random(line.length + 1);
      return line.slice(0, at) + (signs[random(signs.length)] ?? "") + line.slice(at + random(3));
    });
    const imported = await importText(changed.join("\n"));
    await parseConfig(imported.text, { file: "-", resolve: WORLD.resolve });
  }
});

Deno.test("importLdirectord() imports a thousand services with a hundred mistakes", async () => {
  const text = Array.from({ length: 1000 }, (_, index) => {
    const address = `192.0.${index >> 8}.${index & 255}`;
    const thresholds = index % 10 === 0 ? "l:10 u:5" : "l:5 u:10";
    return `virtual=${address}:80\n\treal=10.0.0.1:80 gate 1 ${thresholds}\n\treal=10.0.0.2:80 gate\n\tchecktype=connect\n`;
  }).join("");
  const { text: converted, unmapped } = await importText(text);
  assert.equal(unmapped.length, 100);
  assert.equal((await parseConfig(converted, { file: "-" })).services.length, 1000);
});

for (
  const { written, expected } of [
    { written: "checkinterval = 1\nchecktimeout = 3\n", expected: [1000, 3000, "connect"] },
    { written: "checkinterval = 10\nnegotiatetimeout = 30\n", expected: [10_000, 30_000, "negotiate"] },
    { written: "checkinterval = 20\nchecktimeout = 3\n", expected: [20_000, 3000, "connect"] },
    { written: "", expected: [10_000, 30_000, "negotiate"] },
  ] as const
) {
  Deno.test(`importLdirectord() keeps the timing of ${JSON.stringify(written)}`, async () => {
    const [intervalMs, timeoutMs, checktype] = expected;
    const { text } = await importText(
      `${written}virtual = 192.0.2.10:80\n\treal = 10.0.0.11:80 masq\n\tchecktype = ${checktype}\n\tservice = http\n`,
    );
    const { services } = await parseConfig(text, { file: "-" });
    assert.deepEqual([services[0]?.check?.intervalMs, services[0]?.check?.timeoutMs], [intervalMs, timeoutMs]);
  });
}

for (
  const [flags, weight] of [["gate -w 5", 5], ["gate 3", 3], ["masq weight 7", 7], ["gate", 1], [
    "gate  2  l:1 u:9",
    2,
  ]] as const
) {
  Deno.test(`importLdirectord() reads the server "${flags}" as ldirectord does`, async () => {
    const imported = await importText(`virtual=192.0.2.10:80\n\treal=10.0.0.11:80 ${flags}\n\tchecktype=connect\n`);
    const { services: [service] } = await parseConfig(imported.text, { file: "-" });
    assert.equal(service?.servers[0]?.weight, weight);
    assert.deepEqual(imported.unmapped, []);
  });
}

Deno.test("importLdirectord() keeps the good addresses of mails, and names a bad one once", async () => {
  const virtual = (last: number): string =>
    `virtual=192.0.2.${last}:80\n\treal=10.0.0.11:80 gate\n\tchecktype=connect\n\n`;
  const imported = await importText(
    `emailalert="root, ops@example.com, a b"\nemailalertfrom="a@example.com"\n\n${virtual(10)}${virtual(11)}`,
  );
  assert.match(imported.text, /to: \["?root@localhost"?, "?ops@example.com"?\]/);
  assert.match(imported.text, /from: "?a@example.com/);
  assert.deepEqual(imported.unmapped.map(({ line, reason }) => [line, reason]), [
    [1, "a b is not a mail address; it is left out"],
  ]);
});

Deno.test("importLdirectord() takes yes and no only without further blanks, as ldirectord does", async () => {
  const text = "virtual=192.0.2.10:80\r\n\treal=10.0.0.11:80 gate\r\n\tquiescent=yes\r\n\tchecktype=connect\r\n";
  const imported = await importText(text);
  assert.deepEqual(imported.unmapped.map(({ line }) => line), [3]);
});

Deno.test("importLdirectord() ignores thresholds after a request with a slash, as ldirectord does, and says so", async () => {
  const text = (request: string): string =>
    `virtual=192.0.2.10:80\n\treal=10.0.0.11:80 masq "${request}", "b" u:9\n\tchecktype=connect\n`;
  for (const [request, threshold, reports] of [["/a", 0, 1], ["a", 9, 0]] as const) {
    const imported = await importText(text(request));
    const { services: [service] } = await parseConfig(imported.text, { file: "-" });
    assert.deepEqual([service?.servers[0]?.upperThreshold, imported.unmapped.length], [threshold, reports], request);
  }
});
