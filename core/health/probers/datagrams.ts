import type { CheckPath, ServerId } from "../../model/mod.ts";
import { sleep } from "../../time/mod.ts";
import {
  type DatagramSocket,
  type ExchangeOptions,
  type Outcome,
  requireNetwork,
  toOutcome,
  traceSocket,
} from "../../net/mod.ts";

/** Number of times that a request is sent within the deadline, because datagrams may be lost. */
const TRIES = 3;

/** Most datagrams that are not an answer: more of them are an attack, or an endless stream. */
const MAX_STRAY_DATAGRAMS = 1000;

/** Options of {@linkcode exchangeDatagrams}. */
export interface DatagramExchange {
  /** The server. */
  readonly target: ServerId;
  /** Check whose binding the socket gets. */
  readonly check: CheckPath;
  /** Deadline and network. */
  readonly options: ExchangeOptions;
  /** Creates the request, which is repeated unchanged. */
  readonly request: (socket: DatagramSocket) => Uint8Array | Promise<Uint8Array>;
  /** Judges a datagram; `undefined` if it is not an answer to the request. */
  readonly judge: (datagram: Uint8Array) => Outcome | undefined | Promise<Outcome | undefined>;
}

/** Sends a request, again after a third of the deadline and after two thirds, and waits for the answer. */
export async function exchangeDatagrams(exchange: DatagramExchange): Promise<Outcome> {
  const { target, check, options } = exchange;
  const { signal } = options;
  const awaited = "answer";
  try {
    using socket = requireNetwork(options).openDatagram(target, { binding: check, signal });
    return await exchangeOn(socket, exchange);
  } catch (error) {
    return toOutcome(error, { signal, awaited });
  }
}

/** As {@linkcode exchangeDatagrams}, on an open socket. */
export async function exchangeOn(
  plain: DatagramSocket,
  exchange: Pick<DatagramExchange, "options" | "request" | "judge">,
): Promise<Outcome> {
  const { options, request, judge } = exchange;
  const socket = traceSocket(plain, options.trace);
  const bytes = await request(socket);
  const done = new AbortController();
  const signal = AbortSignal.any([options.signal, done.signal]);
  await socket.write(bytes);
  const repeating = repeat(socket, { bytes, options, signal });
  try {
    for (let strays = 0; strays < MAX_STRAY_DATAGRAMS; strays++) {
      const outcome = await judge(await socket.receive());
      if (outcome !== undefined) return outcome;
    }
    return { ok: false, reason: `${MAX_STRAY_DATAGRAMS} datagrams arrived, none of them an answer` };
  } finally {
    done.abort();
    await repeating;
  }
}

async function repeat(
  socket: DatagramSocket,
  sending: { readonly bytes: Uint8Array; readonly options: ExchangeOptions; readonly signal: AbortSignal },
): Promise<void> {
  const { bytes, options, signal } = sending;
  try {
    for (let sent = 1; sent < TRIES; sent++) {
      await sleep(options.timeoutMs / TRIES, { clock: options.clock, signal });
      await socket.write(bytes);
    }
  } catch {
    // The exchange has ended, or receive() fails with the same error.
  }
}
