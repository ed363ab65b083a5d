import assert from "node:assert/strict";
import { completeServer, forwardArgument, serverArgument } from "../../../../cli/options/arguments.ts";
import { parseServiceId } from "../../../../core/model/mod.ts";
import { lvsctl } from "../../../support/command_line.ts";

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

Deno.test("forwardArgument() takes ipvsadm's words, as it takes and as it prints them", () => {
  const words = ["masq", "Masq", "gate", "Route", "ipip", "Tunnel"];
  assert.deepEqual(words.map(forwardArgument), ["nat", "nat", "dr", "dr", "tun", "tun"]);
  for (const word of ["MASQ", "Gate", "Local", ""]) assert.throws(() => forwardArgument(word), /is not a forwarding/);
});

Deno.test("a wrong value is quoted once, behind its option or argument", async () => {
  for (
    const [line, message] of [
      ["service add fwmark:1 -p 5x", '--persistent: "5x" is not a duration; write 500ms, 2s, 5m, 1h or 1m30s'],
      ["top --sort it's", '--sort: "it\'s" is not one of rate, connections, packets, bytes, name'],
      ["cluster rollback abc", 'version: "abc" is not a number from 1 to 999999999'],
      [
        "completions tcsh",
        "command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.",
      ],
    ] as const
  ) {
    const { code, err } = await lvsctl(line);
    assert.deepEqual([code, err.split("\n")[0]], [2, `lvsctl: ${message}`]);
  }
});
