import assert from "node:assert/strict";
import { formatChange } from "../../../../cli/format/changes.ts";
import { changeJson } from "../../../../cli/format/json.ts";
import type { Change } from "../../../../core/model/mod.ts";
import { realServer, serviceId } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";

Deno.test("a change of a local server is printed with the forwarding method that is sent, dr", () => {
  const server = realServer("10.0.0.11:80", { forward: "local", weight: 2 });
  const change: Change = { operation: "addServer", id: serviceId(WEB), server };
  assert.equal(formatChange(change), `+ add real server 10.0.0.11:80 of ${WEB}: dr, weight 2`);
  assert.deepEqual(changeJson(change), {
    operation: "addServer",
    description: `add real server 10.0.0.11:80 of ${WEB}`,
    object: `10.0.0.11:80 of ${WEB}`,
    service: WEB,
    server: "10.0.0.11:80",
    sets: {
      server: "10.0.0.11:80",
      address: "10.0.0.11",
      port: 80,
      family: "ipv4",
      forward: "dr",
      weight: 2,
      upper_threshold: 0,
      lower_threshold: 0,
      tunnel: null,
    },
  });
});
