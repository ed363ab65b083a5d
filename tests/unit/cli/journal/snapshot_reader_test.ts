import assert from "node:assert/strict";
import { parseSnapshot } from "../../../../cli/journal/snapshot_reader.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { DEFAULT_TUNNEL } from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";

const PERSISTENT = virtualService("fwmark6:7", {
  persistence: { timeoutSeconds: 300, netmask: 64, engine: "sip" },
  idleEngine: "sip",
});

const TIMEOUTS = { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 };

const SYNC = { role: "master", interface: "eth0", syncId: 7, maxLength: 1400, group: "224.0.0.81", port: 8848, ttl: 1 };

const VIP = {
  address: "192.0.2.10",
  prefixLength: 32,
  device: "eth0",
  label: "eth0:web",
  scope: "global",
  dad: false,
  prefixRoute: true,
};

const TUNNEL = { ...DEFAULT_TUNNEL, type: "gue", port: 6080 };

const STORED = {
  version: 1,
  made: {
    timeouts: { before: TIMEOUTS, after: { ...TIMEOUTS, tcpSeconds: 1 } },
    syncDaemons: { before: [], after: [SYNC] },
    vips: { before: [VIP], after: [] },
  },
  services: [[WEB, "digest"], ["fwmark:7", null]],
  before: [
    {
      service: virtualService(WEB),
      servers: [
        ["10.0.0.11", 80, "local", 1],
        ["10.0.0.12", 80, "tun", 2, { upperThreshold: 9, lowerThreshold: 5, tunnel: TUNNEL }],
      ],
    },
    { service: PERSISTENT, servers: [] },
  ],
};

/** Copies of a value with one of its parts replaced, with the path of that part. */
function* damaged(value: unknown, replacement: unknown, path = ""): Generator<readonly [path: string, copy: unknown]> {
  yield [path, replacement];
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    for (const [where, copy] of damaged(part, replacement, `${path}/${key}`)) {
      yield [where, Array.isArray(value) ? value.with(Number(key), copy) : { ...value, [key]: copy }];
    }
  }
}

Deno.test("parseSnapshot() reads every part of a snapshot", () => {
  const { before, digests, settings } = parseSnapshot(JSON.stringify(STORED), "x-1");
  assert.deepEqual(before, [
    {
      service: virtualService(WEB),
      servers: [
        realServer("10.0.0.11:80", { forward: "local" }),
        realServer("10.0.0.12:80", {
          forward: "tun",
          weight: 2,
          upperThreshold: 9,
          lowerThreshold: 5,
          tunnel: { ...DEFAULT_TUNNEL, type: "gue", port: 6080 },
        }),
      ],
    },
    { service: PERSISTENT, servers: [] },
  ]);
  assert.deepEqual([...digests], [[WEB, "digest"], ["fwmark:7", undefined]]);
  assert.deepEqual(settings, STORED.made);
});

Deno.test("parseSnapshot() refuses a snapshot in which any part has another type", () => {
  let count = 0;
  for (const replacement of [{ other: true }, ["other"], "", -1, 1.5, null]) {
    for (const [path, copy] of damaged(STORED, replacement)) {
      // A text may be empty, and an absent digest is null.
      if (replacement === "" && /(scheduler|[eE]ngine|interface|device|label|\/services\/\d\/\d)$/.test(path)) continue;
      if (replacement === null && /^\/services\/\d\/1$/.test(path)) continue;
      count++;
      assert.throws(() => parseSnapshot(JSON.stringify(copy), "x-1"), LvsctlError, `${path}: ${replacement}`);
    }
  }
  assert.ok(count > 400, `${count} damaged snapshots`);
});

Deno.test("parseSnapshot() refuses other texts and other versions", () => {
  for (
    const text of [
      "",
      "{}\nversion: 1\n",
      "null\n",
      "version: 1\nservices: []\n",
      '{"version":2,"services":{},"made":{}}\n',
    ]
  ) {
    assert.throws(() => parseSnapshot(text, "x-1"), /Cannot read the snapshot x-1: it is not a snapshot of the format/);
  }
});
