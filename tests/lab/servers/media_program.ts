/**
 * The lab's media server: it sends each RTP packet back with its name in place of the sound, on IPv4. It says `ready`
 * when it listens.
 *
 * The argument is {@linkcode MediaServer} in JSON.
 *
 * @module
 */

/** Where it is. */
export interface MediaServer {
  /** What it calls itself. */
  readonly name: string;
  /** An IPv4 address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
}

/** How long the header of RTP is, of a packet from one source. */
export const RTP_HEADER_BYTES = 12;

if (import.meta.main) {
  const { name, address, port }: MediaServer = JSON.parse(Deno.args[0] ?? "");
  const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port });
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
  for await (const [packet, sender] of socket) {
    const answer = new Uint8Array([...packet.subarray(0, RTP_HEADER_BYTES), ...new TextEncoder().encode(name)]);
    await socket.send(answer, sender);
  }
}
