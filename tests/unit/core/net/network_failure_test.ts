import { TlsFailure } from "../../../../core/ffi/openssl.ts";
import type { FailureClass } from "../../../../core/model/mod.ts";
import assert from "node:assert/strict";
import { describeNetworkFailure } from "../../../../core/net/network_failure.ts";

function systemError(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

const CASES: readonly (readonly [error: unknown, reason: string, kind: FailureClass | undefined])[] = [
  [systemError("Connection refused (os error 111)", "ECONNREFUSED"), "connection refused (ECONNREFUSED)", "refused"],
  [
    systemError("No route to host (os error 113)", "EHOSTUNREACH"),
    "no route to the host (EHOSTUNREACH)",
    "unreachable",
  ],
  [systemError("x", "ENETUNREACH"), "network is unreachable (ENETUNREACH)", "unreachable"],
  [systemError("x", "ECONNRESET"), "connection reset (ECONNRESET)", "reset"],
  [systemError("x", "EPIPE"), "connection closed by the server (EPIPE)", "reset"],
  [systemError("x", "ETIMEDOUT"), "connection timed out (ETIMEDOUT)", "timeout"],
  [new TlsFailure("certificate is not valid: expired"), "certificate is not valid: expired", "tls"],
  [new TlsFailure("no OpenSSL", { isLocal: true }), "no OpenSSL", "local"],
  [systemError("Too many open files (os error 24)", "EMFILE"), "lvsctl has no file descriptor left (EMFILE)", "local"],
  [systemError("x", "EADDRNOTAVAIL"), "this machine has no local port left (EADDRNOTAVAIL)", "local"],
  [systemError("x", "EPERM"), "this machine forbids the connection (EPERM)", "local"],
  [systemError("Odd thing (os error 200)", "EODD"), "Odd thing (EODD)", undefined],
  [new Error("Odd thing"), "Odd thing", undefined],
  ["odd thing", "odd thing", undefined],
  [new Deno.errors.NotCapable("Requires net access"), "Requires net access", "local"],
];

for (const [error, reason, kind] of CASES) {
  Deno.test(`describeNetworkFailure() says "${reason}"`, () => {
    const { reason: text, failure, inconclusive } = describeNetworkFailure(error);
    // A failure of this machine is inconclusive, and has no other kind.
    assert.deepEqual([text, inconclusive ? "local" : failure], [reason, kind]);
  });
}

Deno.test("describeNetworkFailure() knows what Deno throws for a port where nothing listens", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener[Symbol.dispose]();
  const error = await Deno.connect({ hostname: "127.0.0.1", port }).catch((thrown: unknown) => thrown);
  assert.deepEqual(describeNetworkFailure(error), {
    reason: "connection refused (ECONNREFUSED)",
    failure: "refused",
  });
});
