import assert from "node:assert/strict";
import { parseEndpoint } from "../../../../core/model/mod.ts";
import { describeLosses, lossesOf, planTarget } from "../../../../core/reconcile/mod.ts";
import type { Target } from "../../../../core/reconcile/mod.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { realServer, serviceEntry } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const DNS = "udp://192.0.2.53:53";

const BEFORE = [
  serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"),
  serviceEntry(DNS, "10.0.0.13:53"),
  serviceEntry("fwmark:1"),
];

/** The losses of the plan from {@linkcode BEFORE} to a target. */
function losses(target: Target, before = BEFORE): string[] {
  using client = memoryKernel({ services: before }).openClient();
  return describeLosses(lossesOf(planTarget(client, target, { drain: true })));
}

Deno.test("lossesOf() finds none in additions, edits, and the deletion of a server beside another", () => {
  assert.deepEqual(losses({ services: BEFORE, exact: true }), []);
  const added = serviceEntry("fwmark:2", "10.0.0.1:0");
  const shorter = { ...serviceEntry(WEB), servers: [realServer("10.0.0.12:80", { weight: 7 })] };
  assert.deepEqual(losses({ services: [added, shorter], exact: false }), []);
  const exchanged = serviceEntry(WEB, "10.0.0.21:80", "10.0.0.22:80");
  assert.deepEqual(losses({ services: [exchanged], exact: false }), []);
});

Deno.test("lossesOf() finds deleted services, and services that keep no server or none with a weight", () => {
  assert.deepEqual(losses({ services: [], exact: true }), [
    `it deletes virtual service ${DNS}, ${WEB}, fwmark:1`,
  ]);
  const idle = { ...serviceEntry(DNS), servers: [realServer("10.0.0.13:53", { weight: 0 })] };
  assert.deepEqual(losses({ services: [serviceEntry(WEB), idle], exact: false }), [
    `it leaves ${WEB} without a real server`,
    `it leaves ${DNS} without a real server of a weight above 0`,
  ]);
});

Deno.test("lossesOf() finds the last server even if it had weight 0, but not a service that could serve no client before", () => {
  const idle = [{ ...serviceEntry(DNS), servers: [realServer("10.0.0.13:53", { weight: 0 })] }];
  assert.deepEqual(losses({ services: [serviceEntry(DNS)], exact: false }, idle), [
    `it leaves ${DNS} without a real server`,
  ]);
  const other = { ...serviceEntry(DNS), servers: [realServer("10.0.0.14:53", { weight: 0 })] };
  assert.deepEqual(losses({ services: [other], exact: false }, idle), []);
});

Deno.test("lossesOf() finds deleted VIPs, and every service in a flush", () => {
  const { address } = parseEndpoint("192.0.2.10:80");
  const vip = { address, prefixLength: 32, device: "eth0", scope: "global", dad: false, prefixRoute: true } as const;
  const before = { timeouts: { tcpSeconds: 1, tcpFinSeconds: 1, udpSeconds: 1 }, syncDaemons: [], services: BEFORE };
  const vips = { first: [], last: [{ operation: "deleteVip", vip }] } as const;
  assert.deepEqual(describeLosses(lossesOf({ before, changes: [{ operation: "flush" }], vips })), [
    `it deletes virtual service ${WEB}, ${DNS}, fwmark:1`,
    "it deletes VIP 192.0.2.10/32 on eth0",
  ]);
});
