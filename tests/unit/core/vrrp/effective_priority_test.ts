import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import type { Health } from "../../../../core/model/mod.ts";
import { checkTracks, serviceTracks } from "../../../../core/vrrp/mod.ts";

const { vrrp = [] } = await parseConfig(
  `version: 1
vrrp:
  - name: edge
    vrid: 51
    device: eth0
    vips: 192.0.2.10
    track:
      - { service: web }
      - { check: { type: tcp, address: "2001:db8::1", port: 443 }, weight: -20 }
      - { check: { type: ping, address: 10.0.0.254 } }
      - { check: { type: exec, command: /bin/true }, name: uplink }
services: [{ name: web, listen: "tcp://192.0.2.10:80" }]
`,
  { file: "web.yaml" },
);

Deno.test("checkTracks() has the health of each tracked check under its name, or its type and address", () => {
  const healths: Partial<Record<string, Health>> = { tcp: "healthy", ping: "unhealthy" };
  assert.deepEqual(checkTracks(vrrp, ({ type }) => healths[type] ?? "unknown"), {
    "check tcp [2001:db8::1]:443": "good",
    "check ping 10.0.0.254": "bad",
    "check uplink": "unknown",
  });
});

Deno.test("serviceTracks() has the quorum of each tracked service", () => {
  assert.deepEqual(serviceTracks(vrrp, () => "lost"), { "service web": "bad" });
  assert.deepEqual(serviceTracks(vrrp, () => undefined), { "service web": "unknown" });
});
