import assert from "node:assert/strict";
import type { RememberedService } from "../../../../core/effective/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { keepVips, type VipAddresses, wantedVips } from "../../../../core/follow/mod.ts";
import {
  DEFAULT_QUORUM,
  type DesiredService,
  formatServiceId,
  parsePrefix,
  type PresentVip,
  type Vip,
  type VipChange,
} from "../../../../core/model/mod.ts";
import { virtualService } from "../../../support/samples.ts";

/** A service without servers. */
function service(listen: string, withdrawVips: boolean): DesiredService {
  return {
    service: virtualService(listen),
    servers: [],
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
    withdrawVips,
  };
}

function vip(prefix: string): Vip {
  return { ...parsePrefix(prefix), device: "eth0", scope: "global", dad: false, prefixRoute: true };
}

Deno.test("wantedVips() removes a VIP when all its services with withdraw_vips have lost their quorum, and adds it with the first", () => {
  const vips = [vip("192.0.2.10"), vip("192.0.2.11")];
  const services = [
    service("tcp://192.0.2.10:80", true),
    service("tcp://192.0.2.10:443", true),
    service("tcp://192.0.2.10:25", false),
  ];
  const wanted = (...quorums: readonly ("met" | "lost" | undefined)[]): readonly number[] => {
    const remembered = new Map(services.map(({ service }, index): readonly [string, RememberedService] => {
      const quorum = quorums[index];
      return [formatServiceId(service.id), { servers: {}, ...(quorum === undefined ? {} : { quorum }) }];
    }));
    const { present, absent } = wantedVips({ vips, services }, remembered, { keepsAll: false });
    assert.ok([...present, ...absent].every(({ address }) => address === vips[0]?.address));
    return [present.length, absent.length];
  };
  assert.deepEqual(wanted("met", "lost", "met"), [1, 0]);
  assert.deepEqual(wanted("lost", "lost", "met"), [0, 1]);
  assert.deepEqual(wanted("lost", undefined, "lost"), [0, 0], "not while one is unknown");
  assert.deepEqual(wanted(), [0, 0], "not at the start");
});

Deno.test("wantedVips() can keep all VIPs of the file, those with withdraw_vips by their quorum", () => {
  const vips = [vip("192.0.2.10"), vip("192.0.2.11")];
  const services = [service("tcp://192.0.2.10:80", true), service("tcp://192.0.2.11:80", false)];
  const wanted = (quorum?: "met" | "lost"): readonly (readonly string[])[] => {
    const remembered = new Map([[
      "tcp://192.0.2.10:80",
      quorum === undefined ? { servers: {} } : { servers: {}, quorum },
    ]]);
    const { present, absent } = wantedVips({ vips, services }, remembered, { keepsAll: true });
    return [present, absent].map((list) => list.map(({ address }) => address));
  };
  assert.deepEqual(wanted(), [["192.0.2.11"], []]);
  assert.deepEqual(wanted("met"), [["192.0.2.10", "192.0.2.11"], []]);
  assert.deepEqual(wanted("lost"), [["192.0.2.11"], ["192.0.2.10"]]);
});

function unexpected(error: unknown): never {
  assert.fail(String(error));
}

/** An interface on which other hosts have some addresses. */
class Interface implements VipAddresses {
  readonly added: string[] = [];
  readonly taken: ReadonlySet<string>;
  looks = 0;
  constructor(taken: ReadonlySet<string>) {
    this.taken = taken;
  }
  vips(): PresentVip[] {
    return [];
  }
  assertFree(vips: readonly Vip[]): void {
    this.looks++;
    const conflict = vips.find(({ address }) => this.taken.has(address));
    if (conflict !== undefined) throw new LvsctlError(`another host has ${conflict.address}`);
  }
  execute(changes: readonly VipChange[]): ReadonlyMap<number, LvsctlError> {
    this.added.push(...changes.map(({ vip }) => vip.address));
    return new Map();
  }
  announce(): Promise<void> {
    return Promise.resolve();
  }
}

Deno.test("keepVips() adds the VIPs that no other host has, with few looks at the link", () => {
  const present = Array.from({ length: 64 }, (_, index) => vip(`192.0.2.${index + 1}`));
  const free = new Interface(new Set());
  const wanted = { present, absent: [] };
  assert.deepEqual(keepVips(free, wanted, { onFailure: unexpected }).errors, []);
  assert.deepEqual([free.added.length, free.looks], [64, 1]);
  const shared = new Interface(new Set(["192.0.2.7", "192.0.2.50"]));
  const { errors } = keepVips(shared, wanted, { onFailure: unexpected });
  assert.deepEqual(errors.map(String), [
    "LvsctlError: another host has 192.0.2.7",
    "LvsctlError: another host has 192.0.2.50",
  ]);
  assert.equal(shared.added.length, 62);
  assert.ok(shared.looks < 30, `${shared.looks} looks`);
});
