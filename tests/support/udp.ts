import { createSocket, type RemoteInfo } from "node:dgram";
import { parseIpAddress, type ServerId } from "../../core/model/mod.ts";

/** A UDP server of a test. */
export interface UdpServer extends AsyncDisposable {
  /** Where it listens. */
  readonly target: ServerId;
  /** Number of received datagrams. */
  readonly received: number;
}

/** Starts a UDP server on a loopback address and a port that the system chooses: each datagram gets the answers. */
export async function serveUdp(
  answer: (datagram: Uint8Array) => readonly Uint8Array[],
  options: { readonly hostname?: "127.0.0.1" | "::1" } = {},
): Promise<UdpServer> {
  const { hostname = "127.0.0.1" } = options;
  const socket = createSocket(hostname === "::1" ? "udp6" : "udp4");
  let received = 0;
  socket.on("message", (datagram: Uint8Array, from: RemoteInfo) => {
    received++;
    for (const bytes of answer(new Uint8Array(datagram))) socket.send(bytes, from.port, from.address);
  });
  const bound = Promise.withResolvers<void>();
  socket.bind(0, hostname, () => bound.resolve());
  await bound.promise;
  return {
    target: { address: parseIpAddress(hostname), port: socket.address().port },
    get received(): number {
      return received;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = Promise.withResolvers<void>();
      socket.close(() => closed.resolve());
      await closed.promise;
    },
  };
}
