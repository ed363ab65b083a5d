import assert from "node:assert/strict";
import { completeServer, serverArgument } from "../../../../cli/options/arguments.ts";
import { parseServiceId } from "../../../../core/model/mod.ts";

Deno.test("serverArgument() has a port only if the user wrote one", () => {
  assert.deepEqual(serverArgument("10.0.0.11"), { address: "10.0.0.11" });
  assert.deepEqual(serverArgument("10.0.0.11:0"), { address: "10.0.0.11", port: 0 });
  assert.deepEqual(serverArgument("[2001:db8::11]"), { address: "2001:db8::11" });
});

Deno.test("completeServer() keeps a written port, and takes the service's by default", () => {
  const web = parseServiceId("tcp://192.0.2.10:80");
  assert.deepEqual(completeServer(serverArgument("10.0.0.11"), web), { address: "10.0.0.11", port: 80 });
  assert.deepEqual(completeServer(serverArgument("10.0.0.11:0"), web), { address: "10.0.0.11", port: 0 });
  assert.deepEqual(completeServer(serverArgument("10.0.0.11"), parseServiceId("fwmark:1")), {
    address: "10.0.0.11",
    port: 0,
  });
});
