import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { noSuchService } from "../../core/ipvs/mod.ts";
import {
  type Change,
  DEFAULT_PERSISTENCE_SECONDS,
  DEFAULT_SCHEDULER,
  defined,
  describeChange,
  formatServiceId,
  fullNetmask,
  meaningfulFlagNames,
  parseNetmask,
  parseSchedulerFlags,
  type Persistence,
  schedulerFlagNames,
  SCHEDULERS,
  serviceFamily,
  type ServiceId,
  serviceObjections,
  sortEntries,
  type VirtualService,
  visible,
} from "../../core/model/mod.ts";
import { sameService } from "../../core/reconcile/mod.ts";
import { refuseObjections, secondsArgument, serviceArgument, servicesArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import {
  COLOR_HELP,
  colorArgument,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  outputArgument,
  WIDE_HELP,
} from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import {
  acceptsAbsence,
  ENSURE_ADDED_HELP,
  ENSURE_DELETED_HELP,
  IF_EXISTS_HELP,
  refuseNoSettings,
} from "../options/existence.ts";
import type { Context, TableView } from "../context/context.ts";
import { listedServicesJson, printJson, serviceJson } from "../format/json.ts";
import { formatServices, formatTable } from "../format/table.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import { changeTableAndWarn } from "../daemon/managed_services.ts";

const SERVICE = "<service>";
const SERVICE_HELP = "tcp://ADDRESS:PORT, udp://..., sctp://..., fwmark:MARK or fwmark6:MARK";

/** `lvsctl service`. */
export function serviceCommand(context: Context): CommandUnknownOpts {
  return new Command("service")
    .description("Adds, edits, deletes and shows virtual services.")
    .addHelpText("after", examples("lvsctl service add tcp://192.0.2.10:80 -s wlc", "lvsctl service list"))
    .addCommand(addCommand(context))
    .addCommand(editCommand(context))
    .addCommand(deleteCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(zeroCommand(context));
}

/** The settings of a service on the command line. */
interface ServiceOptions {
  readonly scheduler?: string | undefined;
  readonly schedulerFlags?: string | undefined;
  readonly persistent?: number | boolean | undefined;
  readonly netmask?: string | undefined;
  readonly engine?: string | undefined;
  readonly onePacket?: boolean | undefined;
}

function addCommand(context: Context): CommandUnknownOpts {
  return new Command("add")
    .summary("add a virtual service")
    .description(
      "Adds a virtual service, without real servers. With --ensure, an existing one gets the given settings and keeps " +
        "the others.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl service add tcp://192.0.2.10:80 --scheduler wlc",
        "lvsctl service add fwmark:1 --scheduler sh --persistent 10m --ensure",
      ),
    )
    .argument(SERVICE, SERVICE_HELP, serviceArgument)
    .option(
      "-s, --scheduler <name>",
      `the kernel's scheduler: rr, wrr, lc, wlc, sh, mh ... (default: ${DEFAULT_SCHEDULER})`,
    )
    .option("--scheduler-flags <list>", "scheduler flags, separated by commas: sh-port, mh-fallback ...")
    .option(
      "-p, --persistent [duration]",
      `keep a client on its server for this time (default: ${DEFAULT_PERSISTENCE_SECONDS}s)`,
      secondsArgument,
    )
    .option("--netmask <mask>", "the part of a client's address that persistence compares")
    .option("--engine <name>", "persistence engine: sip")
    .option("--one-packet", "schedule each UDP packet on its own")
    .option("--ensure", ENSURE_ADDED_HELP)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (id, options) => {
      const bare: VirtualService = { id, scheduler: DEFAULT_SCHEDULER, schedulerFlags: 0, onePacket: false };
      const addition = { operation: "addService", service: applyOptions(bare, options) } as const;
      refuseFor(addition);
      const plan = (table: TableView): Change[] => {
        const current = options.ensure ? table.getService(id) : undefined;
        return current === undefined ? [addition] : editOf(current, options);
      };
      await changeTableAndWarn(context, { plan, options });
    });
}

function editCommand(context: Context): CommandUnknownOpts {
  return new Command("edit")
    .summary("change settings of a virtual service")
    .description("Changes the given settings of a virtual service and keeps the others.")
    .addHelpText(
      "after",
      examples(
        "lvsctl service edit tcp://192.0.2.10:80 --scheduler mh",
        "lvsctl service edit tcp://192.0.2.10:80 --no-persistent --dry-run",
      ),
    )
    .argument(SERVICE, SERVICE_HELP, serviceArgument)
    .option("-s, --scheduler <name>", "the kernel's scheduler")
    .option("--scheduler-flags <list>", 'scheduler flags, separated by commas; "" for none')
    .option("-p, --persistent [duration]", "keep a client on its server for this time", secondsArgument)
    .option("--no-persistent", "balance each connection on its own")
    .option("--netmask <mask>", "the part of a client's address that persistence compares")
    .option("--engine <name>", "persistence engine: sip")
    .option("--one-packet", "schedule each UDP packet on its own")
    .option("--no-one-packet", "schedule UDP flows")
    .option("--if-exists", IF_EXISTS_HELP)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (id, options, command) => {
      // Commander gives "--no-x" options the default true: only options on the command line count.
      const given = (name: string): boolean => command.getOptionValueSource(name) === "cli";
      const { scheduler, schedulerFlags, netmask, engine } = options;
      const settings: ServiceOptions = {
        ...{ scheduler, schedulerFlags, netmask, engine },
        persistent: given("persistent") ? options.persistent : undefined,
        onePacket: given("onePacket") ? options.onePacket : undefined,
      };
      refuseEdit(id, settings);
      const plan = (table: TableView): Change[] => {
        const current = table.getService(id);
        if (current !== undefined) return editOf(current, settings);
        if (options.ifExists) return [];
        throw noSuchService(id, "edit virtual service");
      };
      await changeTableAndWarn(context, { plan, options });
    });
}

function deleteCommand(context: Context): CommandUnknownOpts {
  return new Command("delete")
    .summary("delete virtual services with their real servers")
    .description("Deletes virtual services with their real servers.")
    .addHelpText(
      "after",
      examples(
        "lvsctl service delete tcp://192.0.2.10:80",
        "lvsctl service delete tcp://192.0.2.10:80 fwmark:1 --ensure",
      ),
    )
    .argument("<service...>", SERVICE_HELP, servicesArgument)
    .option("--ensure", ENSURE_DELETED_HELP)
    .option("--if-exists", IF_EXISTS_HELP)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (ids, options) => {
      const plan = (table: TableView): Change[] =>
        ids.filter((id) => !acceptsAbsence(options) || table.getService(id) !== undefined)
          .map((id) => ({ operation: "deleteService", id }));
      await changeTableAndWarn(context, { plan, options });
    });
}

function listCommand({ io, openIpvs }: Context): CommandUnknownOpts {
  return new Command("list")
    .summary("list the virtual services")
    .description("Lists the virtual services, without their real servers.")
    .addHelpText("after", examples("lvsctl service list", "lvsctl service list --json"))
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (options) => {
      using client = await openIpvs();
      const services = sortEntries(client.services().map((service) => ({ service, servers: [] })))
        .map(({ service }) => service);
      if (options.json) return printJson(io, { services: services.map(serviceJson) });
      printLines(io, formatServices(services, { width: outWidth(io, options) }));
    });
}

function showCommand({ io, openIpvs }: Context): CommandUnknownOpts {
  return new Command("show")
    .summary("show one virtual service and its real servers")
    .description("Shows one virtual service and its real servers.")
    .addHelpText(
      "after",
      examples("lvsctl service show tcp://192.0.2.10:80", "lvsctl service show fwmark:1 --json"),
    )
    .argument(SERVICE, SERVICE_HELP, serviceArgument)
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (id, options) => {
      using client = await openIpvs();
      const [entry] = client.list(id);
      if (entry === undefined) throw noSuchService(id, "show virtual service");
      if (options.json) printJson(io, { services: listedServicesJson([entry]) });
      else printLines(io, formatTable([entry], { view: "connections", width: outWidth(io, options) }), options);
    });
}

function zeroCommand(context: Context): CommandUnknownOpts {
  return new Command("zero")
    .summary("zero the counters of virtual services")
    .description("Zeroes the counters of virtual services and their real servers.")
    .addHelpText(
      "after",
      examples("lvsctl service zero tcp://192.0.2.10:80", "lvsctl service zero tcp://192.0.2.10:80 fwmark:1"),
    )
    .argument("<service...>", SERVICE_HELP, servicesArgument)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (ids, options) => {
      await changeTableAndWarn(context, { plan: () => ids.map((id): Change => ({ operation: "zero", id })), options });
    });
}

/** A change that sets all settings of a service. */
type ServiceChange = Change & { readonly operation: "addService" | "editService" };

function refuseFor(change: ServiceChange): void {
  const { verb, object } = describeChange(change);
  refuseObjections(serviceObjections(change.service), { operation: verb, object });
}

/** The edit that gives a service the settings of the options; none if it has them. */
function editOf(current: VirtualService, options: ServiceOptions): Change[] {
  const change = { operation: "editService", service: applyOptions(current, options) } as const;
  refuseFor(change);
  return sameService(current, change.service) ? [] : [change];
}

/** Refuses an edit that is wrong whatever the service's current settings are: the kernel is not needed to see it. */
function refuseEdit(id: ServiceId, settings: ServiceOptions): void {
  const { scheduler, schedulerFlags } = settings;
  refuseNoSettings(Object.values(settings), {
    operation: "edit virtual service",
    object: formatServiceId(id),
    example: "--scheduler wlc",
  });
  if (schedulerFlags !== undefined && scheduler === undefined) refuseFlags(flagNames(schedulerFlags));
  // Of all current settings, these leave the most to be named.
  const persistence = { timeoutSeconds: DEFAULT_PERSISTENCE_SECONDS, netmask: fullNetmask(serviceFamily(id)) };
  const current = { id, scheduler: DEFAULT_SCHEDULER, schedulerFlags: 0, onePacket: false, persistence };
  const known = scheduler === undefined ? { ...settings, schedulerFlags: undefined } : settings;
  refuseFor({ operation: "editService", service: applyOptions(current, known) });
}

/** Refuses flags that no scheduler has, for a service whose scheduler is not known yet. */
function refuseFlags(names: readonly string[]): void {
  const known = new Set(SCHEDULERS.flatMap(schedulerFlagNames));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new LvsctlError(`no scheduler has a flag "${visible(unknown)}"`, {
    hint: `flags are ${SCHEDULERS.flatMap(meaningfulFlagNames).join(", ")}`,
    exitCode: EXIT.usage,
  });
}

/** The service with the settings of the options. */
function applyOptions(service: VirtualService, options: ServiceOptions): VirtualService {
  const scheduler = options.scheduler ?? service.scheduler;
  if (scheduler === "" || scheduler.length > 15) {
    throw new LvsctlError(`"${visible(scheduler)}" is not a scheduler's name`, {
      hint: "use 1 to 15 characters",
      exitCode: EXIT.usage,
    });
  }
  // The same flag has another meaning for another scheduler.
  const kept = scheduler === service.scheduler ? service.schedulerFlags : 0;
  const persistence = applyPersistence(service, options);
  return defined({
    id: service.id,
    scheduler,
    schedulerFlags: options.schedulerFlags === undefined
      ? kept
      : parseSchedulerFlags(scheduler, flagNames(options.schedulerFlags)),
    persistence,
    onePacket: options.onePacket ?? service.onePacket,
  });
}

function flagNames(list: string): string[] {
  return list.split(",").filter((name) => name !== "");
}

function applyPersistence(service: VirtualService, options: ServiceOptions): Persistence | undefined {
  const { persistent, netmask, engine } = options;
  const current = persistent === false ? undefined : service.persistence;
  if (current === undefined && (persistent === undefined || persistent === false)) {
    const unusable = netmask !== undefined ? "--netmask" : engine !== undefined ? "--engine" : undefined;
    if (unusable === undefined) return undefined;
    throw new LvsctlError(`${unusable} is for persistent services only`, {
      hint: "add --persistent",
      exitCode: EXIT.usage,
    });
  }
  const family = serviceFamily(service.id);
  const keptEngine = engine ?? current?.engine;
  return {
    timeoutSeconds: typeof persistent === "number"
      ? persistent
      : current?.timeoutSeconds ?? DEFAULT_PERSISTENCE_SECONDS,
    netmask: netmask === undefined ? current?.netmask ?? fullNetmask(family) : parseNetmask(family, netmask),
    ...(keptEngine === undefined || keptEngine === "" ? {} : { engine: keptEngine }),
  };
}
