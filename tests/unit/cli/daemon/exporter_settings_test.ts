import assert from "node:assert/strict";
import { exporterSettings } from "../../../../cli/daemon/exporter_settings.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { type ListenAddress, type MetricsSettings, parseIpAddress } from "../../../../core/model/mod.ts";

function address(hostname: string, port = 9180): ListenAddress {
  return { transport: "tcp", hostname: parseIpAddress(hostname), port };
}

const LISTEN: MetricsSettings = { listen: address("127.0.0.1"), allowHosts: ["lvs.example"], level: "service" };
const WRITE: MetricsSettings = { allowHosts: [], file: "/run/lvsctl/lvsctl.prom", intervalMs: 1000, level: "summary" };
const OPTION = { address: address("127.0.0.1", 9999), hosts: new Set<string>(), logins: undefined };
const NO_OPTION = { site: undefined, dryRun: false };

Deno.test("exporterSettings() has the address, the file, or both, as the daemon's file names them", async () => {
  const site = { address: LISTEN.listen, hosts: new Set(["lvs.example"]), logins: undefined, level: "service" };
  const file = { path: "/run/lvsctl/lvsctl.prom", intervalMs: 1000 };
  assert.equal(await exporterSettings(NO_OPTION, undefined), undefined);
  assert.deepEqual(await exporterSettings(NO_OPTION, LISTEN), { site, file: undefined });
  assert.deepEqual(await exporterSettings(NO_OPTION, WRITE), { site: undefined, file: { ...file, level: "summary" } });
  assert.deepEqual(await exporterSettings(NO_OPTION, { ...WRITE, ...LISTEN }), {
    site,
    file: { ...file, level: "service" },
  });
});

Deno.test("exporterSettings() puts --listen in the place of the address, and leaves the file", async () => {
  const settings = await exporterSettings({ site: OPTION, dryRun: false }, { ...LISTEN, ...WRITE });
  assert.equal(settings?.site, OPTION);
  assert.equal(settings?.file?.path, "/run/lvsctl/lvsctl.prom");
  assert.deepEqual(await exporterSettings({ site: OPTION, dryRun: false }, undefined), {
    site: OPTION,
    file: undefined,
  });
});

Deno.test("exporterSettings() leaves out what the file says for a daemon that only reports", async () => {
  assert.equal(await exporterSettings({ site: undefined, dryRun: true }, { ...LISTEN, ...WRITE }), undefined);
  assert.deepEqual(await exporterSettings({ site: OPTION, dryRun: true }, WRITE), { site: OPTION, file: undefined });
});

Deno.test("exporterSettings() refuses an address of the network without a login", async () => {
  await assert.rejects(exporterSettings(NO_OPTION, { listen: address("0.0.0.0"), allowHosts: [] }), LvsctlError);
});
