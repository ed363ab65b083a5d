import assert from "node:assert/strict";
import { FouClient } from "../../../../core/fou/mod.ts";
import { NetlinkDecodeError } from "../../../../core/netlink/mod.ts";
import { fromHex, toHex } from "../../../support/hex.ts";
import { ScriptedTransport } from "../../../support/scripted_transport.ts";

const FAMILY = 0x1e;

/** A client whose requests are answered by these messages. */
function answered(
  ...messages: readonly string[]
): { readonly client: FouClient; readonly transport: ScriptedTransport } {
  const transport = new ScriptedTransport(() => messages.map(fromHex));
  return { client: new FouClient(transport, { family: FAMILY }), transport };
}

const ACK = "14000000 02000000 01000000 00000000 00000000";

Deno.test("FouClient.addPort() requests GUE, and deletePort() names port and family", () => {
  const requested = (request: (client: FouClient) => void): string => {
    const { client, transport } = answered(ACK);
    using _ = client;
    request(client);
    return toHex(transport.sent[0] ?? new Uint8Array());
  };
  assert.equal(
    requested((client) => client.addPort({ port: 6080, family: "ipv4" })),
    toHex(
      fromHex("2c000000 1e000500 01000000 00000000 01010000  06000100 17c00000  05000200 02000000  05000400 02000000"),
    ),
  );
  assert.equal(
    requested((client) => client.deletePort({ port: 6080, family: "ipv6" })),
    toHex(fromHex("24000000 1e000500 01000000 00000000 02010000  06000100 17c00000  05000200 0a000000")),
  );
});

Deno.test("FouClient.ports() reads ports with and without a GUE header", () => {
  const done = "14000000 03000200 01000000 00000000 00000000";
  const port = (family: string, encapsulation: string): string =>
    `34000000 1e000200 01000000 00000000 03010000  05000200 ${family}000000  06000100 17c00000
      05000300 04000000  05000400 ${encapsulation}000000`;
  const { client } = answered(port("02", "02"), port("0a", "01"), done);
  using _ = client;
  assert.deepEqual(client.ports(), [
    { port: 6080, family: "ipv4", isGue: true },
    { port: 6080, family: "ipv6", isGue: false },
  ]);
});

Deno.test("FouClient explains an errno", () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "9e",
      'the port is in use (EADDRINUSE); "ss -lunp" shows its program; give the director and this machine another port',
    ],
    ["ff", "permission denied (EPERM); run as root (it needs CAP_NET_ADMIN)"],
    ["ea", "the kernel does not know this port (EINVAL)"],
  ];
  for (const [errno, message] of cases) {
    const { client } = answered(`14000000 02000000 01000000 00000000 ${errno}ffffff`);
    using _ = client;
    assert.throws(() => client.addPort({ port: 6080, family: "ipv4" }), {
      message: `Cannot unpack GUE on the UDP port 6080 over IPv4: ${message}`,
    });
  }
});

Deno.test("FouClient refuses an answer that is cut off", () => {
  const { client } = answered("18000000 1e000200 01000000 00000000 03010000 06000100");
  using _ = client;
  assert.throws(() => client.ports(), NetlinkDecodeError);
});
