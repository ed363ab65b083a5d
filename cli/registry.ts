import type { CommandUnknownOpts } from "./options/commander.ts";
import type { Context } from "./context/context.ts";

/** A top-level command, loaded only when it is the one that runs. */
export interface CommandEntry {
  /** The word that calls it. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /**
   * Loads and builds it.
   *
   * @param context What the command is given.
   * @param tree Builds the tree of all commands, for those that describe it.
   */
  load(context: Context, tree: () => Promise<CommandUnknownOpts>): Promise<CommandUnknownOpts>;
}

/** Every top-level command, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "service",
    summary: "add, edit, delete and show virtual services",
    load: async (context) => (await import("./commands/service.ts")).serviceCommand(context),
  },
  {
    name: "server",
    summary: "add, edit, delete, drain and show real servers",
    load: async (context) => (await import("./commands/server.ts")).serverCommand(context),
  },
  {
    name: "list",
    summary: "show the table",
    load: async (context) => (await import("./commands/list.ts")).listCommand(context),
  },
  {
    name: "connections",
    summary: "show or count the kernel's connections",
    load: async (context) => (await import("./commands/connections.ts")).connectionsCommand(context),
  },
  {
    name: "vip",
    summary: "add, delete, list and announce VIPs",
    load: async (context) => (await import("./commands/vip.ts")).vipCommand(context),
  },
  {
    name: "realserver",
    summary: "set up, check and tear down a real server for dr and tun",
    load: async (context) => (await import("./commands/realserver.ts")).realServerCommand(context),
  },
  {
    name: "timeouts",
    summary: "show or set the kernel's timeouts",
    load: async (context) => (await import("./commands/timeouts.ts")).timeoutsCommand(context),
  },
  {
    name: "sync",
    summary: "start, stop and show the kernel's sync daemons",
    load: async (context) => (await import("./commands/sync.ts")).syncCommand(context),
  },
  {
    name: "zero",
    summary: "zero the counters",
    load: async (context) => (await import("./commands/zero.ts")).zeroCommand(context),
  },
  {
    name: "flush",
    summary: "delete every virtual service",
    load: async (context) => (await import("./commands/flush.ts")).flushCommand(context),
  },
  {
    name: "save",
    summary: "write the kernel's whole state as a file",
    load: async (context) => (await import("./commands/save.ts")).saveCommand(context),
  },
  {
    name: "restore",
    summary: "make the kernel exactly what a file says, without emptying the table",
    load: async (context) => (await import("./commands/restore.ts")).restoreCommand(context),
  },
  {
    name: "plan",
    summary: "show what would make the services of a file what it says",
    load: async (context) => (await import("./commands/plan.ts")).planCommand(context),
  },
  {
    name: "apply",
    summary: "make the services of a file what it says",
    load: async (context) => (await import("./commands/apply.ts")).applyCommand(context),
  },
  {
    name: "undo",
    summary: "go back to before the last apply or restore",
    load: async (context) => (await import("./commands/undo.ts")).undoCommand(context),
  },
  {
    name: "history",
    summary: "show who changed the table, when and how",
    load: async (context) => (await import("./commands/history.ts")).historyCommand(context),
  },
  {
    name: "check",
    summary: "check the real servers once, for cron",
    load: async (context) => (await import("./commands/check.ts")).checkCommand(context),
  },
  {
    name: "run",
    summary: "check the real servers continuously and keep the table right",
    load: async (context) => (await import("./commands/run.ts")).runCommand(context),
  },
  {
    name: "status",
    summary: "show what the daemon knows of services and servers",
    load: async (context) => (await import("./commands/status.ts")).statusCommand(context),
  },
  {
    name: "top",
    summary: "show what goes on in the table, live: connections and traffic per second",
    load: async (context) => (await import("./commands/top.ts")).topCommand(context),
  },
  {
    name: "reload",
    summary: "have the daemon read its file again",
    load: async (context) => (await import("./commands/reload.ts")).reloadCommand(context),
  },
  {
    name: "doctor",
    summary: "find out what keeps this machine from being a good director, and mend it",
    load: async (context) => (await import("./commands/doctor.ts")).doctorCommand(context),
  },
  {
    name: "config",
    summary: "validate a file, start one, describe what one may say",
    load: async (context) => (await import("./commands/config.ts")).configCommand(context),
  },
  {
    name: "import",
    summary: "make a file of one of another program",
    load: async (context) => (await import("./commands/import.ts")).importCommand(context),
  },
  {
    name: "ipvsadm",
    summary: "ipvsadm's command line, for scripts that exist",
    load: async () => (await import("./commands/ipvsadm.ts")).ipvsadmCommand(),
  },
  {
    name: "completions",
    summary: "print a completion script for bash, zsh or fish",
    load: async (context, tree) => (await import("./commands/completions.ts")).completionsCommand(context, tree),
  },
  {
    name: "version",
    summary: "print the version",
    load: async (context) => (await import("./commands/version.ts")).versionCommand(context),
  },
];
