import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { defined, parseListenAddress } from "../../core/model/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { withLabels } from "../context/surroundings.ts";
import { refuseStoreOptions } from "../config/config_text.ts";
import { chosenFile, DEFAULT_FILE_HELP, isStoreAddress } from "../config/default_file.ts";
import { durationArgument, textsArgument, wordArgument } from "../options/arguments.ts";
import { LABEL } from "../options/label_options.ts";
import { STORE_ADDRESS_HELP, type StoreOptions, withStoreOptions } from "../options/store_options.ts";
import { LOG_FORMATS } from "../daemon/log.ts";
import { groupArgument } from "../daemon/group.ts";
import { runDaemon } from "../daemon/run.ts";
import type { SiteSettings } from "../http/settings.ts";

/** How often the table is compared with the file by default; milliseconds. */
const DEFAULT_VERIFY_MS = 30_000;

const ON_EXIT = ["keep", "remove"] as const;

/** `lvsctl run`. */
export function runCommand(context: Context): CommandUnknownOpts {
  const command = new Command("run")
    .description(
      "Checks the real servers continuously and keeps the table up to date, until SIGTERM or SIGINT. SIGHUP and " +
        "lvsctl reload make it read the file again. SIGUSR2 ends it for a restart: the addresses of virtual routers " +
        "stay for 30 seconds. Only one daemon runs for each table; lvsctl status shows it.",
    )
    .argument("[file]", `YAML, ${STORE_ADDRESS_HELP} ${DEFAULT_FILE_HELP}`)
    .option(
      "--on-exit <what>",
      "keep or remove the services when the daemon stops",
      wordArgument(ON_EXIT),
      "keep",
    )
    .option("--no-vips", "leave the VIPs of the file as they are; without it they are added and kept")
    .option("--repair", "correct changes made by others; without it they are only reported")
    .option(
      "--verify <duration>",
      "how often to compare the table with the file, 0s for never (default: 30s)",
      durationArgument({ atLeast: "0s" }),
    )
    .option("--log-format <format>", "text, or json: one object per line", wordArgument(LOG_FORMATS), "text")
    .option("--state <file>", "state file for the next start (default: in /run/lvsctl)")
    .option("--socket-group <group>", "let the users of this group read the status: lvsctl status", groupArgument)
    .option(
      "--listen <address>",
      "serve a status page, its data and metrics over HTTP: IP:PORT or unix:/PATH; in place of the metrics of the file",
    )
    .option("--allow-host <name>", "also answer requests for this host name; repeatable", textsArgument)
    .option("--login-file <file>", "the logins for --listen: lines USER:PASSWORD or Bearer TOKEN")
    .option("--dry-run", "report changes without making them; may run while another daemon does");
  return withStoreOptions(command)
    .option(...LABEL)
    .action(async (named, options) => {
      const file = chosenFile(context, named);
      await runDaemon(withLabels(context, options.label), {
        file,
        store: storeOptions(file, options),
        logFormat: options.logFormat,
        state: options.state,
        repair: options.repair ?? false,
        vips: options.vips,
        verifyMs: options.verify ?? DEFAULT_VERIFY_MS,
        onExit: options.onExit,
        socketGroup: options.socketGroup,
        site: await siteSettings(options),
        dryRun: options.dryRun ?? false,
      });
    })
    .addHelpText(
      "after",
      examples(
        "lvsctl run /etc/lvsctl/lvsctl.yaml",
        "lvsctl run /etc/lvsctl/lvsctl.yaml --repair --log-format json",
        "lvsctl run --listen 127.0.0.1:9180",
        "lvsctl run etcd://10.0.0.1,10.0.0.2,10.0.0.3/lvs/site",
      ),
    );
}

/** The options of the store; undefined for a file. */
function storeOptions(
  file: string,
  options: StoreOptions & { readonly dryRun?: true | undefined },
): StoreOptions | undefined {
  const isStore = isStoreAddress(file);
  if (isStore && options.dryRun !== undefined) {
    throw new LvsctlError("with --dry-run it would take part in roll-outs without changing the table", {
      operation: "follow",
      object: file,
      hint: '"lvsctl plan" shows what its last version would change',
      exitCode: EXIT.usage,
    });
  }
  refuseStoreOptions([file], options);
  const { storeCa, storeCert, storeKey, storeLogin } = options;
  return isStore ? { storeCa, storeCert, storeKey, storeLogin } : undefined;
}

/** The settings of the pages; a daemon without them never loads their code. */
async function siteSettings(
  { listen, allowHost, loginFile }: {
    readonly listen?: string | undefined;
    readonly allowHost?: readonly string[] | undefined;
    readonly loginFile?: string | undefined;
  },
): Promise<SiteSettings | undefined> {
  if (listen !== undefined) {
    const { readSiteSettings } = await import("../http/settings.ts");
    return readSiteSettings(defined({ listen: parseListenAddress(listen), allowHosts: allowHost ?? [], loginFile }));
  }
  if (allowHost === undefined && loginFile === undefined) return undefined;
  throw new LvsctlError("--allow-host and --login-file are about --listen", {
    hint: "add --listen IP:PORT",
    exitCode: EXIT.usage,
  });
}
