import assert from "node:assert/strict";
import fc from "fast-check";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { IpvsClient } from "../../../../core/ipvs/mod.ts";
import { PROPERTY } from "../../../support/arbitraries.ts";
import { fromHex } from "../../../support/hex.ts";
import { serviceId } from "../../../support/samples.ts";
import { ScriptedTransport } from "../../../support/scripted_transport.ts";
import captured from "./captured/answers.json" with { type: "json" };

const FAMILY = 0x1c;

/** One change of a valid answer: bytes set, cut off, put in or taken out. */
type Mutation = readonly ["set" | "cut" | "insert" | "remove", number, number];

const anyMutation: fc.Arbitrary<Mutation> = fc.tuple(
  fc.constantFrom("set", "set", "set", "set", "cut", "insert", "remove"),
  fc.nat(2000),
  fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 4, 5, 255)),
);

function mutate(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let result = [...bytes];
  for (const [kind, position, value] of mutations) {
    const at = position % (result.length + 1);
    if (kind === "set") result[at] = value;
    else if (kind === "cut") result = result.slice(0, at);
    else if (kind === "insert") result.splice(at, 0, ...Array<number>(value % 9).fill(value));
    else result.splice(at, value % 9);
  }
  return new Uint8Array(result.map((byte) => byte ?? 0));
}

const READS: Readonly<Record<string, (client: IpvsClient) => unknown>> = {
  services: (client) => client.services(),
  servers: (client) => client.servers(serviceId("tcp://192.0.2.10:80")),
  "servers of IPv6": (client) => client.servers(serviceId("fwmark6:7")),
  list: (client) => client.list(),
  getService: (client) => client.getService(serviceId("tcp://192.0.2.10:80")),
  syncDaemons: (client) => client.syncDaemons(),
  getTimeouts: (client) => client.getTimeouts(),
  getInfo: (client) => client.getInfo(),
  execute: (client) => client.execute([{ operation: "flush" }, { operation: "zero" }]),
};

const DATAGRAMS = captured.messages.map(({ datagram }) => fromHex(datagram));

/** Runs a read on answers that never end in anything but a result or an error for users. */
function read(run: (client: IpvsClient) => unknown, answers: readonly Uint8Array[]): "result" | "error" {
  const client = new IpvsClient(new ScriptedTransport((_, call) => call === 0 ? answers : []), { family: FAMILY });
  try {
    run(client);
    return "result";
  } catch (error) {
    assert.ok(error instanceof LvsctlError, error instanceof Error ? error.stack : String(error));
    return "error";
  }
}

for (const [name, run] of Object.entries(READS)) {
  Deno.test(`IpvsClient.${name} ends with a result or an error for users, whatever a kernel's answer became`, () => {
    const outcomes = { result: 0, error: 0 };
    const anyAnswers = fc.array(
      fc.tuple(fc.nat(DATAGRAMS.length - 1), fc.array(anyMutation, { maxLength: 3 })),
      { minLength: 1, maxLength: 3 },
    );
    const end = fromHex("14000000 03000200 01000000 00000000 00000000");
    const acknowledgement = fromHex("14000000 02000000 01000000 00000000 00000000");
    fc.assert(
      fc.property(anyAnswers, (chosen) => {
        const answers = chosen.map(([index, mutations]) => mutate(DATAGRAMS[index] ?? end, mutations));
        outcomes[read(run, [...answers, end, acknowledgement])]++;
      }),
      { ...PROPERTY, numRuns: 2000 },
    );
    // It has to come to both, or the answers were not what they should be.
    assert.ok(outcomes.error > 20, JSON.stringify(outcomes));
    if (name !== "list" && name !== "execute") assert.ok(outcomes.result > 20, JSON.stringify(outcomes));
  });

  Deno.test(`IpvsClient.${name} ends with a result or an error for users, whatever bytes it receives`, () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 3 }), (answers) => {
        read(run, answers);
      }),
      { ...PROPERTY, numRuns: 1000 },
    );
  });
}
