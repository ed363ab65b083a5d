import type { CommandUnknownOpts } from "./options/commander.ts";
import type { Context } from "./context/context.ts";

/** A top-level command; its module is loaded only if the command runs. */
export interface CommandEntry {
  /** Its name on the command line. */
  readonly name: string;
  /** Its line in the list of commands. */
  readonly summary: string;
  /** Whether no help and no completion lists it: programs call it, not users. */
  readonly isHidden?: true;
  /**
   * Loads and builds it.
   *
   * @param context The resources of the command line.
   * @param tree Builds the tree of all commands, for a command that describes it.
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
    summary: "add, edit, delete, drain and list real servers",
    load: async (context) => (await import("./commands/server.ts")).serverCommand(context),
  },
  {
    name: "list",
    summary: "show the table of virtual services and real servers",
    load: async (context) => (await import("./commands/list.ts")).listCommand(context),
  },
  {
    name: "connections",
    summary: "show or count the kernel's connections",
    load: async (context) => (await import("./commands/connections.ts")).connectionsCommand(context),
  },
  {
    name: "explain",
    summary: "show which real server a client gets, and why",
    load: async (context) => (await import("./commands/explain.ts")).explainCommand(context),
  },
  {
    name: "vip",
    summary: "add, delete, list and announce VIPs",
    load: async (context) => (await import("./commands/vip.ts")).vipCommand(context),
  },
  {
    name: "realserver",
    summary: "set up, check and tear down a real server for dr or tun",
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
    name: "batch",
    summary: "run many commands from a file as one change",
    load: async (context) => (await import("./commands/batch.ts")).batchCommand(context),
  },
  {
    name: "save",
    summary: "write the kernel's whole state to a file",
    load: async (context) => (await import("./commands/save.ts")).saveCommand(context),
  },
  {
    name: "restore",
    summary: "replace the kernel's whole state with a file's",
    load: async (context) => (await import("./commands/restore.ts")).restoreCommand(context),
  },
  {
    name: "plan",
    summary: "show what apply would change",
    load: async (context) => (await import("./commands/plan.ts")).planCommand(context),
  },
  {
    name: "apply",
    summary: "apply the services in a file, with the fewest changes",
    load: async (context) => (await import("./commands/apply.ts")).applyCommand(context),
  },
  {
    name: "undo",
    summary: "undo the last apply or restore, or one of the history",
    load: async (context) => (await import("./commands/undo.ts")).undoCommand(context),
  },
  {
    name: "history",
    summary: "show the recorded changes of the table",
    load: async (context) => (await import("./commands/history.ts")).historyCommand(context),
  },
  {
    name: "check",
    summary: "check the real servers once, as from cron",
    load: async (context) => (await import("./commands/check.ts")).checkCommand(context),
  },
  {
    name: "run",
    summary: "run the daemon: check the real servers and update the table",
    load: async (context) => (await import("./commands/run.ts")).runCommand(context),
  },
  {
    name: "status",
    summary: "show the daemon's services and servers with their health",
    load: async (context) => (await import("./commands/status.ts")).statusCommand(context),
  },
  {
    name: "metrics",
    summary: "print the table as metrics for Prometheus",
    load: async (context) => (await import("./commands/metrics.ts")).metricsCommand(context),
  },
  {
    name: "snmp",
    summary: "answer snmpd with the table",
    load: async (context) => (await import("./commands/snmp.ts")).snmpCommand(context),
  },
  {
    name: "top",
    summary: "show connections and traffic per second, live",
    load: async (context) => (await import("./commands/top.ts")).topCommand(context),
  },
  {
    name: "vrrp",
    summary: "show the virtual routers, release or resume one",
    load: async (context) => (await import("./commands/vrrp.ts")).vrrpCommand(context),
  },
  {
    name: "discovery",
    summary: "show the sources of real servers, accept a refused list",
    load: async (context) => (await import("./commands/discovery.ts")).discoveryCommand(context),
  },
  {
    name: "cluster",
    summary: "store one configuration for many directors, and roll it out",
    load: async (context) => (await import("./commands/cluster.ts")).clusterCommand(context),
  },
  {
    name: "reload",
    summary: "reload the daemon's file",
    load: async (context) => (await import("./commands/reload.ts")).reloadCommand(context),
  },
  {
    name: "doctor",
    summary: "check this director's configuration and fix what is safe",
    load: async (context) => (await import("./commands/doctor.ts")).doctorCommand(context),
  },
  {
    name: "config",
    summary: "validate configuration files, show what they mean",
    load: async (context) => (await import("./commands/config.ts")).configCommand(context),
  },
  {
    name: "import",
    summary: "convert another program's configuration",
    load: async (context) => (await import("./commands/import.ts")).importCommand(context),
  },
  {
    name: "ipvsadm",
    summary: "ipvsadm's command line, for existing scripts",
    load: async () => (await import("./commands/ipvsadm.ts")).ipvsadmCommand(),
  },
  {
    name: "completions",
    summary: "print a completion script for bash, zsh or fish",
    load: async (context) => (await import("./commands/completions.ts")).completionsCommand(context),
  },
  {
    name: "__complete",
    summary: "print the words that can come next on a command line",
    isHidden: true,
    load: async (context, tree) => (await import("./commands/complete.ts")).completeCommand(context, tree),
  },
  {
    name: "__names",
    summary: "print the names of services in the default file",
    isHidden: true,
    load: async (context) => (await import("./commands/names.ts")).namesCommand(context),
  },
  {
    name: "__stored",
    summary: "print a version of a store",
    isHidden: true,
    load: async (context) => (await import("./commands/stored.ts")).storedCommand(context),
  },
  {
    name: "__speaker",
    summary: "run the daemon's virtual routers",
    isHidden: true,
    load: async (context) => (await import("./commands/speaker.ts")).speakerCommand(context),
  },
  {
    name: "version",
    summary: "print the version",
    load: async (context) => (await import("./commands/version.ts")).versionCommand(context),
  },
];
