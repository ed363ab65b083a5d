/**
 * The bundles that an executable of the launcher's carries, one row each. The builder and packaging/launcher.c both read
 * this table, so that another bundle is another row and nothing else.
 *
 * The less text a start has to read and compile, the sooner it is done: what is called in loops has a bundle of a
 * fraction of the size. All that one of its commands can reach is in it; what only others reach, like the probers, is
 * not, however large that grows.
 *
 * @module
 */

/** What a bundle is for, and how it is started. */
export interface BundleRow {
  /** Its file in the cache directory is `NAME.js`. */
  readonly name: string;

  /** The names of the program that choose it; those of cli/invocation.ts. */
  readonly programNames: readonly string[];

  /** The first arguments that choose it under any other name. Of lvsctl's commands, it has only these. */
  readonly firstArguments: readonly string[];

  /** The modules that it leaves out, by their paths in the repository. Only dynamic imports may name them. */
  readonly leaveOut: readonly string[];

  /** How large it may be, as a share of the whole program: a larger one is not worth its place. A test holds this. */
  readonly atMost: number;

  /** Whether its compiled code is kept for the next start. */
  readonly keepsCode: boolean;

  /** Arguments of the runtime, beside those for all bundles, where its compiled code is kept. */
  readonly flags: readonly string[];
}

/**
 * What Deno keeps is the code as it was before the program ran: a function that V8 compiles at its first call is compiled
 * again at each start. Of a small bundle it is quicker to keep everything, compiled once.
 */
const COMPILE_AT_ONCE = "--v8-flags=--no-lazy";

/** The drop-in, which has a bundle of its own. */
const DROP_IN: readonly string[] = ["cli/ipvsadm/mod.ts"];

/** The way to addresses of interfaces: routing netlink, and the frames that announce a VIP. */
const ADDRESSES: readonly string[] = ["core/system/vips.ts", "cli/state/vip_file.ts"];

/** The resources of the context that only realserver and doctor open. */
const MACHINE: readonly string[] = ["cli/state/realserver_access.ts", "core/system/routes.ts"];

/** Host names, which only a configuration file refers to. */
const NAMES: readonly string[] = ["core/system/names.ts"];

/** The bundles. The first one is the whole program, for every command line that chooses no other one. */
export const BUNDLES: readonly [BundleRow, ...BundleRow[]] = [
  {
    name: "lvsctl",
    programNames: [],
    firstArguments: [],
    leaveOut: [],
    atMost: 1,
    keepsCode: true,
    flags: [],
  },
  {
    // It is started for one command line: V8's other compiler is only for what runs tens of thousands of times, as in
    // the restore of a large table.
    name: "ipvsadm",
    programNames: ["ipvsadm", "ipvsadm-save", "ipvsadm-restore"],
    firstArguments: ["ipvsadm"],
    leaveOut: ["cli/run_command_line.ts", "cli/system_context.ts"],
    atMost: 1 / 4,
    keepsCode: true,
    flags: [
      COMPILE_AT_ONCE,
      "--v8-flags=--invocation-count-for-maglev=30000,--invocation-count-for-early-optimization=30000",
    ],
  },
  {
    // Called most often, and needs least: no lock, no journal, no addresses.
    name: "view",
    programNames: [],
    firstArguments: ["list", "version"],
    leaveOut: [...DROP_IN, ...ADDRESSES, ...MACHINE, ...NAMES],
    atMost: 1 / 6,
    keepsCode: true,
    flags: [COMPILE_AT_ONCE],
  },
  {
    // Other commands for the table alone.
    name: "table",
    programNames: [],
    firstArguments: ["service", "server", "connections", "timeouts", "sync", "zero", "flush"],
    leaveOut: [...DROP_IN, ...ADDRESSES, ...MACHINE, ...NAMES],
    atMost: 1 / 4,
    keepsCode: true,
    flags: [COMPILE_AT_ONCE],
  },
  {
    // Commands that read addresses of interfaces, and no file.
    name: "addresses",
    programNames: [],
    firstArguments: ["save", "vip"],
    leaveOut: [...DROP_IN, ...MACHINE, ...NAMES],
    atMost: 1 / 3,
    keepsCode: true,
    flags: [COMPILE_AT_ONCE],
  },
  {
    // Commands that read a file.
    name: "file",
    programNames: [],
    firstArguments: ["restore", "plan", "apply"],
    leaveOut: [...DROP_IN, ...MACHINE],
    atMost: 3 / 4,
    keepsCode: true,
    flags: [COMPILE_AT_ONCE],
  },
];
