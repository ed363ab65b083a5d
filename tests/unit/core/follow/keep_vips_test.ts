import assert from "node:assert/strict";
import type { RememberedService } from "../../../../core/effective/mod.ts";
import { wantedVips } from "../../../../core/follow/mod.ts";
import {
  DEFAULT_QUORUM,
  type DesiredService,
  formatServiceId,
  parsePrefix,
  type Vip,
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
    const { present, absent } = wantedVips({ vips, services }, remembered);
    assert.ok([...present, ...absent].every(({ address }) => address === vips[0]?.address));
    return [present.length, absent.length];
  };
  assert.deepEqual(wanted("met", "lost", "met"), [1, 0]);
  assert.deepEqual(wanted("lost", "lost", "met"), [0, 1]);
  assert.deepEqual(wanted("lost", undefined, "lost"), [0, 0], "not while one is unknown");
  assert.deepEqual(wanted(), [0, 0], "not at the start");
});
