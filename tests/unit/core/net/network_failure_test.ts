import assert from "node:assert/strict";
import { describeNetworkFailure } from "../../../../core/net/network_failure.ts";

function systemError(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

const CASES: readonly (readonly [error: unknown, reason: string, inconclusive: boolean])[] = [
  [systemError("Connection refused (os error 111)", "ECONNREFUSED"), "connection refused (ECONNREFUSED)", false],
  [systemError("No route to host (os error 113)", "EHOSTUNREACH"), "no route to the host (EHOSTUNREACH)", false],
  [systemError("Too many open files (os error 24)", "EMFILE"), "lvsctl has no file descriptor left (EMFILE)", true],
  [systemError("x", "EADDRNOTAVAIL"), "this machine has no local port left (EADDRNOTAVAIL)", true],
  [systemError("x", "EPERM"), "this machine forbids the connection (EPERM)", true],
  [systemError("Odd thing (os error 200)", "EODD"), "Odd thing (EODD)", false],
  [new Error("Odd thing"), "Odd thing", false],
  ["odd thing", "odd thing", false],
  [new Deno.errors.NotCapable("Requires net access"), "Requires net access", true],
];

for (const [error, reason, inconclusive] of CASES) {
  Deno.test(`describeNetworkFailure() says "${reason}"`, () => {
    assert.deepEqual(describeNetworkFailure(error), inconclusive ? { reason, inconclusive } : { reason });
  });
}

Deno.test("describeNetworkFailure() knows what Deno throws for a port where nothing listens", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener[Symbol.dispose]();
  const error = await Deno.connect({ hostname: "127.0.0.1", port }).catch((thrown: unknown) => thrown);
  assert.deepEqual(describeNetworkFailure(error), { reason: "connection refused (ECONNREFUSED)" });
});
