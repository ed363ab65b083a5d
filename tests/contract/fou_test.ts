import assert from "node:assert/strict";
import { LvsctlError } from "../../core/errors/mod.ts";
import { NetlinkSocket } from "../../core/ffi/mod.ts";
import { FOU_GENL_NAME, FouClient } from "../../core/fou/mod.ts";
import { loadModule } from "../../core/host/mod.ts";
import { IS_REAL_KERNEL } from "../support/contract_kernel.ts";
import { MemoryFou } from "../support/memory_fou.ts";

function openClient(): FouClient {
  if (!IS_REAL_KERNEL) return new MemoryFou().openClient();
  assert.equal(loadModule("fou"), "");
  const socket = new NetlinkSocket();
  const family = socket.resolveFamily(FOU_GENL_NAME);
  assert.ok(family !== undefined, "the kernel has the family");
  return new FouClient(socket, { family });
}

function errnoOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof LvsctlError);
    return error.errno ?? "";
  }
  return "";
}

Deno.test("FouClient opens a port in each family, lists both, and closes them", () => {
  using client = openClient();
  const [ipv4, ipv6] = [{ port: 6080, family: "ipv4" }, { port: 6080, family: "ipv6" }] as const;
  assert.deepEqual(client.ports(), []);
  client.addPort(ipv4);
  assert.deepEqual(client.ports(), [{ ...ipv4, isGue: true }]);
  client.addPort(ipv6);
  assert.deepEqual(client.ports().toSorted((a, b) => a.family < b.family ? -1 : 1), [
    { ...ipv4, isGue: true },
    { ...ipv6, isGue: true },
  ]);
  assert.equal(errnoOf(() => client.addPort(ipv4)), "EADDRINUSE");
  client.deletePort(ipv4);
  assert.deepEqual(client.ports(), [{ ...ipv6, isGue: true }]);
  assert.equal(errnoOf(() => client.deletePort(ipv4)), "EINVAL");
  client.deletePort(ipv6);
  assert.deepEqual(client.ports(), []);
});
