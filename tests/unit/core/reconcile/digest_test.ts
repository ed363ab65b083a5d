import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type KernelState,
  parseIpAddress,
  type PresentVip,
  type RealServer,
  sortEntries,
} from "../../../../core/model/mod.ts";
import { entryDigest, planChanges, stateDigest } from "../../../../core/reconcile/mod.ts";
import { anyStatePair, PROPERTY } from "../../../support/arbitraries.ts";
import { realServer, serviceEntry, virtualService } from "../../../support/samples.ts";

const ALL = { timeouts: true, syncDaemons: true };
const WEB = "tcp://192.0.2.10:80";

function reversed(state: KernelState): KernelState {
  const services = state.services.map(({ service, servers }) => ({ service, servers: servers.toReversed() }));
  return { ...state, services: services.toReversed(), syncDaemons: state.syncDaemons.toReversed() };
}

Deno.test("stateDigest() is the same for two states exactly if nothing leads from one to the other", () => {
  let same = 0;
  fc.assert(
    fc.property(anyStatePair, ([one, other]) => {
      assert.equal(stateDigest(one, ALL), stateDigest(reversed(one), ALL));
      const isSame = planChanges(one, { ...other, exact: true }).length === 0 &&
        JSON.stringify(sortEntries(one.services)) === JSON.stringify(sortEntries(other.services));
      if (isSame) same++;
      assert.equal(stateDigest(one, ALL) === stateDigest(other, ALL), isSame);
    }),
    PROPERTY,
  );
  assert.ok(same > 0, "equal states do not come up");
});

Deno.test("stateDigest() counts timeouts, sync daemons and lvsctl's own addresses only where they are looked at", () => {
  const state: KernelState = {
    timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 },
    syncDaemons: [],
    services: [serviceEntry(WEB, "10.0.0.11:80")],
  };
  const other: KernelState = {
    ...state,
    timeouts: { tcpSeconds: 1, tcpFinSeconds: 2, udpSeconds: 3 },
    syncDaemons: [{ role: "master", interface: "eth0", syncId: 1 }],
  };
  const nothing = { timeouts: false, syncDaemons: false };
  assert.equal(stateDigest(state, nothing), stateDigest(other, nothing));
  assert.notEqual(
    stateDigest(state, { ...nothing, timeouts: true }),
    stateDigest(other, { ...nothing, timeouts: true }),
  );
  assert.notEqual(
    stateDigest(state, { ...nothing, syncDaemons: true }),
    stateDigest(other, { ...nothing, syncDaemons: true }),
  );
  const vip: PresentVip = {
    address: parseIpAddress("192.0.2.10"),
    prefixLength: 32,
    device: "lo",
    scope: "global",
    dad: false,
    prefixRoute: true,
    owned: true,
    state: "up",
  };
  assert.notEqual(stateDigest({ ...state, vips: [vip] }, nothing), stateDigest({ ...state, vips: [] }, nothing));
  assert.equal(stateDigest({ ...state, vips: [{ ...vip, owned: false }] }, nothing), stateDigest(state, nothing));
});

Deno.test("entryDigest() changes with every property of a server, and not with their order", () => {
  const servers = [realServer("10.0.0.11:80"), realServer("10.0.0.12:80")];
  const digest = (...others: readonly RealServer[]): string =>
    entryDigest({ service: virtualService(WEB), servers: others });
  const changed: readonly Partial<RealServer>[] = [
    { address: parseIpAddress("10.0.0.13") },
    { port: 81 },
    { weight: 2 },
    { forward: "dr" },
    { forward: "tun" },
    { upperThreshold: 1 },
    { lowerThreshold: 1 },
    { forward: "tun", tunnel: { type: "gue", port: 1, checksum: "none" } },
    { forward: "tun", tunnel: { type: "gue", port: 1, checksum: "csum" } },
  ];
  const digests = changed.map((properties) =>
    digest(realServer("10.0.0.11:80", properties), realServer("10.0.0.12:80"))
  );
  assert.equal(new Set([digest(...servers), ...digests]).size, changed.length + 1);
  assert.equal(digest(...servers), digest(...servers.toReversed()));
  // Neither may two equal ones undo each other.
  assert.notEqual(digest(), digest(realServer("10.0.0.11:80"), realServer("10.0.0.11:80")));
});

Deno.test("entryDigest() takes local for what it is told to", () => {
  const entry = (forward: RealServer["forward"]): Parameters<typeof entryDigest>[0] => ({
    service: virtualService(WEB),
    servers: [realServer("127.0.0.1:80", { forward })],
  });
  assert.equal(entryDigest(entry("local"), "nat"), entryDigest(entry("nat")));
  assert.notEqual(entryDigest(entry("local")), entryDigest(entry("nat")));
});
