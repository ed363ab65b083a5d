import assert from "node:assert/strict";
import { IpvsClient } from "../../../../core/ipvs/mod.ts";
import { describeChange } from "../../../../core/model/mod.ts";
import { fromHex, toHex } from "../../../support/hex.ts";
import { little, parseAttributes, readU32 } from "../../../support/kernel/wire.ts";
import { MemoryKernel } from "../../../support/memory_kernel.ts";
import { ScriptedTransport } from "../../../support/scripted_transport.ts";
import captured from "./captured/requests.json" with { type: "json" };
import { PINNED_REQUESTS } from "./pinned_requests.ts";
import { SAMPLES } from "./samples.ts";

const FAMILY = 0x1c;

/** The messages that lvsctl sends for a change, without their netlink headers; the last is the empty one. */
function sent(index: number): Uint8Array[] {
  const sample = SAMPLES[index];
  assert.ok(sample !== undefined);
  const transport = new ScriptedTransport((bytes) => [acknowledge(bytes)]);
  new IpvsClient(transport, { family: FAMILY }).execute([sample.change]);
  const [bytes] = transport.sent;
  assert.ok(bytes !== undefined && transport.sent.length === 1);
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += readU32(bytes, at)) {
    messages.push(bytes.subarray(at + 16, at + readU32(bytes, at)));
  }
  return messages;
}

/** The acknowledgement of the last message of a batch of one. */
function acknowledge(bytes: Uint8Array): Uint8Array {
  const first = readU32(bytes);
  return new Uint8Array([...little(20, 4), 2, 0, 0, 0, ...bytes.subarray(first + 8, first + 16), 0, 0, 0, 0]);
}

function capturedMessage(command: string): Uint8Array {
  const found = captured.messages.find((message) => message.command === command);
  assert.ok(found !== undefined, command);
  assert.equal(found.flags, 5, "a request that wants an acknowledgement");
  return fromHex(found.message);
}

/** Sends a message to a kernel as it is. */
function replay(kernel: MemoryKernel, message: Uint8Array): void {
  using socket = kernel.connect();
  socket.send(new Uint8Array([...little(16 + message.length, 4), FAMILY, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, ...message]));
}

/** All that a kernel shows. */
function shown(kernel: MemoryKernel): unknown {
  using client = kernel.openClient();
  return [kernel.procText(), client.readState()];
}

SAMPLES.forEach(({ change, ipvsadm }, index) => {
  const { verb, object } = describeChange(change);

  Deno.test(`IpvsClient sends the bytes pinned for: ${verb} ${object} [${index}]`, () => {
    const [message, end, ...more] = sent(index).map(toHex);
    assert.equal(message, PINNED_REQUESTS[index]);
    assert.deepEqual([end, more], ["00010000", []]);
  });

  Deno.test(`IpvsClient requests the same as "${ipvsadm}"`, () => {
    const [message] = sent(index);
    const theirs = capturedMessage(ipvsadm);
    assert.ok(message !== undefined);
    assert.deepEqual(message.subarray(0, 4), theirs.subarray(0, 4));
    const [ourParts, theirParts] = [message, theirs].map((bytes) => parseAttributes(bytes.subarray(4)));
    assert.ok(ourParts !== undefined && theirParts !== undefined);
    // The timeouts are values; all other attributes of the top level hold attributes.
    const hasParts = change.operation !== "setTimeouts";
    assert.deepEqual([...ourParts.keys()].sort(), [...theirParts.keys()].sort());
    for (const [type, bytes] of ourParts) {
      const theirBytes: Uint8Array = theirParts.get(type) ?? new Uint8Array();
      if (!hasParts) assert.deepEqual(bytes, theirBytes);
      else {
        const theirAttributes = parseAttributes(theirBytes);
        for (const [inner, value] of parseAttributes(bytes)) {
          assert.deepEqual(value, theirAttributes.get(inner), `attribute ${type}.${inner}`);
        }
      }
    }
  });
});

Deno.test("IpvsClient's bytes change a kernel as ipvsadm's do, one after the other", () => {
  const [ours, theirs] = [new MemoryKernel(), new MemoryKernel()];
  using client = ours.openClient();
  for (const { change, ipvsadm } of SAMPLES) {
    assert.deepEqual([...client.execute([change]).values()], [], ipvsadm);
    replay(theirs, capturedMessage(ipvsadm));
    assert.deepEqual(shown(ours), shown(theirs), ipvsadm);
  }
});

Deno.test("IpvsClient sends the same requests for a list as ipvsadm", () => {
  const kernel = new MemoryKernel();
  const transport = kernel.connect();
  const requests: string[] = [];
  const send = transport.send.bind(transport);
  transport.send = (bytes) => {
    requests.push(`${bytes[6]}.${bytes[7]} ${toHex(bytes.subarray(16))}`);
    send(bytes);
  };
  using client = new IpvsClient(transport, { family: kernel.family });
  const [service, mark] = [SAMPLES[5], SAMPLES[4]].map((sample) => sample?.change);
  assert.ok(service?.operation === "addService" && mark?.operation === "addService");
  client.services();
  client.servers(service.service.id);
  client.servers(mark.service.id);
  client.getTimeouts();
  client.syncDaemons();
  client.getInfo();
  client.getService(mark.service.id);
  const key = (name: string): string => captured.messages.find(({ command }) => command === name)?.message ?? "";
  // ipvsadm sets NLM_F_ACK on dumps too (0x305), where it means nothing.
  assert.deepEqual(requests, [
    `1.3 ${key("ipvsadm -Ln")}`,
    "1.3 08010000 30000180 06000100 02000000 06000200 11000000 14000300 c000020a 00000000 00000000 00000000 06000400 " +
    "00350000",
    "1.3 08010000 14000180 06000100 0a000000 08000500 06000000",
    `5.0 ${key("ipvsadm -Ln --timeout")}`,
    `1.3 ${key("ipvsadm -Ln --daemon")}`,
    "5.0 0f010000",
    "5.0 04010000 14000180 06000100 0a000000 08000500 06000000",
  ]);
  assert.ok(captured.messages.some(({ message }) => `1.3 ${message}` === requests[1]));
  assert.ok(captured.messages.some(({ message }) => `1.3 ${message}` === requests[2]));
});

Deno.test("IpvsClient sends every command of the kernel", () => {
  const commands = new Set(SAMPLES.map((_, index) => sent(index)[0]?.[0] ?? 0));
  // GET_SERVICE, GET_DEST, GET_DAEMON, GET_CONFIG and GET_INFO are above; SET_INFO goes the other way only.
  const [reads, answers] = [[4, 8, 11, 13, 15], [14]];
  assert.deepEqual(
    [...commands, ...reads, ...answers].sort((a, b) => a - b),
    Array.from({ length: 17 }, (_, at) => at + 1),
  );
});
