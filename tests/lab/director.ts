/**
 * The lab's director: runs the compiled lvsctl there as its user would, and looks at the table with other eyes than
 * lvsctl's own.
 *
 * ```ts ignore
 * await using director = await Director.create();
 * await director.must("service add tcp://192.0.2.10:80");
 * assert.deepEqual(await director.rules(), ["-A -t 192.0.2.10:80 -s wlc"]);
 * ```
 *
 * @module
 */
import assert from "node:assert/strict";
import { fieldsOf, itemsOf } from "../../core/json/mod.ts";
import { procRows } from "../support/outside_view.ts";
import { reasonsOf } from "../support/refusal.ts";
import type { BackgroundProcess } from "./background_process.ts";
import { type CommandOptions, type CommandResult, inNamespace, Namespaces, type StartOptions } from "./namespace.ts";
import { DIRECTOR, type Network } from "./network.ts";

/** How often the lab's kernel counts in a second; /proc/net/ip_vs shows times in such ticks. */
const TICKS_PER_SECOND = 100;

/** A warning about settings of the table, with the code of its finding. */
const FINDING = /^lvsctl: warning: .* \[([a-z]+(?:-[a-z]+)+)\]\n$/;

/** A command line of lvsctl's: in words, or as one text with blanks between them. */
export type Words = string | readonly string[];

/** How lvsctl is run. */
export interface LvsctlOptions extends CommandOptions {
  /** A program and its arguments that runs lvsctl for us, such as `setpriv`. */
  readonly through?: readonly string[];
}

/** What a command that does not succeed is to say. */
export interface Refusal {
  /** Its exit code. */
  readonly code: number;
  /** Each line of standard error, without `lvsctl: ` before it: all of it, or a pattern. */
  readonly lines: readonly (string | RegExp)[];
}

/** Where a director is: a namespace, and what starts programs there. */
interface Place {
  readonly namespace: string;
  readonly start: (argv: readonly string[], options?: StartOptions) => BackgroundProcess;
  readonly dispose: () => Promise<void>;
}

/** The path of the compiled program. */
export function lvsctlPath(): string {
  const path = Deno.env.get("LVSCTL_BIN");
  if (path === undefined) throw new Error("LVSCTL_BIN has to name the compiled lvsctl");
  return path;
}

const HIDE_LIBNL = `for library in $(ldconfig --print-cache | sed -n 's/.*libnl.* => //p'); do
  mount --bind /dev/null "$library"
done
`;

// What may be in a directory that only root can enter is mounted where everybody can.
const BE_NOBODY = `mkdir -p /run/program/cache
touch /run/program/lvsctl
mount --bind "$1" /run/program/lvsctl
mount --bind "$LVSCTL_CACHE_DIR" /run/program/cache
shift
export LVSCTL_CACHE_DIR=/run/program/cache HOME=/nonexistent
exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all -- /run/program/lvsctl "$@"
`;

function inMountNamespace(script: string): readonly string[] {
  return ["unshare", "--mount", "sh", "-euc", script, "sh"];
}

/** Runs lvsctl where libnl is not installed, for {@linkcode LvsctlOptions}. */
export const WITHOUT_LIBNL: readonly string[] = inMountNamespace(`${HIDE_LIBNL}exec "$@"`);

/** Runs lvsctl as a user who may do nothing, for {@linkcode LvsctlOptions}. */
export const AS_NOBODY: readonly string[] = inMountNamespace(BE_NOBODY);

/** Both at once. */
export const AS_NOBODY_WITHOUT_LIBNL: readonly string[] = inMountNamespace(HIDE_LIBNL + BE_NOBODY);

/**
 * The environment of a shell that finds the compiled program as `lvsctl`, as a user's shell does.
 *
 * @returns what to add to this process's
 */
export async function shellEnvironment(): Promise<Readonly<Record<string, string>>> {
  const directory = await Deno.makeTempDir();
  await Deno.symlink(lvsctlPath(), `${directory}/lvsctl`);
  return { PATH: `${directory}:${Deno.env.get("PATH") ?? ""}` };
}

/** A director: a network namespace with an IPVS table of its own. */
export class Director implements AsyncDisposable {
  readonly #place: Place;
  /** A process in the namespace, whose view of /proc/net is the namespace's: reading it needs no further process. */
  readonly #witness: BackgroundProcess;
  /** The codes of expected warnings, and whether each has come. */
  readonly #expected = new Map<string, boolean>();

  private constructor(place: Place, witness: BackgroundProcess) {
    this.#place = place;
    this.#witness = witness;
  }

  /**
   * Makes a director that has no network but its loopback device.
   *
   * @param namespace its name
   * @returns what deletes it
   */
  static async create(namespace: string = DIRECTOR): Promise<Director> {
    const namespaces = await Namespaces.create([namespace]);
    return await Director.#at({
      namespace,
      start: (argv, options) => namespaces.start(namespace, argv, options),
      dispose: () => namespaces[Symbol.asyncDispose](),
    });
  }

  /**
   * The director of a network; it goes with that.
   *
   * @param network where
   * @returns the director
   */
  static async of(network: Network): Promise<Director> {
    return await Director.#at({
      namespace: DIRECTOR,
      start: (argv, options) => network.start(DIRECTOR, argv, options),
      dispose: () => Promise.resolve(),
    });
  }

  static async #at(place: Place): Promise<Director> {
    const witness = place.start(["busybox", "sh", "-c", "echo here; exec busybox sleep 3600"]);
    try {
      await witness.untilOutput(/^here\n/);
    } catch (error) {
      await place.dispose();
      throw error;
    }
    return new Director(place, witness);
  }

  /**
   * Kills what was started on it; one that was made with {@linkcode create} is deleted.
   *
   * @throws {Error} if a warning never came that was expected
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#witness.stop();
    await this.#place.dispose();
    const missing = [...this.#expected].filter(([, isSeen]) => !isSeen).map(([code]) => code);
    assert.deepEqual(missing, [], "warnings that never came");
  }

  /**
   * Names the warnings about settings of the table that its commands are to print from here on; any other one is a
   * failure, and so is one that never comes.
   *
   * @param codes the codes of their findings
   */
  expects(...codes: readonly string[]): void {
    for (const code of codes) this.#expected.set(code, this.#expected.get(code) ?? false);
  }

  /** Standard error without the lines of expected warnings. */
  #withoutExpected(stderr: string): string {
    return stderr.split(/^/m).filter((line) => {
      const [, code = ""] = FINDING.exec(line) ?? [];
      if (!this.#expected.has(code)) return true;
      this.#expected.set(code, true);
      return false;
    }).join("");
  }

  /**
   * Runs a command on it.
   *
   * @param argv the program and its arguments
   * @param options its input and environment
   * @returns how it ended
   */
  run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return inNamespace(this.#place.namespace, argv, options);
  }

  /**
   * Runs lvsctl.
   *
   * @param words its arguments
   * @param options its input, its environment, and what runs it
   * @returns how it ended
   */
  lvsctl(words: Words, options: LvsctlOptions = {}): Promise<CommandResult> {
    const { through = [], ...others } = options;
    return this.run([...through, lvsctlPath(), ...split(words)], others);
  }

  /**
   * Starts a program, to be killed with the director at the latest.
   *
   * @param argv the program and its arguments
   * @returns the running program
   */
  startProgram(argv: readonly string[]): BackgroundProcess {
    return this.#place.start(argv);
  }

  /**
   * Starts lvsctl, to be killed with the director at the latest.
   *
   * @param words its arguments
   * @param options its environment
   * @returns the running program
   */
  start(words: Words, options: StartOptions = {}): BackgroundProcess {
    return this.#place.start([lvsctlPath(), ...split(words)], options);
  }

  /**
   * Runs lvsctl, which has to succeed without a word on standard error, apart from warnings that are expected.
   *
   * @param words its arguments
   * @param options as for {@linkcode lvsctl}
   * @returns its standard output
   */
  async must(words: Words, options: LvsctlOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.lvsctl(words, options);
    const commandLine = `lvsctl ${split(words).join(" ")}`;
    assert.deepEqual({ code, stderr: this.#withoutExpected(stderr) }, { code: 0, stderr: "" }, commandLine);
    return stdout;
  }

  /**
   * Runs lvsctl with `--json`; it has to succeed.
   *
   * @param words its other arguments
   * @param options as for {@linkcode lvsctl}
   * @returns what it printed
   */
  async json(words: Words, options: LvsctlOptions = {}): Promise<unknown> {
    return JSON.parse(await this.must([...split(words), "--json"], options));
  }

  /**
   * Runs lvsctl with `--json`; it has to succeed.
   *
   * @param words its other arguments
   * @param options.key the key of a list
   * @returns the list in what it printed
   */
  async items(
    words: Words,
    { key, ...options }: LvsctlOptions & { readonly key: string },
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return itemsOf(fieldsOf(await this.json(words, options))[key]).map(fieldsOf);
  }

  /**
   * Runs lvsctl, which has to fail with these lines and no others, with nothing on standard output, and to leave the
   * table as it is.
   *
   * @param words its arguments
   * @param refusal how it has to fail
   * @param options as for {@linkcode lvsctl}
   */
  async refuses(words: Words, refusal: Refusal, options: LvsctlOptions = {}): Promise<void> {
    const before = this.proc();
    const { code, stdout, stderr } = await this.lvsctl(words, options);
    assertRefusal({ code, stdout, stderr }, refusal, `lvsctl ${split(words).join(" ")}`);
    assert.equal(this.proc(), before, `lvsctl ${split(words).join(" ")} changed the table`);
  }

  /**
   * /proc/net/ip_vs as it is. Where it is longer than a page and another namespace has services too, the kernel leaves
   * some out.
   */
  proc(): string {
    return Deno.readTextFileSync(`/proc/${this.#witness.pid}/net/ip_vs`);
  }

  /** The services and servers of /proc/net/ip_vs, each server with its service, sorted. */
  rows(): readonly string[] {
    return procRows(this.proc(), TICKS_PER_SECOND);
  }

  /** What ipvsadm saves, sorted: all but thresholds, timeouts and sync daemons. */
  async rules(): Promise<readonly string[]> {
    return lines(await this.ipvsadm(["--save", "--numeric"])).sort();
  }

  /** All that can be known of the table without lvsctl, as one text that is the same for the same table. */
  async everything(): Promise<string> {
    const parts = [
      ...this.rows(),
      ...await this.rules(),
      await this.ipvsadm(["--list", "--numeric", "--thresholds"]),
      await this.ipvsadm(["--list", "--timeout"]),
      await this.ipvsadm(["--list", "--daemon"]),
    ];
    return parts.join("\n");
  }

  /**
   * Runs the real ipvsadm, which has to succeed.
   *
   * @param args its arguments
   * @param options its input
   * @returns its standard output
   */
  async ipvsadm(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(["ipvsadm", ...args], options);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, `ipvsadm ${args.join(" ")}`);
    return stdout;
  }

  /**
   * Adds what rules in ipvsadm's format say.
   *
   * @param rules one per line
   */
  async load(rules: readonly string[]): Promise<void> {
    await this.ipvsadm(["--restore"], { stdin: rules.map((rule) => `${rule}\n`).join("") });
  }
}

/**
 * Holds how a command failed against how it is to fail.
 *
 * @param result how it did
 * @param refusal how it has to; nothing may be on standard output
 * @param what it was, for the message
 */
export function assertRefusal(result: CommandResult, refusal: Refusal, what: string): void {
  const { code, stdout, stderr } = result;
  const told = reasonsOf(stderr);
  assert.deepEqual({ code, stdout, lines: told.length }, {
    code: refusal.code,
    stdout: "",
    lines: refusal.lines.length,
  }, `${what}: ${stderr}`);
  refusal.lines.forEach((expected, index) => {
    const line = told[index] ?? "";
    if (typeof expected === "string") assert.equal(line, `lvsctl: ${expected}`, what);
    else {
      assert.ok(line.startsWith("lvsctl: "), `${what}: ${line}`);
      assert.match(line.slice("lvsctl: ".length), expected, what);
    }
  });
}

/**
 * Waits until something holds, looking again and again.
 *
 * @param holds what is looked at
 * @param options how long at most, and what is told if it does not come to hold by then
 * @returns how long it took; milliseconds
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  options: { readonly withinMs: number; readonly what: string; readonly state?: () => string },
): Promise<number> {
  const begin = performance.now();
  for (;;) {
    if (await holds()) return performance.now() - begin;
    if (performance.now() - begin > options.withinMs) {
      throw new Error(`not within ${options.withinMs} ms: ${options.what}\n${options.state?.() ?? ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const POLL_MS = 10;

/** The lines of a text, without the blanks at their ends. */
export function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trimEnd()).filter((line) => line !== "");
}

function split(words: Words): readonly string[] {
  return typeof words === "string" ? words.split(" ").filter((word) => word !== "") : words;
}
