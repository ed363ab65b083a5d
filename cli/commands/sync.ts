import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import {
  addressFamily,
  type Change,
  defined,
  type IpAddress,
  parseIpAddress,
  type SyncDaemon,
  visible,
} from "../../core/model/mod.ts";
import { sameSyncDaemon } from "../../core/reconcile/mod.ts";
import { argumentParser, numberArgument, portArgument, wordArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { OUTPUT_FLAGS, OUTPUT_HELP, outputArgument, WIDE_HELP } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import { acceptsAbsence } from "../options/existence.ts";
import type { Context, TableView } from "../context/context.ts";
import { layOut, type TitledColumn, titledTable } from "../terminal/columns.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import type { Line } from "../terminal/line.ts";
import { printJson, syncDaemonJson } from "../format/json.ts";
import { changeTable } from "../table/change_table.ts";

const ROLES = ["master", "backup"] as const;
const ROLE_HELP = "master sends this director's connections, backup receives another's";

/** `lvsctl sync`. */
export function syncCommand(context: Context): CommandUnknownOpts {
  return new Command("sync")
    .description(
      "Starts, stops and shows the kernel's sync daemons, which copy the connections of one director to another that " +
        "can take them over.",
    )
    .addHelpText(
      "after",
      examples("lvsctl sync start master --interface eth1 --sync-id 1", "lvsctl sync status"),
    )
    .addCommand(startCommand(context))
    .addCommand(stopCommand(context))
    .addCommand(statusCommand(context));
}

function startCommand(context: Context): CommandUnknownOpts {
  return new Command("start")
    .summary("start a sync daemon")
    .description("Starts a sync daemon. Master and backup need the same sync id, group and port.")
    .addHelpText(
      "after",
      examples(
        "lvsctl sync start master --interface eth1 --sync-id 1",
        "lvsctl sync start backup --interface eth1 --sync-id 1 --ensure",
      ),
    )
    .argument("<role>", ROLE_HELP, wordArgument(ROLES))
    .requiredOption("-i, --interface <name>", "network interface between the directors", interfaceArgument)
    .requiredOption(
      "--sync-id <number>",
      "0 to 255; a backup with 0 accepts every master",
      numberArgument({ from: 0, to: 255 }),
    )
    .option(
      "--max-length <bytes>",
      "longest message (default: from the interface's MTU)",
      numberArgument({ from: 1, to: 65535 }),
    )
    .option("--group <address>", "multicast group, IPv4 or IPv6 (default: 224.0.0.81)", groupArgument)
    .option("--port <port>", "UDP port (default: 8848)", portArgument)
    .option("--ttl <number>", "time to live of the messages (default: 1)", numberArgument({ from: 1, to: 255 }))
    .option("--ensure", "succeed if it runs; if it has other settings, restart it")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (role, options) => {
      const { maxLength, group, port, ttl } = options;
      const daemon: SyncDaemon = defined({
        role,
        interface: options.interface,
        syncId: options.syncId,
        maxLength,
        group,
        port,
        ttl,
      });
      const plan = (table: TableView): Change[] => {
        const current = options.ensure ? table.syncDaemons().find((other) => other.role === role) : undefined;
        if (current !== undefined && sameSyncDaemon(current, daemon)) return [];
        const stop: Change[] = current === undefined ? [] : [{ operation: "stopSyncDaemon", role }];
        return [...stop, { operation: "startSyncDaemon", daemon }];
      };
      await changeTable(context, { plan, options });
    });
}

function stopCommand(context: Context): CommandUnknownOpts {
  return new Command("stop")
    .summary("stop a sync daemon")
    .description("Stops a sync daemon. The connections that a backup has received stay until they expire.")
    .addHelpText("after", examples("lvsctl sync stop master", "lvsctl sync stop backup --ensure"))
    .argument("<role>", ROLE_HELP, wordArgument(ROLES))
    .option("--ensure", "succeed if it does not run")
    .option("--if-exists", "do nothing if it does not run")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (role, options) => {
      const plan = (table: TableView): Change[] => {
        const isStopped = acceptsAbsence(options) && table.syncDaemons().every((daemon) => daemon.role !== role);
        return isStopped ? [] : [{ operation: "stopSyncDaemon", role }];
      };
      await changeTable(context, { plan, options });
    });
}

function statusCommand({ io, openIpvs }: Context): CommandUnknownOpts {
  return new Command("status")
    .summary("show the running sync daemons")
    .description("Shows the running sync daemons.")
    .addHelpText("after", examples("lvsctl sync status", "lvsctl sync status --json"))
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (options) => {
      using client = await openIpvs();
      const daemons = client.syncDaemons();
      if (options.json) printJson(io, { sync_daemons: daemons.map(syncDaemonJson) });
      else printLines(io, formatDaemons(daemons, { width: outWidth(io, options) }));
    });
}

function formatDaemons(
  daemons: readonly SyncDaemon[],
  { width }: { readonly width: number | undefined },
): readonly Line[] {
  if (daemons.length === 0) return ["No sync daemon runs"];
  const rows = daemons.map((daemon) => {
    const { role, syncId, maxLength, group, port, ttl } = daemon;
    // An old kernel does not report all of it.
    return [role, daemon.interface, syncId, group, port, ttl, maxLength].map((value) => String(value ?? "-"));
  });
  return layOut(titledTable(DAEMON_COLUMNS, rows), { width });
}

/** The columns of {@linkcode formatDaemons}. */
const DAEMON_COLUMNS: readonly TitledColumn[] = [
  { title: "ROLE" },
  { title: "INTERFACE" },
  { title: "SYNC ID", align: "right" },
  { title: "GROUP", cut: "middle" },
  { title: "PORT", align: "right" },
  { title: "TTL", align: "right" },
  { title: "MAX LENGTH", align: "right" },
];

/** The longest interface name in bytes: IFNAMSIZ without the terminating zero. */
const LONGEST_INTERFACE = 15;

const interfaceArgument: (text: string) => string = argumentParser((text) => {
  if (/^[^\s/:]+$/.test(text) && new TextEncoder().encode(text).length <= LONGEST_INTERFACE) return text;
  throw new LvsctlError(`"${visible(text)}" is not the name of a network interface`, {
    hint: 'see "ip link"',
    exitCode: EXIT.usage,
  });
});

const groupArgument: (text: string) => IpAddress = argumentParser((text) => {
  const address = parseIpAddress(text);
  const first = Number(address.split(".")[0]);
  const isMulticast = addressFamily(address) === "ipv4" ? first >= 224 && first <= 239 : /^ff..:/.test(address);
  if (isMulticast) return address;
  throw new LvsctlError(`"${text}" is not a multicast address`, {
    hint: "use 224.0.0.0 to 239.255.255.255, or an IPv6 address that begins with ff",
    exitCode: EXIT.usage,
  });
});
