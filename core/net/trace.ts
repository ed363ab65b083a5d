import type { ByteStream, DatagramSocket } from "./network.ts";

/** A piece of what a probe and a server say to each other; over TLS, what is said inside. */
export interface TraceEntry {
  /** What happened: a connection was made, a TLS session on it, bytes went out or came in, or the server closed. */
  readonly kind: "connected" | "secured" | "sent" | "received" | "closed";
  /** The bytes, of `sent` and `received`; valid until the call returns. */
  readonly bytes?: Uint8Array;
}

/** Is told what a probe and a server say to each other. */
export type Trace = (entry: TraceEntry) => void;

/** A stream of which everything is told. */
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

/** A socket of which everything is told. */
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
