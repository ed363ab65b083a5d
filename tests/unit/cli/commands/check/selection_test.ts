import assert from "node:assert/strict";
import { type CheckSelection, selectServices } from "../../../../../cli/commands/check/selection.ts";
import { DEFAULT_QUORUM, type DesiredService, formatServerId, formatServiceId } from "../../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../../support/samples.ts";

function service(id: string, properties: Partial<DesiredService> = {}): DesiredService {
  return {
    service: virtualService(id),
    servers: [realServer("10.0.0.11:80"), realServer("10.0.0.12:80"), realServer("10.0.0.12:81")],
    onFailure: "remove",
    quorum: { ...DEFAULT_QUORUM, amount: 3 },
    panicThreshold: 0,
    ...properties,
  };
}

const SERVICES = [
  service("tcp://192.0.2.10:80", { name: "web" }),
  service("fwmark:1", { servers: [realServer("10.0.0.13:80")] }),
];

/** What is chosen, as "service: server server". */
function chosen(selection: CheckSelection): readonly string[] {
  return selectServices(SERVICES, selection).map(({ service, servers }) =>
    `${formatServiceId(service.id)}: ${servers.map(formatServerId).join(" ")}`
  );
}

Deno.test("selectServices() selects whole services by name or identity, with their quorum", () => {
  assert.deepEqual(selectServices(SERVICES, {}), SERVICES);
  assert.deepEqual(selectServices(SERVICES, { services: ["web"] }), [SERVICES[0]]);
  assert.deepEqual(chosen({ services: ["fwmark:1", "tcp://192.0.2.10:80"] }).length, 2);
});

Deno.test("selectServices() selects servers by address and port, or by address, without a quorum", () => {
  assert.deepEqual(chosen({ servers: ["10.0.0.12:81"] }), ["tcp://192.0.2.10:80: 10.0.0.12:81"]);
  assert.deepEqual(chosen({ servers: ["10.0.0.12", "10.0.0.13:80"] }), [
    "tcp://192.0.2.10:80: 10.0.0.12:80 10.0.0.12:81",
    "fwmark:1: 10.0.0.13:80",
  ]);
  assert.deepEqual(selectServices(SERVICES, { servers: ["10.0.0.11"] })[0]?.quorum.amount, 0);
});

Deno.test("selectServices() refuses an unknown service or server, and names the known ones", () => {
  assert.throws(
    () => chosen({ services: ["mail"] }),
    /^LvsctlError: the file has no service "mail"; it has web, fwmark:1$/,
  );
  assert.throws(
    () => chosen({ services: ["fwmark:1"], servers: ["10.0.0.11"] }),
    /^LvsctlError: the file has no server "10\.0\.0\.11"; it has 10\.0\.0\.13:80$/,
  );
});
