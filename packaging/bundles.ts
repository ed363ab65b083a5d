/**
 * The bundles in an executable of the launcher, one row each. The builder and packaging/launcher.c both read this
 * table, so a new bundle needs only a new row.
 *
 * A start takes less time if it reads and compiles less text, so commands that scripts call in loops have small
 * bundles. A bundle contains everything that its commands can reach; code that only other commands reach, like the
 * probers, adds nothing to it.
 *
 * @module
 */

import { COMMAND_ALLOCATOR, COMMAND_ENGINE, DAEMON_ALLOCATOR, DAEMON_ENGINE } from "./runtime_flags.ts";

/** The commands of a bundle, and the way to start it. */
export interface BundleRow {
  /** Its file in the cache directory is `NAME.js`. */
  readonly name: string;

  /** The program names that choose it, from cli/invocation.ts. */
  readonly programNames: readonly string[];

  /** The first arguments that choose it under other program names: the commands of lvsctl that it contains. */
  readonly firstArguments: readonly string[];

  /** The arguments that choose it if they are the whole command line. */
  readonly onlyArguments: readonly string[];

  /** The modules that it leaves out, by their paths in the repository. Only dynamic imports may name them. */
  readonly leaveOut: readonly string[];

  /**
   * The modules in a file of their own, which a start reads when a dynamic import reaches one of them. Such a bundle
   * starts from a cache directory of the user only; otherwise the whole program starts.
   */
  readonly apart: readonly string[];

  /** Its maximum size, as a share of the whole program; a larger bundle saves too little. A test checks it. */
  readonly atMost: number;

  /** V8's settings: an argument of the runtime. */
  readonly engine: string;

  /** Whether the cache stores its compiled code for later starts. */
  readonly keepsCode: boolean;

  /**
   * Whether it ends without releasing its memory once the cache has its code; the kernel does so faster. Not for bundles
   * that may load more code at a later start, which is stored at a program's own end.
   */
  readonly endsAtOnce: boolean;

  /** Settings of the C library's allocator: variables of the environment, except those that the user has set. */
  readonly allocator: Readonly<Record<string, string>>;

  /** Additional arguments of the runtime, used if the cache stores its compiled code. */
  readonly flags: readonly string[];
}

/**
 * Compiles all functions before the program runs. Deno stores the code compiled up to then, so each start would compile
 * again the functions that V8 compiles at their first call. For a small bundle, storing all code is faster.
 */
const COMPILE_AT_ONCE = "--v8-flags=--no-lazy";

/**
 * For a batch, V8's second compiler pays only if it has tens of thousands of lines: each line runs a lot of code, and
 * compiling all of it takes longer than a thousand lines. Large tables pass through much less code.
 */
const SECOND_COMPILER_LATE =
  "--v8-flags=--invocation-count-for-maglev=30000,--invocation-count-for-early-optimization=30000";

/** The drop-in, which has a bundle of its own. */
const DROP_IN: readonly string[] = ["cli/ipvsadm/mod.ts"];

/** Addresses of interfaces: routing netlink, and the frames that announce a VIP. */
const ADDRESSES: readonly string[] = ["core/system/vips.ts", "cli/state/vip_file.ts"];

/** The resources of the context that only realserver and doctor open. */
const MACHINE: readonly string[] = [
  "cli/state/realserver_access.ts",
  "core/system/routes.ts",
  "core/system/server_prober.ts",
];

/** Host names and sources of servers, which only a configuration file refers to. */
const NAMES: readonly string[] = ["core/system/names.ts", "cli/context/source_reader.ts"];

/** A file that is tried in a network namespace of its own, which only commands of files do. */
const REHEARSAL: readonly string[] = ["core/system/rehearsal.ts"];

/** The reader of files, which these bundles need for names of services only: they start the whole program for it. */
const FILES: readonly string[] = ["cli/config/file_names.ts"];

/** What reads YAML that people write, and rules. Files of `lvsctl save` have a reader of their own. */
const FULL_READER: readonly string[] = ["core/config/file_reader.ts", "cli/ipvsadm/rules_file.ts"];

/** What few changes of the table need. */
const RARE: readonly string[] = [
  "cli/daemon/running_daemon.ts",
  "cli/table/apply_drain.ts",
  "cli/table/rehearsal.ts",
  "core/system/rehearsal.ts",
];

/** The client of stores, for which the bundle of files starts the whole program. */
const STORES: readonly string[] = ["cli/cluster/stored_text.ts"];

/** The bundles. The first is the whole program, for every command line that chooses no other bundle. */
export const BUNDLES: readonly [BundleRow, ...BundleRow[]] = [
  {
    name: "lvsctl",
    programNames: [],
    firstArguments: [],
    onlyArguments: [],
    leaveOut: [],
    apart: [],
    atMost: 1,
    engine: COMMAND_ENGINE,
    keepsCode: true,
    endsAtOnce: false,
    allocator: COMMAND_ALLOCATOR,
    flags: [],
  },
  {
    name: "ipvsadm",
    programNames: ["ipvsadm", "ipvsadm-save", "ipvsadm-restore"],
    firstArguments: ["ipvsadm"],
    onlyArguments: [],
    leaveOut: ["cli/run_command_line.ts", "cli/system_context.ts"],
    apart: [],
    atMost: 1 / 4,
    engine: COMMAND_ENGINE,
    keepsCode: true,
    endsAtOnce: true,
    allocator: COMMAND_ALLOCATOR,
    flags: [COMPILE_AT_ONCE],
  },
  {
    // Prints without the tree of commands.
    name: "version",
    programNames: [],
    firstArguments: [],
    onlyArguments: ["version", "--version", "-V"],
    leaveOut: [...DROP_IN, "cli/run_command_line.ts", "cli/system_context.ts", "cli/context/kernel_context.ts"],
    apart: [],
    atMost: 1 / 16,
    engine: COMMAND_ENGINE,
    keepsCode: true,
    endsAtOnce: true,
    allocator: COMMAND_ALLOCATOR,
    flags: [COMPILE_AT_ONCE],
  },
  {
    // Called most often, and needs least: no lock, no journal, no addresses.
    name: "view",
    programNames: [],
    firstArguments: ["list", "version"],
    onlyArguments: [],
    leaveOut: [...DROP_IN, ...ADDRESSES, ...MACHINE, ...NAMES, ...FILES, ...REHEARSAL],
    apart: [],
    atMost: 1 / 6,
    engine: COMMAND_ENGINE,
    keepsCode: true,
    endsAtOnce: true,
    allocator: COMMAND_ALLOCATOR,
    flags: [COMPILE_AT_ONCE],
  },
  {
    // Other commands for the table alone.
    name: "table",
    programNames: [],
    firstArguments: ["service", "server", "connections", "timeouts", "sync", "zero", "flush"],
    onlyArguments: [],
    leaveOut: [...DROP_IN, ...ADDRESSES, ...MACHINE, ...NAMES, ...FILES, ...REHEARSAL],
    apart: [],
    atMost: 1 / 4,
    engine: COMMAND_ENGINE,
    keepsCode: true,
    endsAtOnce: true,
    allocator: COMMAND_ALLOCATOR,
    flags: [COMPILE_AT_ONCE],
  },
  {
    // Those commands from a file, as one change with plan and journal.
    name: "batch",
    programNames: [],
    firstArguments: ["batch"],
    onlyArguments: [],
    leaveOut: [...DROP_IN, ...MACHINE, ...NAMES, ...FILES, ...REHEARSAL],
    apart: [],
    atMost: 1 / 3,
    engine: COMMAND_ENGINE,
    keepsCode: true,
    endsAtOnce: true,
    allocator: COMMAND_ALLOCATOR,
    flags: [COMPILE_AT_ONCE, SECOND_COMPILER_LATE],
  },
  {
    // Commands that read addresses of interfaces, and no file.
    name: "addresses",
    programNames: [],
    firstArguments: ["save", "vip"],
    onlyArguments: [],
    leaveOut: [...DROP_IN, ...MACHINE, ...NAMES, ...FILES, ...REHEARSAL],
    apart: [],
    atMost: 1 / 3,
    engine: COMMAND_ENGINE,
    keepsCode: true,
    endsAtOnce: true,
    allocator: COMMAND_ALLOCATOR,
    flags: [COMPILE_AT_ONCE],
  },
  {
    // Commands that read a file.
    name: "file",
    programNames: [],
    firstArguments: ["restore", "plan", "apply"],
    onlyArguments: [],
    leaveOut: [...DROP_IN, ...MACHINE, ...STORES],
    apart: [...FULL_READER, ...NAMES, ...RARE],
    atMost: 3 / 4,
    engine: COMMAND_ENGINE,
    keepsCode: true,
    endsAtOnce: false,
    allocator: COMMAND_ALLOCATOR,
    // Most of its code runs once for each service of a large table, so it may be compiled better later than by default.
    flags: [COMPILE_AT_ONCE, "--v8-flags=--invocation-count-for-maglev=1000"],
  },
  {
    // Runs until it is stopped, so V8 works in another way.
    name: "daemon",
    programNames: [],
    firstArguments: ["run", "__speaker"],
    onlyArguments: [],
    leaveOut: [...DROP_IN, ...MACHINE],
    apart: [],
    atMost: 1,
    engine: DAEMON_ENGINE,
    keepsCode: true,
    endsAtOnce: false,
    allocator: DAEMON_ALLOCATOR,
    flags: [],
  },
];
