import assert from "node:assert/strict";
import { formatStatusView } from "../../../../cli/format/status_lines.ts";
import {
  isUnhealthy,
  readStatusView,
  servicesExitCode,
  statusSummary,
  withoutServing,
  worstFirst,
} from "../../../../cli/format/status_view.ts";
import { sharingJson, sharingLines } from "../../../../cli/format/sharing_lines.ts";
import { statusJson } from "../../../../cli/format/status.ts";
import { plainText } from "../../../../cli/terminal/line.ts";
import { textWidth } from "../../../../cli/terminal/text_width.ts";
import { sharingStatus } from "../../../support/sharing_status.ts";
import { statusReport } from "../../../support/status_report.ts";
import { EXIT } from "../../../../core/errors/mod.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");

/** A server of the daemon's JSON. */
function server(address: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  const last = { at: "2026-01-02T03:04:00Z", ok: true, "latency_ms": 1.25, detail: "status 200" };
  return {
    address,
    health: "healthy",
    since: "2026-01-02T03:02:00Z",
    weight: 1,
    kept: false,
    reasons: [],
    last,
    ...more,
  };
}

const DOWN = server("10.0.0.12:80", {
  health: "unhealthy",
  weight: null,
  last: { "latency_ms": 150, detail: "no answer within 150ms, which is a long reason for a narrow line" },
});

/** A status of the daemon with three services: one is healthy, one has an unhealthy server, one lost its quorum. */
function status(more: Readonly<Record<string, unknown>> = {}): unknown {
  const quorum = { unit: "servers", amount: 1, hysteresis: 0, met: true };
  return {
    version: 1,
    daemon: {
      pid: 7,
      version: "1.2.3",
      file: "/etc/lvsctl/web.yaml",
      "started_at": "2026-01-02T02:04:05Z",
      "loaded_at": "2026-01-02T02:04:05Z",
      "reload_error": null,
      repair: false,
      "dry_run": false,
    },
    services: [
      { service: "fwmark:1", name: null, serving: 1, quorum, fallback: null, servers: [server("10.0.0.11:80")] },
      {
        service: "tcp://192.0.2.10:80",
        name: "web",
        serving: 1,
        quorum,
        fallback: null,
        servers: [server("10.0.0.11:80", { weight: 0, reasons: ["in maintenance by override"] }), DOWN],
      },
      {
        service: "tcp://[2001:db8:1234:5678:9abc:def0:1234:5678]:65535",
        name: "a-service-with-a-long-name",
        serving: 0,
        quorum: { ...quorum, amount: 2, met: false },
        fallback: { address: "127.0.0.1:80", "in_use": true },
        servers: [DOWN],
      },
    ],
    differences: [],
    ...more,
  };
}

Deno.test("formatStatusView() begins with a summary, then shows what needs attention first, with reasons", () => {
  const lines = formatStatusView(readStatusView(status(), { now: NOW }), { now: NOW }).map(plainText);
  assert.deepEqual(lines.map((line) => line.replaceAll(/ {2,}/g, "  ")), [
    "3 services: 1 ok, 1 with unhealthy servers, 1 below quorum",
    "lvsctl 1.2.3, process 7, for 1h: /etc/lvsctl/web.yaml",
    "tcp://[2001:db8:1234:5678:9abc:def0:1234:5678]:65535 (a-service-with-a-long-name): 0 of 1 serve, " +
    "below its quorum of 2",
    "  -> 10.0.0.12:80  unhealthy  out  2m5s  150.0 ms  no answer within 150ms, which is a long reason for a narrow line",
    "  -> 127.0.0.1:80  is in use (fallback)",
    "tcp://192.0.2.10:80 (web): 1 of 2 serve",
    "  -> 10.0.0.11:80  healthy  weight 0  2m5s  1.3 ms  status 200; in maintenance by override",
    "  -> 10.0.0.12:80  unhealthy  out  2m5s  150.0 ms  no answer within 150ms, which is a long reason for a narrow line",
    "fwmark:1: 1 of 1 serve",
    "  -> 10.0.0.11:80  healthy  weight 1  2m5s  1.3 ms  status 200",
  ]);
});

Deno.test("formatStatusView() fits 80 columns and keeps the numbers of each service", () => {
  const differences = [{ text: `+ add real server ${"x".repeat(90)} of fwmark:1: nat, weight 1` }];
  const view = readStatusView(status({ differences }), { now: NOW });
  const lines = formatStatusView(view, { now: NOW, width: 80 }).map(plainText);
  for (const line of lines) assert.ok(textWidth(line) <= 80, line);
  assert.match(lines[2] ?? "", /^tcp:\/\/.*\.\..*\): 0 of 1 serve, below its quorum of 2$/);
  assert.match(lines[3] ?? "", /^ {2}-> 10\.0\.0\.12:80 {2}unhealthy {2}out +2m5s .*\.\.$/);
});

Deno.test("readStatusView() reports a file that is not valid, a dry run, differences, and survives other versions", () => {
  const reload = {
    "reload_error": "web.yaml:3:5: bad\nweb.yaml:4:1: worse",
    "dry_run": true,
    version: "1",
    pid: 1,
    file: "f",
  };
  const { process, differences } = readStatusView(
    status({ daemon: reload, differences: [{ description: "edit real server 10.0.0.1:80 of fwmark:1" }] }),
    { now: NOW },
  );
  assert.deepEqual(process, [
    "lvsctl 1, process 1, for 0s: f; it changes nothing (--dry-run)",
    "The file has changed and is not valid; the previous one stays active:",
    "  web.yaml:3:5: bad",
    "  web.yaml:4:1: worse",
  ]);
  assert.deepEqual(differences, [
    "The table differs from the expected one:",
    "  edit real server 10.0.0.1:80 of fwmark:1",
  ]);
  for (const other of [null, 7, {}, { services: [null, {}, { servers: [{}] }], differences: [null] }]) {
    formatStatusView(readStatusView(other, { now: NOW }), { now: NOW, width: 20 });
  }
});

Deno.test("statusSummary(), servicesExitCode(), worstFirst() and withoutServing() judge services alike", () => {
  const { services } = readStatusView(status(), { now: NOW });
  const [well, ill, below] = services;
  assert.ok(well !== undefined && ill !== undefined && below !== undefined);
  assert.deepEqual(services.map(isUnhealthy), [false, true, true]);
  assert.deepEqual(worstFirst(services), [below, ill, well]);
  assert.deepEqual([services, [well, ill], [well], []].map(servicesExitCode), [
    EXIT.belowQuorum,
    EXIT.refused,
    EXIT.ok,
    EXIT.ok,
  ]);
  assert.equal(statusSummary([well]), "1 service: 1 ok");
  assert.equal(statusSummary([]), "No services");
  assert.equal(statusSummary(Array(3000).fill(well)), "3,000 services: 3,000 ok");
  assert.deepEqual(withoutServing(ill).servers.map(({ address }) => address), ["10.0.0.11:80", "10.0.0.12:80"]);
  assert.deepEqual(withoutServing(well).servers, []);
});

Deno.test("formatStatusView() shows host names without an address, servers outside the file, and what is tried again", () => {
  const service = {
    service: "fwmark:1",
    servers: [],
    unresolved: [{ host: "web.example", reason: "no address" }],
    unnamed: [{ address: "10.0.0.9:80", draining: true }, { address: "10.0.0.8:80", draining: false }],
  };
  const view = readStatusView({ services: [service], failures: ["Cannot add it\nnor this"] }, { now: NOW });
  assert.deepEqual(formatStatusView(view, { now: NOW }).map(plainText).slice(3), [
    "  -> web.example  out  no address",
    "  -> 10.0.0.9:80  not in the file; drains",
    "  -> 10.0.0.8:80  not in the file; stays until the servers of the file serve",
    "Not possible yet; trying again:",
    "  Cannot add it",
    "  nor this",
  ]);
});

Deno.test("formatStatusView() shows the virtual routers before the services, within the width", () => {
  const view = readStatusView(statusJson(statusReport()), { now: Date.UTC(2026, 5, 3) });
  const lines = formatStatusView(view, { now: Date.UTC(2026, 5, 3) }).map(plainText);
  const routers = lines.filter((line) => line.startsWith("vrrp "));
  assert.deepEqual(routers, [
    "vrrp edge (eth0, VRID 51): active for 2d, priority 90 (150 - 60 service web); last heard 10.0.0.2 with 90; " +
    "10.0.0.2 advertises priority 90; 10.0.0.2 has the priority 90 too: the greater address decides",
    "vrrp edge (eth0, IPv6, VRID 51): fault for 2d, priority 150; interface eth0 is down",
  ]);
  assert.ok(lines.indexOf(routers[0] ?? "") < lines.findIndex((line) => line.startsWith("tcp://")));
  assert.deepEqual(view.routers.map(({ isBad }) => isBad), [true, true]);
  const narrow = formatStatusView(view, { now: Date.UTC(2026, 5, 3), width: 80 }).map(plainText);
  assert.ok(narrow.every((line) => line.length <= 80));
  assert.ok(narrow.join(" ").includes("last heard 10.0.0.2"));
});

Deno.test("a status without routers, as old daemons report it, has no lines of them", () => {
  assert.deepEqual(readStatusView({ services: [] }, { now: NOW }).routers, []);
});

Deno.test("statusJson() has every failure and difference of the daemon", () => {
  const about = { pid: 7, version: "1.2.3", file: "/f", startedAt: 0, loadedAt: 0, repair: false, dryRun: false };
  const change = { operation: "flush" } as const;
  const daemon = { services: [], failures: ["Cannot add it"], differences: [change] };
  const json = statusJson({ about, daemon, routers: [], now: 0 });
  assert.deepEqual(json["failures"], ["Cannot add it"]);
  assert.ok(Array.isArray(json["differences"]) && json["differences"].length === 1);
});

Deno.test("a service with a host name without an address has the exit status of an unhealthy server", () => {
  const [first] = readStatusView(status(), { now: NOW }).services;
  assert(first !== undefined);
  assert.deepEqual([servicesExitCode([first]), isUnhealthy(first)], [EXIT.ok, false]);
  const unresolved = readStatusView({
    services: [{ service: first.id, quorum: { met: true }, servers: [], unresolved: [{ host: "db.example" }] }],
  }, { now: NOW }).services;
  assert.equal(servicesExitCode(unresolved), EXIT.refused);
  assert.deepEqual(unresolved.map(isUnhealthy), [true]);
});

Deno.test("readStatusView() shows the version of a store, since when it is stale, and why a newer one is not active", () => {
  const [, ...process] = readStatusView(statusJson(statusReport()), { now: NOW }).process;
  assert.deepEqual(process, [
    "Version 6, pushed 1h ago by alice@admin",
    "Stale: the store has not confirmed it for 1m: Cannot read 10.0.0.1:2379: no answer within 4s",
    "version 7 is not active: it is not valid",
    "The roll-out of version 7 has halted: two: the quorum of web is lost",
    "Endpoints: 10.0.0.1:2379 failed 9s ago: no answer within 4s; 10.0.0.2:2379 answered 4s ago; " +
    "10.0.0.3:2379 not needed yet",
    ...sharingLines(sharingJson(sharingStatus())),
  ]);
});
