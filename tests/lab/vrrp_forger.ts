/**
 * A program that sends packets of VRRP as they are given, also such as no router sends, and the test's side of it.
 *
 * Each line of its input is a {@linkcode ForgedPackets} as JSON; it prints a line when they are sent.
 *
 * @module
 */
import { RawSockets } from "../../core/ffi/mod.ts";
import { parseIpAddress } from "../../core/model/mod.ts";
import { VRRP_GROUP, VRRP_PROTOCOL } from "../../core/vrrp/mod.ts";
import type { BackgroundProcess } from "./background_process.ts";

/** Packets to send, each several times. */
export interface ForgedPackets {
  /** The interface. */
  readonly device: string;
  /** The packets with their IPv4 headers, and where they go. */
  readonly packets: readonly { readonly bytes: readonly number[]; readonly destination: string }[];
  /** How often each is sent. */
  readonly times: number;
}

/** Time between two packets; milliseconds. */
export const FORGER_GAP_MS = 20;

/** A running program. */
export class Forger {
  readonly #process: BackgroundProcess;
  #count = 0;

  /** Takes a program that is ready. */
  constructor(process: BackgroundProcess) {
    this.#process = process;
  }

  /** Sends packets, and waits until they are sent. */
  async send(packets: ForgedPackets): Promise<void> {
    await this.#process.write(`${JSON.stringify(packets)}\n`);
    await this.#process.untilOutput(new RegExp(`(?:sent\n){${++this.#count}}`));
  }
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** The lines of standard input. */
async function* inputLines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function main(): Promise<void> {
  using sockets = new RawSockets();
  print("ready");
  for await (const line of inputLines()) {
    const { device, packets, times }: ForgedPackets = JSON.parse(line);
    const index = Number(Deno.readTextFileSync(`/sys/class/net/${device}/ifindex`));
    using socket = sockets.open({ device, index, protocol: VRRP_PROTOCOL, group: VRRP_GROUP.ipv4 });
    for (const { bytes, destination } of packets) {
      for (let time = 0; time < times; time++) {
        socket.send(Uint8Array.from(bytes), parseIpAddress(destination));
        await new Promise((resolve) => setTimeout(resolve, FORGER_GAP_MS));
      }
    }
    print("sent");
  }
}

if (import.meta.main) await main();
