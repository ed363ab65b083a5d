/**
 * A nat network for servers of real protocols, with a client that speaks to them through the VIP.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Director } from "./director.ts";
import { type CommandOptions, type CommandResult, inNamespace } from "./namespace.ts";
import { CLIENT, createNatNetwork, type Network } from "./network.ts";
import { placesOf, type ServerPlace, withoutDns } from "./servers/place.ts";

/** A service to balance. */
export interface BalancedService {
  /** The protocol; by default TCP. */
  readonly protocol?: "tcp" | "udp";
  /** The port of the service. */
  readonly port: number;
  /** The port of the servers; by default the service's. */
  readonly serverPort?: number;
}

/** A director in front of two servers. */
export class ProtocolBench implements AsyncDisposable {
  /** The network. */
  readonly network: Network;
  /** The director. */
  readonly director: Director;
  /** Where servers are balanced: two places. */
  readonly places: readonly ServerPlace[];
  /** A place that is not balanced: for what the servers themselves need. */
  readonly third: ServerPlace;
  /** The IPv4 address that the client speaks to. */
  readonly vip: string;

  private constructor(network: Network, director: Director) {
    const [first, second, third] = placesOf(network);
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    this.network = network;
    this.director = director;
    this.places = [first, second];
    this.third = third;
    this.vip = network.vip.ipv4;
  }

  /**
   * Makes the network.
   *
   * @returns the bench, to be disposed of
   */
  static async create(): Promise<ProtocolBench> {
    const network = await createNatNetwork({ servers: 3 });
    return new ProtocolBench(network, await Director.of(network));
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.director[Symbol.asyncDispose]();
    await this.network[Symbol.asyncDispose]();
  }

  /**
   * Balances a service over both places in turn, with lvsctl.
   *
   * @param service which
   */
  async balance({ protocol = "tcp", port, serverPort = port }: BalancedService): Promise<void> {
    const service = `${protocol}://${this.vip}:${port}`;
    await this.director.must(`service add ${service} --scheduler rr`);
    for (const { address } of this.places) {
      await this.director.must(`server add ${service} ${address}:${serverPort} --forward nat`);
    }
  }

  /**
   * Runs a program on the client.
   *
   * @param argv the program and its arguments
   * @param options its input
   * @returns how it ended
   */
  run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return inNamespace(CLIENT, withoutDns(argv), options);
  }

  /**
   * Runs a program on the client, which has to succeed.
   *
   * @param argv the program and its arguments
   * @param options its input
   * @returns what it wrote to standard output
   */
  async must(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv, options);
    assert.equal(code, 0, `${argv.join(" ")}: ${stderr}`);
    return stdout;
  }

  /**
   * Fetches with curl, which has to succeed.
   *
   * @param args its arguments
   * @param options its input
   * @returns the answer
   */
  curl(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return this.must(["curl", "--silent", "--show-error", "--max-time", "60", ...args], options);
  }
}

/**
 * Does something several times.
 *
 * @param count how often
 * @param work what is done, with the number of the time, from 0
 * @returns what came of each
 */
export async function repeat<T>(count: number, work: (index: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let index = 0; index < count; index++) results.push(await work(index));
  return results;
}

/**
 * Holds that both servers have answered, in turn.
 *
 * @param names of the servers that answered, in the order of the requests
 */
export function assertInTurn(names: readonly string[]): void {
  assert.deepEqual(names.slice(0, 2).toSorted(), ["r1", "r2"]);
  names.forEach((name, index) => assert.equal(name, names[index % 2], `request ${index} of ${names.join(" ")}`));
}
