import assert from "node:assert/strict";
import { formatMetrics, routerMetrics } from "../../../../core/metrics/mod.ts";
import { routerStatuses } from "../../../support/router_status.ts";

Deno.test("routerMetrics() has state, priority and counters of each router", () => {
  const lines = [...formatMetrics(routerMetrics(routerStatuses(), { discarded: { length: 4 } }), "prometheus")].join("")
    .split("\n");
  const of = (family: string): readonly string[] => lines.filter((line) => line.includes(`family="${family}"`));
  assert.deepEqual(of("ipv4"), [
    'lvsctl_vrrp_active{vrrp="edge",family="ipv4"} 1',
    'lvsctl_vrrp_fault{vrrp="edge",family="ipv4"} 0',
    'lvsctl_vrrp_priority{vrrp="edge",family="ipv4"} 90',
    'lvsctl_vrrp_configured_priority{vrrp="edge",family="ipv4"} 150',
    'lvsctl_vrrp_last_change_timestamp_seconds{vrrp="edge",family="ipv4"} 1780272000',
    'lvsctl_vrrp_contested{vrrp="edge",family="ipv4"} 0',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="addresses"} 0',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="vrid"} 0',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="priority"} 1',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="interval"} 0',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="version"} 0',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="password"} 0',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="destination"} 0',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="peer"} 0',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="hop-limit"} 0',
    'lvsctl_vrrp_findings{vrrp="edge",family="ipv4",kind="source"} 0',
    'lvsctl_vrrp_activations_total{vrrp="edge",family="ipv4"} 1',
    'lvsctl_vrrp_advertisements_sent_total{vrrp="edge",family="ipv4"} 100',
    'lvsctl_vrrp_advertisements_received_total{vrrp="edge",family="ipv4"} 7',
    'lvsctl_vrrp_advertisements_discarded_total{vrrp="edge",family="ipv4",reason="hop-limit"} 2',
  ]);
  assert.equal(of("ipv6").length, 19);
  assert.deepEqual(lines.filter((line) => line.startsWith("lvsctl_vrrp_unmatched_")), [
    'lvsctl_vrrp_unmatched_advertisements_total{reason="vrid"} 0',
    'lvsctl_vrrp_unmatched_advertisements_total{reason="length"} 4',
  ]);
});

Deno.test("routerMetrics() has nothing without a router", () => {
  assert.deepEqual(routerMetrics([], { discarded: { vrid: 1 } }), []);
});
