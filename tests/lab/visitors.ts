/**
 * Visitors from many addresses, whose connections last as long as the test wants.
 *
 * ```ts ignore
 * await using visitors = await Visitors.of(network);
 * const [first] = await visitors.visit([{ from: visitorAddress(1), address: network.vip.ipv4, port: 80, keep: true }]);
 * ```
 *
 * @module
 */
import type { BackgroundProcess } from "./background_process.ts";
import { ip, mustRun } from "./namespace.ts";
import { CLIENT, DIRECTOR, type Network } from "./network.ts";
import { denoProgram } from "./traffic.ts";
import type { Encounter, Errand, Visit } from "./visitor_program.ts";

/** All of these are addresses of the client's. */
const VISITORS = { ipv4: "10.64.0.0/16", ipv6: "fd64::/32" } as const;

/**
 * An address of the client's.
 *
 * @param host the last byte
 * @param network the byte before it
 * @returns an IPv4 address
 */
export function visitorAddress(host: number, network = 0): string {
  return `10.64.${network}.${host}`;
}

/**
 * An address of the client's.
 *
 * @param host the last 16 bits
 * @param network the third 16 bits; the prefix of 48 bits ends with them
 * @returns an IPv6 address
 */
export function visitorAddress6(host: number, network = 0): string {
  return `fd64:0:${network.toString(16)}::${host.toString(16)}`;
}

/** A program on the client of a network that makes requests from any of its addresses. */
export class Visitors implements AsyncDisposable {
  readonly #program: BackgroundProcess;
  #answered = 0;

  private constructor(program: BackgroundProcess) {
    this.#program = program;
  }

  /**
   * Gives the client of a network its many addresses, and starts the program.
   *
   * @param network one whose director has the client on its own link, or whose router has
   * @param router the namespace that is to know the way back
   * @returns the visitors
   */
  static async of(network: Network, router: string = DIRECTOR): Promise<Visitors> {
    // Over IPv6 a route alone does not make them its own.
    await mustRun(["ip", "netns", "exec", CLIENT, "sysctl", "-qw", "net.ipv6.ip_nonlocal_bind=1"]);
    await ip([`route add local ${VISITORS.ipv4} dev lo`, `route add local ${VISITORS.ipv6} dev lo`], CLIENT);
    await ip([`route add ${VISITORS.ipv4} via 10.0.0.2`, `route add ${VISITORS.ipv6} via fd00::2`], router);
    return new Visitors(network.start(CLIENT, denoProgram("visitor_program.ts", null), { takesInput: true }));
  }

  /**
   * Makes requests, one after the other, each on a connection of its own.
   *
   * @param visits from where to where
   * @returns what came of each
   */
  visit(visits: readonly Visit[]): Promise<readonly Encounter[]> {
    return this.#do({ visit: visits });
  }

  /**
   * Makes a request on each of some connections that were kept.
   *
   * @param kept their numbers
   * @returns what came of each
   */
  again(kept: readonly number[]): Promise<readonly Encounter[]> {
    return this.#do({ again: kept });
  }

  /**
   * Closes connections that were kept.
   *
   * @param kept their numbers
   */
  async leave(kept: readonly number[]): Promise<void> {
    await this.#do({ leave: kept });
  }

  /**
   * Resets TCP connections that were kept, which a director forgets after 10 seconds; closed ones it has for 2 minutes.
   *
   * @param kept their numbers
   */
  async reset(kept: readonly number[]): Promise<void> {
    await this.#do({ reset: kept });
  }

  /** Ends the program, and with it what was kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop();
  }

  async #do(errand: Errand): Promise<readonly Encounter[]> {
    await this.#program.write(`${JSON.stringify(errand)}\n`);
    const number = this.#answered++;
    await this.#program.untilOutput(new RegExp(`^(.*\n){${number + 1}}`), { timeLimitSeconds: 60 });
    return JSON.parse(this.#program.stdout.split("\n")[number] ?? "");
  }
}

/**
 * Who answered, in the order of the requests.
 *
 * @param encounters what came of them
 * @returns the name of a server, or the reason for which there was none
 */
export function answers(encounters: readonly Encounter[]): readonly string[] {
  return encounters.map(({ server, failure = "" }) => server ?? failure);
}

/**
 * How often each answered.
 *
 * @param encounters what came of requests
 * @returns counts by the name of a server, or by the reason for which there was none
 */
export function tally(encounters: readonly Encounter[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const answer of answers(encounters)) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}

/**
 * The numbers of the connections that were kept.
 *
 * @param encounters what came of requests
 * @returns for `again` and `leave`
 */
export function keptOf(encounters: readonly Encounter[]): readonly number[] {
  return encounters.flatMap(({ kept }) => kept === undefined ? [] : [kept]);
}
