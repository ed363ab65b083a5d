import type { Version } from "../../core/cluster/mod.ts";
import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { chosenFile, DEFAULT_FILE_HELP } from "../config/default_file.ts";
import { chosenStore } from "../cluster/chosen_store.ts";
import type { Context } from "../context/context.ts";
import { readFile } from "../context/io.ts";
import { clusterJson, formatCluster, formatVersions, versionsJson } from "../format/cluster.ts";
import { printJson } from "../format/json.ts";
import { durationArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { OUTPUT_FLAGS, OUTPUT_HELP, outputArgument, WIDE_HELP } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import { DEFAULT_SOAK_MS, SOAK_HELP, versionArgument, withNamedStore } from "../options/store_options.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import { pushVersion } from "./cluster/push_version.ts";

const REPLACE_HELP = "replace a roll-out that is running";

/** `lvsctl cluster`. */
export function clusterCommand(context: Context): CommandUnknownOpts {
  return new Command("cluster")
    .description(
      "Stores the configuration of many directors in etcd. Their daemons (lvsctl run etcd://HOST/PREFIX) take each version " +
        "one after another; the roll-out halts at the first director that fails.",
    )
    .addHelpText(
      "after",
      examples("lvsctl cluster push lvsctl.yaml --store etcd://10.0.0.1/lvs", "lvsctl cluster status"),
    )
    .addCommand(pushCommand(context))
    .addCommand(statusCommand(context))
    .addCommand(historyCommand(context))
    .addCommand(showCommand(context))
    .addCommand(rollbackCommand(context));
}

function pushCommand(context: Context): CommandUnknownOpts {
  return withNamedStore(new Command("push"))
    .summary("validate a file and store it as a new version")
    .description(
      "Validates a file and stores it as a new version, which the directors take one after another: each applies it, compares " +
        "the table with it, and runs with it for the soak time without losing a quorum before the next one takes it. On a " +
        "terminal it asks for confirmation; without one, a version that takes something away needs --yes.",
    )
    .addHelpText(
      "after",
      examples("lvsctl cluster push lvsctl.yaml --dry-run", "lvsctl cluster push lvsctl.yaml --soak 5m --yes"),
    )
    .argument("[file]", `YAML; - is standard input ${DEFAULT_FILE_HELP}`)
    .option("--soak <duration>", SOAK_HELP, durationArgument({ atLeast: "0s" }))
    .option("--replace", REPLACE_HELP)
    .option("-y, --yes", "do not ask for confirmation")
    .option("--dry-run", "print the changes on each director without storing the file")
    .option("--json", "print JSON")
    .action(async (named, options) => {
      const file = chosenFile(context, named);
      const text = readFile(context.io, file);
      using connection = chosenStore(context, options);
      await pushVersion(context, { store: connection.store, text, name: file }, {
        ...options,
        operation: "push",
        soakMs: options.soak ?? DEFAULT_SOAK_MS,
        replaces: options.replace ?? false,
      });
    });
}

function rollbackCommand(context: Context): CommandUnknownOpts {
  return withNamedStore(new Command("rollback"))
    .summary("store an older version as a new one")
    .description(
      "Stores the text of an older version as a new one, by default that of the version before the last roll-out. The " +
        "directors take it one after another, as after a push; it replaces a roll-out that is running.",
    )
    .addHelpText("after", examples("lvsctl cluster rollback --yes", "lvsctl cluster rollback 12 --soak 0s"))
    .argument("[version]", "number of the version in lvsctl cluster history", versionArgument)
    .option("--soak <duration>", SOAK_HELP, durationArgument({ atLeast: "0s" }))
    .option("-y, --yes", "do not ask for confirmation")
    .option("--dry-run", "print the changes on each director without storing the version")
    .option("--json", "print JSON")
    .action(async (named, options) => {
      using connection = chosenStore(context, options);
      const { store } = connection;
      const number = named ?? (await store.rollout()).rollout?.base ?? 0;
      if (number === 0) {
        throw new LvsctlError("the store has no version before the last one", {
          operation: "roll back",
          object: store.address,
          hint: '"lvsctl cluster history" lists the versions',
          exitCode: EXIT.usage,
        });
      }
      const { text } = await store.version(number);
      await pushVersion(context, { store, text, name: `version ${number}` }, {
        ...options,
        operation: "roll back",
        rollbackOf: number,
        soakMs: options.soak ?? DEFAULT_SOAK_MS,
        replaces: true,
      });
    });
}

function statusCommand(context: Context): CommandUnknownOpts {
  const { io } = context;
  return withNamedStore(new Command("status"))
    .summary("show the roll-out and the directors")
    .description("Shows the roll-out of the last version, and each director that runs with its version and health.")
    .addHelpText("after", examples("lvsctl cluster status", "lvsctl cluster status --json"))
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (options) => {
      using connection = chosenStore(context, options);
      const { store } = connection;
      const { rollout } = await store.rollout();
      const view = { address: store.address, rollout, members: await store.members() };
      if (options.json) return printJson(io, clusterJson(view));
      printLines(io, formatCluster(view, { width: outWidth(io, options), now: Date.now() }));
    });
}

function historyCommand(context: Context): CommandUnknownOpts {
  const { io } = context;
  return withNamedStore(new Command("history"))
    .summary("list the stored versions")
    .description(
      "Lists the versions that the store keeps, the newest first: time, author, digest and size in characters.",
    )
    .addHelpText("after", examples("lvsctl cluster history", "lvsctl cluster history --json"))
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (options) => {
      using connection = chosenStore(context, options);
      const versions = await connection.store.versions();
      if (options.json) return printJson(io, versionsJson(versions));
      printLines(io, formatVersions(versions, { width: outWidth(io, options), now: Date.now() }));
    });
}

function showCommand(context: Context): CommandUnknownOpts {
  const { io } = context;
  return withNamedStore(new Command("show"))
    .summary("print the text of a version")
    .description("Prints the text of a version as it was pushed, by default that of the last one.")
    .addHelpText("after", examples("lvsctl cluster show > lvsctl.yaml", "lvsctl cluster show 12"))
    .argument("[version]", "number of the version in lvsctl cluster history", versionArgument)
    .action(async (named, options) => {
      using connection = chosenStore(context, options);
      const { store } = connection;
      const number = named ?? (await store.rollout()).rollout?.number;
      const version: Version | undefined = number === undefined ? undefined : await store.version(number);
      if (version !== undefined) return io.out(version.text);
      throw new LvsctlError("the store has no configuration", { operation: "show", object: store.address });
    });
}
