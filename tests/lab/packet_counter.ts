/**
 * Counts packets in a namespace by the firewall's own counters, which neither IPVS nor lvsctl has a hand in.
 *
 * @module
 */
import { inNamespace } from "./namespace.ts";

/** Which packets are counted. */
export interface CountedPackets {
  /** What the count is called. */
  readonly name: string;
  /** Where they are counted: as they come in, before anything else happens to them, or as they go out. */
  readonly chain: "PREROUTING" | "OUTPUT" | "POSTROUTING";
  /** What they match, in the words of iptables. */
  readonly match: string;
  /** Family of the packets. */
  readonly family: "ipv4" | "ipv6";
}

const PROGRAMS = { ipv4: "iptables-legacy", ipv6: "ip6tables-legacy" } as const;

/** Counters of packets that go through a namespace. */
export class PacketCounter {
  readonly #namespace: string;

  private constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /**
   * Starts to count.
   *
   * @param namespace where
   * @param counted which packets, each kind by its name
   * @returns the counters
   */
  static async start(namespace: string, counted: readonly CountedPackets[]): Promise<PacketCounter> {
    const counter = new PacketCounter(namespace);
    for (const { name, chain, match, family } of counted) {
      await counter.#run(PROGRAMS[family], `-A ${chain} ${match} -m comment --comment ${name}`);
    }
    return counter;
  }

  /** How many packets were counted by now, by the name of the count. */
  async read(): Promise<Readonly<Record<string, number>>> {
    const found: Record<string, number> = {};
    for (const program of Object.values(PROGRAMS)) {
      const text = await this.#run(program, "-L -n -v -x");
      for (const [, packets, name = ""] of text.matchAll(/^ *(\d+) .*\/\* (\S+) \*\//gm)) found[name] = Number(packets);
    }
    return found;
  }

  async #run(program: string, words: string): Promise<string> {
    // mangle has the chains that every packet goes through, whichever way it takes.
    const { code, stdout, stderr } = await inNamespace(this.#namespace, [
      program,
      "-w",
      "-t",
      "mangle",
      ...words.split(" "),
    ]);
    if (code !== 0) throw new Error(`${program} ${words}: ${stderr}`);
    return stdout;
  }
}
