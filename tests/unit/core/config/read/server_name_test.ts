import assert from "node:assert/strict";
import { parseConfig } from "../../../../../core/config/mod.ts";

/** The name that a check expects of a server and sends to it. */
async function serverNameOf(check: string): Promise<string | undefined> {
  const { services: [service] } = await parseConfig(
    `version: 1\nservices:\n  - listen: tcp://192.0.2.10:443\n    check: ${check}\n    servers: [10.0.0.11:443]\n`,
    { file: "-" },
  );
  const made = service?.check;
  assert.ok(made !== undefined && "tls" in made && made.tls !== undefined);
  return made.tls.serverName;
}

for (
  const [check, name] of [
    ["{ type: https, host: www.example.com }", "www.example.com"],
    ["{ type: https, host: WWW.example.com. }", "WWW.example.com"],
    ['{ type: https, host: "www.example.com:8443", tls: { verify: false } }', "www.example.com"],
    ["{ type: https, host: intranet }", "intranet"],
    ["{ type: https, host: www.example.com, tls: { server_name: other.example.com } }", "other.example.com"],
    ["{ type: https, host: 10.0.0.11 }", undefined],
    ['{ type: https, host: "10.0.0.11:443" }', undefined],
    ['{ type: https, host: "[2001:db8::1]:443" }', undefined],
    ['{ type: https, host: "2001:db8::1" }', undefined],
    ["{ type: https }", undefined],
    ['{ type: grpcs, authority: "grpc.example.com:50051" }', "grpc.example.com"],
    ["{ type: grpcs }", undefined],
    // A request without TLS has no such name.
    ["{ type: http, host: www.example.com }", undefined],
  ] as const
) {
  Deno.test(`parseConfig() reads the server's name of ${check} as ${name}`, async () => {
    assert.equal(await serverNameOf(check), name);
  });
}
