import { type DnsSettings, formatServerId, type IpAddress, parseIpAddress, type ServerId } from "../model/mod.ts";
import {
  AnswerError,
  converse,
  decodeAnswer,
  describeNetworkFailure,
  type DnsAnswer,
  type DnsQuestion,
  encodeQuery,
} from "../net/mod.ts";
import { lookUpAll, runWithin } from "../time/mod.ts";
import { MAX_SERVERS, type Reading, type SourceReader, type SourceTools } from "./reader.ts";

const DNS_PORT = 53;
const NAME_SERVER_FILE = "/etc/resolv.conf";

/** How often each name server is asked before a question fails: UDP loses packets. */
const ROUNDS = 2;

/** Most targets of an SRV answer whose addresses are looked up. */
const MAX_TARGETS = 500;

/** A record of a service. */
interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** Options of a {@linkcode DnsReader}. */
export interface DnsReaderOptions {
  /** Whether the name has SRV records; otherwise it has addresses. */
  readonly isSrv: boolean;
  /** The name, and how to ask for it. */
  readonly settings: DnsSettings;
  /** Time limit of one reading; milliseconds. */
  readonly timeoutMs: number;
}

/** Reads the addresses of a name, or the SRV records of one with the addresses of their targets. */
export class DnsReader implements SourceReader {
  readonly #tools: SourceTools;
  readonly #options: DnsReaderOptions;

  /** Asks nothing yet. */
  constructor(tools: SourceTools, options: DnsReaderOptions) {
    this.#tools = tools;
    this.#options = options;
  }

  /** Asks the name servers. */
  async read(signal: AbortSignal): Promise<Reading> {
    const { timeoutMs, isSrv, settings: { minTtlMs, maxTtlMs } } = this.#options;
    return await runWithin({ timeoutMs, signal, clock: this.#tools.clock }, async (deadline) => {
      const ttls: number[] = [];
      const ask = new NameLookup(this.#tools, { ...this.#options, signal: deadline, ttls });
      const servers = isSrv ? await ask.services() : await ask.servers();
      const ttlMs = Math.min(...ttls) * 1000;
      return { servers, againMs: Math.min(Math.max(ttlMs, minTtlMs), maxTtlMs) };
    });
  }
}

/** One reading: the questions that lead to a list. */
class NameLookup {
  readonly #tools: SourceTools;
  readonly #options: DnsReaderOptions & { readonly signal: AbortSignal; readonly ttls: number[] };
  readonly #nameServers: readonly ServerId[];

  constructor(
    tools: SourceTools,
    options: DnsReaderOptions & { readonly signal: AbortSignal; readonly ttls: number[] },
  ) {
    this.#tools = tools;
    this.#options = options;
    this.#nameServers = options.settings.nameServers ?? nameServersIn(tools.readFile(NAME_SERVER_FILE));
    if (this.#nameServers.length === 0) throw new AnswerError(`${NAME_SERVER_FILE} names no name server`);
  }

  async servers(): Promise<Reading["servers"]> {
    const { name } = this.#options.settings;
    const addresses = await this.#addresses(name);
    if (addresses.length === 0) throw new AnswerError(`${name} has no address`);
    return addresses.map((address) => ({ address }));
  }

  async services(): Promise<Reading["servers"]> {
    const { name } = this.#options.settings;
    const { rcode, answers } = await this.#ask(name, "SRV");
    if (rcode !== "NOERROR") throw new AnswerError(`${rcode} for the SRV records of ${name}`);
    const records = bestRecords(answers);
    if (records.length === 0) throw new AnswerError(`${name} has no SRV records`);
    if (records.length > MAX_TARGETS) throw new AnswerError(`${name} has more than ${MAX_TARGETS} SRV records`);
    const targets = await lookUpAll(records.map(({ target }) => target), (target) => this.#addresses(target));
    const isWeighted = records.some(({ weight }) => weight > 0);
    const servers = records.flatMap(({ target, port, weight }) =>
      (targets.get(target) ?? []).map((address) => ({
        address,
        port,
        // A weight of 0 is the smallest share, not none (RFC 2782).
        weight: isWeighted ? Math.max(1, weight) : undefined,
      }))
    );
    if (servers.length === 0) throw new AnswerError(`no target of ${name} has an address`);
    return [...new Map(servers.map((server) => [formatServerId(server), server])).values()];
  }

  /** The addresses of a name; none if it surely has none. */
  async #addresses(name: string): Promise<readonly IpAddress[]> {
    const { family } = this.#options.settings;
    const types = family === "both" ? ["A", "AAAA"] : family === "ipv4" ? ["A"] : ["AAAA"];
    const found = await Promise.all(types.map(async (type) => {
      const { rcode, answers } = await this.#ask(name, type);
      if (rcode !== "NOERROR" && rcode !== "NXDOMAIN") throw new AnswerError(`${rcode} for ${name} ${type}`);
      return answers.map(parseIpAddress);
    }));
    const addresses = [...new Set(found.flat())];
    if (addresses.length > MAX_SERVERS) throw new AnswerError(`${name} has more than ${MAX_SERVERS} addresses`);
    return addresses;
  }

  /** Asks the name servers in turn, until one gives an answer that is not a failure of its own. */
  async #ask(name: string, recordType: string): Promise<DnsAnswer> {
    const { timeoutMs, signal, ttls } = this.#options;
    const eachMs = Math.max(100, timeoutMs / (ROUNDS * this.#nameServers.length * 2));
    let failure: unknown;
    for (let round = 0; round < ROUNDS; round++) {
      for (const server of this.#nameServers) {
        if (signal.aborted) throw failure ?? new AnswerError("no answer in time");
        try {
          const answer = await this.#askServer(server, { name, recordType, timeoutMs: eachMs });
          if (answer.rcode === "NOERROR" || answer.rcode === "NXDOMAIN") {
            if (answer.ttlSeconds !== undefined) ttls.push(answer.ttlSeconds);
            return answer;
          }
          failure = new AnswerError(`${answer.rcode} for ${name} ${recordType} from ${formatServerId(server)}`);
        } catch (error) {
          const reason = error instanceof AnswerError ? error.message : describeNetworkFailure(error).reason;
          failure = new AnswerError(`${name} ${recordType}: ${formatServerId(server)}: ${reason}`);
        }
      }
    }
    throw failure;
  }

  async #askServer(
    server: ServerId,
    { name, recordType, timeoutMs }: {
      readonly name: string;
      readonly recordType: string;
      readonly timeoutMs: number;
    },
  ): Promise<DnsAnswer> {
    const { signal } = this.#options;
    const { clock } = this.#tools;
    const [id = 0] = crypto.getRandomValues(new Uint16Array(1));
    const question: DnsQuestion = { id, name, recordType, recursion: true };
    const answer = await runWithin({ timeoutMs, signal, clock }, async (deadline) => {
      try {
        return await this.#askByUdp(server, { question, signal: deadline });
      } catch (error) {
        throw deadline.aborted && !signal.aborted ? new AnswerError("no answer in time") : error;
      }
    });
    if (!answer.isTruncated) return answer;
    return await runWithin(
      { timeoutMs, signal, clock },
      (deadline) => this.#askByTcp(server, { question, signal: deadline, timeoutMs }),
    );
  }

  async #askByUdp(
    server: ServerId,
    { question, signal }: { readonly question: DnsQuestion; readonly signal: AbortSignal },
  ): Promise<DnsAnswer> {
    using socket = this.#tools.network.openDatagram(server, { binding: {}, signal });
    await socket.write(encodeQuery(question));
    for (;;) {
      // Others may send datagrams that only look like answers.
      const answer = decodeAnswer(await socket.receive(), question);
      if (answer !== undefined && isFor(answer, question)) return answer;
    }
  }

  async #askByTcp(
    server: ServerId,
    { question, signal, timeoutMs }: {
      readonly question: DnsQuestion;
      readonly signal: AbortSignal;
      readonly timeoutMs: number;
    },
  ): Promise<DnsAnswer> {
    const { network, clock } = this.#tools;
    let answer: DnsAnswer | undefined;
    const outcome = await converse(
      { endpoint: server, binding: {}, options: { signal, network, clock, timeoutMs } },
      async (session) => {
        const query = encodeQuery(question);
        await session.sendBytes(Uint8Array.from([query.length >> 8, query.length & 255, ...query]));
        const [high = 0, low = 0] = await session.bytes(2);
        const message = new Uint8Array(high * 256 + low);
        for (let length = 0; length < message.length;) {
          const piece = await session.reader.piece(message.length - length);
          if (piece === undefined) throw new AnswerError("closed the connection while answering");
          message.set(piece, length);
          length += piece.length;
        }
        answer = decodeAnswer(message, question);
        return { ok: true, detail: "" };
      },
    );
    if (outcome.ok === false) throw new AnswerError(outcome.reason);
    if (answer === undefined || !isFor(answer, question)) throw new AnswerError("no answer by TCP");
    if (answer.isTruncated) throw new AnswerError("answer is truncated by TCP too");
    return answer;
  }
}

function isFor({ question }: DnsAnswer, { name }: DnsQuestion): boolean {
  return question === undefined || question === `${name.toLowerCase().replace(/\.$/, "")}.`;
}

/** The records of the best priority; the name "." stands for no service (RFC 2782). */
function bestRecords(answers: readonly string[]): readonly SrvRecord[] {
  const records = answers.map((text): SrvRecord => {
    const [priority, weight, port, written = "."] = text.split(" ");
    const target = written === "." ? written : written.replace(/\.$/, "");
    return { priority: Number(priority), weight: Number(weight), port: Number(port), target };
  }).filter(({ target }) => target !== ".");
  const best = Math.min(...records.map(({ priority }) => priority));
  return records.filter(({ priority }) => priority === best);
}

/** The name servers in the text of resolv.conf. */
export function nameServersIn(text: string): readonly ServerId[] {
  return [...text.matchAll(/^[ \t]*nameserver[ \t]+([\d.:A-Fa-f]+)[ \t]*$/gm)].slice(0, 3).map(([, address = ""]) => ({
    address: parseIpAddress(address),
    port: DNS_PORT,
  }));
}
