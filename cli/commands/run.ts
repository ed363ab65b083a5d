import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { defined, parseListenAddress } from "../../core/model/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { chosenFile, DEFAULT_FILE_HELP, isStoreAddress } from "../config/default_file.ts";
import { durationArgument, textsArgument, wordArgument } from "../options/arguments.ts";
import { STORE_CA, STORE_CERT, STORE_KEY, STORE_LOGIN, type StoreOptions } from "../options/store_options.ts";
import { LOG_FORMATS } from "../daemon/log.ts";
import { groupArgument } from "../daemon/group.ts";
import { runDaemon } from "../daemon/run.ts";
import type { SiteSettings } from "../http/settings.ts";

/** How often the table is compared with the file by default; milliseconds. */
const DEFAULT_VERIFY_MS = 30_000;

const ON_EXIT = ["keep", "remove"] as const;

/** `lvsctl run`. */
export function runCommand(context: Context): CommandUnknownOpts {
  return new Command("run")
    .description(
      "Checks the real servers continuously and keeps the table up to date, until SIGTERM or SIGINT. SIGHUP and " +
        "lvsctl reload make it read the file again. Only one daemon runs for each table; lvsctl status shows it.",
    )
    .argument("[file]", `YAML, or a store: etcd://HOST:2379,HOST2:2379/PREFIX ${DEFAULT_FILE_HELP}`)
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
    .option(...STORE_CA)
    .option(...STORE_CERT)
    .option(...STORE_KEY)
    .option(...STORE_LOGIN)
    .option("--dry-run", "report changes without making them; may run while another daemon does")
    .action(async (named, options) => {
      const file = chosenFile(context, named);
      await runDaemon(context, {
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
      hint: 'write the version to a file with "lvsctl cluster show > FILE", and run that',
      exitCode: EXIT.usage,
    });
  }
  const { storeCa, storeCert, storeKey, storeLogin } = options;
  const hasOption = [storeCa, storeCert, storeKey, storeLogin].some((value) => value !== undefined);
  if (isStore) return { storeCa, storeCert, storeKey, storeLogin };
  if (!hasOption) return undefined;
  throw new LvsctlError("--store-ca, --store-cert, --store-key and --store-login are about a store", {
    hint: "name one as etcds://HOST:2379/PREFIX in place of the file",
    exitCode: EXIT.usage,
  });
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
