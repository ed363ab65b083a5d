/**
 * The lab's media client: sessions side by side, each a paced stream of RTP packets from a port of its own, as a
 * telephone sends them, and the stream that comes back. At the end it prints a {@linkcode MediaSession} for each, as a
 * JSON list.
 *
 * The argument is {@linkcode MediaStreams} in JSON.
 *
 * @module
 */
import { RTP_HEADER_BYTES } from "./servers/media_program.ts";

/** What is sent. */
export interface MediaStreams {
  /** An IPv4 address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** How many sessions. */
  readonly sessions: number;
  /** How many packets in each, 50 in a second. */
  readonly packets: number;
}

/** What came back. */
export interface MediaSession {
  /** The names of the servers. */
  readonly servers: readonly string[];
  /** The sequence numbers of its packets, in the order in which they came. */
  readonly sequence: readonly number[];
  /** How many packets came that are another session's. */
  readonly strange: number;
}

/** A packet has the sound of so long, and that is 160 bytes and ticks of the clock with G.711. */
const PACKET_MS = 20;
const PACKET_SOUND = 160;

/** How long the last answers may take. */
const PATIENCE_MS = 10_000;

function rtpPacket(source: number, sequence: number): Uint8Array {
  const packet = new DataView(new ArrayBuffer(RTP_HEADER_BYTES + PACKET_SOUND));
  packet.setUint8(0, 0x80); // version 2, nothing special
  packet.setUint16(2, sequence);
  packet.setUint32(4, sequence * PACKET_SOUND);
  packet.setUint32(8, source);
  return new Uint8Array(packet.buffer);
}

async function runSession({ address, port, packets }: MediaStreams, source: number): Promise<MediaSession> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const servers = new Set<string>();
  const sequence: number[] = [];
  let strange = 0;
  const listen = async (): Promise<void> => {
    for await (const [packet] of socket) {
      const header = new DataView(packet.buffer, packet.byteOffset);
      if (header.getUint32(8) !== source) strange++;
      else {
        servers.add(new TextDecoder().decode(packet.subarray(RTP_HEADER_BYTES)));
        sequence.push(header.getUint16(2));
      }
      if (sequence.length === packets) return;
    }
  };
  const listening = listen();
  for (let number = 0; number < packets; number++) {
    await socket.send(rtpPacket(source, number), { transport: "udp", hostname: address, port });
    // Never sooner, even when it is late: what a busy machine's sockets cannot hold would be lost.
    await new Promise((resolve) => setTimeout(resolve, PACKET_MS));
  }
  const timer = setTimeout(() => socket.close(), PATIENCE_MS);
  await listening.catch(() => {}); // it was closed
  clearTimeout(timer);
  return { servers: [...servers], sequence, strange };
}

if (import.meta.main) {
  const streams: MediaStreams = JSON.parse(Deno.args[0] ?? "");
  const sessions = Array.from({ length: streams.sessions }, (_, index) => runSession(streams, index + 1));
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(await Promise.all(sessions))}\n`));
  Deno.exit(0);
}
