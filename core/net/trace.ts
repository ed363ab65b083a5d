import type { ByteStream, DatagramSocket } from "./network.ts";

/** One event of an exchange; over TLS, with the decrypted bytes. */
export interface TraceEntry {
  /** Connection established, TLS session established, bytes sent, bytes received, or closed by the peer. */
  readonly kind: "connected" | "secured" | "sent" | "received" | "closed";
  /** The bytes of `sent` and `received`; valid until the call returns. */
  readonly bytes?: Uint8Array;
}

/** Receives the events of an exchange. */
export type Trace = (entry: TraceEntry) => void;

/** A stream that reports everything to a trace. */
export function traceStream(stream: ByteStream, trace: Trace): ByteStream {
  return {
    read: async (buffer) => {
      const count = await stream.read(buffer);
      trace(count === null ? { kind: "closed" } : { kind: "received", bytes: buffer.subarray(0, count) });
      return count;
    },
    write: (bytes) => {
      trace({ kind: "sent", bytes });
      return stream.write(bytes);
    },
    [Symbol.dispose]: () => stream[Symbol.dispose](),
  };
}

/** A socket that reports everything to a trace. */
export function traceSocket(socket: DatagramSocket, trace: Trace | undefined): DatagramSocket {
  if (trace === undefined) return socket;
  return {
    localAddress: socket.localAddress,
    write: (bytes) => {
      trace({ kind: "sent", bytes });
      return socket.write(bytes);
    },
    receive: async () => {
      const bytes = await socket.receive();
      trace({ kind: "received", bytes });
      return bytes;
    },
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  };
}
