/**
 * A director for the doctor, and how its findings are read.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Director, type LvsctlOptions } from "./director.ts";
import { mustRun } from "./namespace.ts";
import { createNatNetwork, DIRECTOR, type Network } from "./network.ts";

/** What the doctor prints as JSON, as far as it is looked at here. */
export interface Report {
  readonly steps: readonly {
    readonly command: string;
    readonly former: string | null;
    readonly problem: string | null;
  }[];
  readonly findings: readonly {
    readonly id: string;
    readonly severity: string;
    readonly object: string | null;
    readonly what: string;
    readonly fix: { readonly commands: readonly string[] } | null;
  }[];
}

/** A director, and what is found on it. */
export class Bench implements AsyncDisposable {
  /** The network. */
  readonly network: Network;
  /** Its director. */
  readonly director: Director;

  private constructor(network: Network, director: Director) {
    this.network = network;
    this.director = director;
  }

  /** Makes a network with its director. */
  static async create(make: typeof createNatNetwork = createNatNetwork, servers = 1): Promise<Bench> {
    const network = await make({ servers });
    return new Bench(network, await Director.of(network));
  }

  /** Deletes both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.director[Symbol.asyncDispose]();
    await this.network[Symbol.asyncDispose]();
  }

  /** The doctor's report, and its status. */
  async report(options = "", how: LvsctlOptions = {}): Promise<Report & { readonly code: number }> {
    const { code, stdout, stderr } = await this.director.lvsctl(`doctor --json ${options}`, how);
    assert.equal(stderr, "", `doctor ${options}`);
    return { code, ...JSON.parse(stdout) };
  }

  /** What is wrong: "error ip-forward". */
  async problems(options = "", how: LvsctlOptions = {}): Promise<readonly string[]> {
    const { code, findings } = await this.report(options, how);
    const problems = findings.filter(({ severity }) => severity === "error" || severity === "warning")
      .map(({ severity, id, object }) => [severity, id, ...(object === null ? [] : [object])].join(" "));
    assert.equal(code, problems.length > 0 ? 1 : 0, problems.join("; "));
    return problems;
  }

  /** Sysctls by sysctl(8). */
  async sysctl(name: string): Promise<string> {
    const { stdout } = await this.director.run(["sysctl", "-n", name]);
    return stdout.trim();
  }

  /** Breaks something. */
  async set(...values: readonly string[]): Promise<void> {
    await mustRun(["ip", "netns", "exec", DIRECTOR, "sysctl", "-qw", ...values]);
  }

  /** Runs an `ip` command on the director. */
  async ip(words: string): Promise<void> {
    await mustRun(["ip", "-n", DIRECTOR, ...words.split(" ")]);
  }
}
