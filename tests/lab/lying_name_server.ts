/**
 * A name server that answers what a test tells it, in place of one that fails in a way of its own. It answers for
 * `web.lab`, and with an SRV record of that name for any service. The argument is a file with a {@linkcode Lie} as JSON,
 * which a test replaces. It listens on 127.0.0.54:53, by UDP and TCP, and says `ready`.
 *
 * @module
 */
import { createSocket } from "node:dgram";
import { parseIpAddress } from "../../core/model/mod.ts";
import { answerQuery, type AskedQuestion, type DnsReply } from "../support/dns_answer.ts";

/** How the server answers. */
export interface Lie {
  /** The addresses of web.lab. */
  readonly addresses: readonly string[];
  /** The response code in place of an answer; 0 is an answer. */
  readonly rcode?: number;
  /** Whether the answer says that it is not complete. */
  readonly isTruncated?: boolean;
  /** Whether there are no records at all. */
  readonly isEmpty?: boolean;
  /** Time before the answer; milliseconds. */
  readonly delayMs?: number;
  /** Bytes that are missing at the end of the answer. */
  readonly cutBytes?: number;
}

const ADDRESS = "127.0.0.54";
const PORT = 53;

if (import.meta.main) {
  const [path = ""] = Deno.args;
  const about = { address: parseIpAddress(ADDRESS), port: PORT };
  const answer = async (query: Uint8Array, transport: AskedQuestion["transport"]): Promise<Uint8Array> => {
    const lie: Lie = JSON.parse(await Deno.readTextFile(path));
    await new Promise((resolve) => setTimeout(resolve, lie.delayMs ?? 0));
    const reply = ({ type }: AskedQuestion): DnsReply => replyOf(lie, type);
    const message = answerQuery(query, { server: about, transport, reply }) ?? new Uint8Array(0);
    return message.subarray(0, message.length - (lie.cutBytes ?? 0));
  };
  const socket = createSocket("udp4");
  socket.on("message", async (query, { port, address }) => socket.send(await answer(query, "udp"), port, address));
  socket.bind(PORT, ADDRESS, () => Deno.stdout.writeSync(new TextEncoder().encode("ready\n")));
  for await (const connection of Deno.listen({ hostname: ADDRESS, port: PORT })) {
    try {
      const query = new Uint8Array(512);
      const length = await connection.read(query) ?? 0;
      const message = await answer(query.subarray(2, length), "tcp");
      await connection.write(Uint8Array.from([message.length >> 8, message.length & 255, ...message]));
      connection.close();
    } catch {
      // The client went away.
    }
  }
}

function replyOf({ addresses, rcode = 0, isEmpty = false, isTruncated }: Lie, type: AskedQuestion["type"]): DnsReply {
  if (rcode !== 0) return { rcode };
  const records = isEmpty ? [] : type === "SRV" ? ["10 60 8080 web.lab"] : addresses;
  return { records, ttl: 1, ...isTruncated === undefined ? {} : { isTruncated } };
}
