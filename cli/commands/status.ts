import { EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import { type Fields, fieldsOf, itemsOf } from "../../core/json/mod.ts";
import { formatServiceId, parseServiceId, visible } from "../../core/model/mod.ts";
import { argumentParser, durationArgument } from "../options/arguments.ts";
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
  CRITICAL_FLAGS,
  CRITICAL_HELP,
  FORMAT_FLAGS,
  FORMAT_HELP,
  formatArgument,
  refuseWithFormat,
  WARNING_FLAGS,
  WARNING_HELP,
} from "../options/plugin_format.ts";
import { withStatus } from "../options/exit_status.ts";
import type { Context } from "../context/context.ts";
import { untilReaderEnds } from "../context/io.ts";
import { askDaemon, connectDaemon } from "../daemon/client.ts";
import { formatServices, formatStatusView, serviceSize } from "../format/status_lines.ts";
import {
  isUnhealthy,
  readStatusView,
  servicesExitCode,
  type ShownService,
  statusSummary,
  type StatusView,
  withoutServing,
  worstFirst,
} from "../format/status_view.ts";
import { parsePluginRange } from "../format/plugin_range.ts";
import { printDocument } from "../format/json.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import type { FrameContent } from "../terminal/frame.ts";
import { showRepeatedly } from "../terminal/repeated_view.ts";

/** The default interval of --watch; milliseconds. */
const DEFAULT_WATCH_MS = 1000;

/** `lvsctl status`. */
export function statusCommand(context: Context): CommandUnknownOpts {
  return new Command("status")
    .description(
      "Shows the daemon's status: virtual routers, services with their quorums, and real servers with their health, its " +
        "age and reason, and their intended weight. Services that need attention come first. The exit status is the same as check's, for " +
        "the services that are shown.",
    )
    .argument("[service]", "the virtual service to show, by name or tcp://IP:PORT (default: all)", visible)
    .option("--unhealthy", "only services below their quorum or with unhealthy servers")
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print JSON; with --watch one object per line")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .option(FORMAT_FLAGS, FORMAT_HELP, formatArgument)
    .option(WARNING_FLAGS, WARNING_HELP, argumentParser(parsePluginRange))
    .option(CRITICAL_FLAGS, CRITICAL_HELP, argumentParser(parsePluginRange))
    .option(
      "--watch [interval]",
      "repeat at this interval (default: 1s) until the daemon ends, Ctrl-C or q",
      durationArgument({ atLeast: "100ms" }),
    )
    .action(withStatus(async (service, options) => {
      const { json = false, watch, unhealthy = false, format } = options;
      const { io } = context;
      const others = { "--json": json, "--output": options.output !== undefined, "--watch": watch !== undefined };
      refuseWithFormat(format, { others, thresholds: options });
      if (format !== undefined) {
        const { pluginStatus } = await import("./status/plugin_status.ts");
        const { warning, critical } = options;
        const select = (status: unknown): readonly ShownService[] =>
          selectServices(status, { service, unhealthy: false }).all;
        return await pluginStatus(context, { select, warning, critical });
      }
      using client = await connectDaemon(context, { readsStatus: true });
      let status: ExitCode = EXIT.ok;
      const read = async (signal?: AbortSignal): Promise<ReportedStatus> => {
        const answer = await askDaemon(client, "status", { signal });
        const reported = selectServices(answer["status"], { service, unhealthy });
        status = servicesExitCode(reported.all);
        return reported;
      };
      const print = ({ json: selected, view }: ReportedStatus): void => {
        if (json) return printDocument(io, selected, { isRepeated: watch !== undefined });
        printLines(io, formatStatusView(view, { now: Date.now(), width: outWidth(io, options) }), options);
      };
      await untilReaderEnds(async () => {
        if (watch === undefined) return print(await read());
        const intervalMs = watch === true ? DEFAULT_WATCH_MS : watch;
        if (!json && io.outIsTerminal === true) {
          const { showLive } = await import("../terminal/live_view.ts");
          const view = {
            read: async (signal: AbortSignal) => ({ data: (await read(signal)).view }),
            content: statusContent,
            sorts: STATUS_ORDERS,
            intervalMs,
          };
          return await showLive(context, view, options);
        }
        await showRepeatedly(context, {
          show: async (signal) => {
            print(await read(signal));
            return true;
          },
          intervalMs,
        });
      });
      return status;
    }))
    .addHelpText("after", examples("lvsctl status", "lvsctl status web --watch 2s", "lvsctl status --unhealthy"));
}

/** A status of the daemon, with the services that were selected. */
interface ReportedStatus {
  /** As JSON. */
  readonly json: Fields;
  /** As it is shown. */
  readonly view: StatusView;
  /** The services that decide the exit status. */
  readonly all: readonly ShownService[];
}

/** The orders of a frame: the worst first, or that of the file. */
const STATUS_ORDERS = ["worst first", "file"] as const;

/** The status for a frame, which formats only visible services. */
function statusContent(
  { process, routers, summary, services, failures, differences }: StatusView,
  order: string,
): FrameContent<StatusItem> {
  const sorted = order === "file" ? services : worstFirst(services);
  return {
    title: `${summary}; ${process[0] ?? ""}`,
    items: [...process.slice(1), ...routers.map(({ text }) => text), ...failures, ...differences, ...sorted],
    sizeOf: (item) => typeof item === "string" ? 1 : serviceSize(item),
    textOf: (item) => typeof item === "string" ? item : namesOf(item),
    layOut: (items, width) => ({
      head: [],
      body: formatServices(items, { width, now: Date.now() }),
    }),
  };
}

/** A line, or a service with its servers. */
type StatusItem = string | ShownService;

function namesOf({ id, name = "", servers }: ShownService): string {
  return [id, name, ...servers.map(({ address, health = "" }) => `${address} ${health}`)].join("\n");
}

/**
 * Selects services of a status.
 *
 * @throws {LvsctlError} If the daemon does not have the service.
 */
function selectServices(
  status: unknown,
  { service, unhealthy }: { readonly service: string | undefined; readonly unhealthy: boolean },
): ReportedStatus {
  const view = readStatusView(status, { now: Date.now() });
  if (service === undefined && !unhealthy) return { json: fieldsOf(status), view, all: view.services };
  const wanted = service === undefined ? undefined : nameOf(service);
  const isNamed = ({ id, name }: ShownService): boolean => wanted === undefined || id === wanted || name === service;
  const all = view.services.filter(isNamed);
  if (wanted !== undefined && all.length === 0) {
    throw new LvsctlError("the daemon's file has no such service", {
      operation: "show the status of",
      object: wanted,
      hint: '"lvsctl status" lists its services',
    });
  }
  const isWanted = view.services.map((one) => isNamed(one) && (!unhealthy || isUnhealthy(one)));
  const services = view.services.filter((_, index) => isWanted[index]);
  return {
    json: {
      ...fieldsOf(status),
      services: itemsOf(fieldsOf(status)["services"]).filter((_, index) => isWanted[index]),
    },
    view: { ...view, summary: statusSummary(all), services: unhealthy ? services.map(withoutServing) : services },
    all,
  };
}

/** The identity of a service as the daemon writes it; a name in the file as it is. */
function nameOf(service: string): string {
  try {
    return formatServiceId(parseServiceId(service));
  } catch (error) {
    if (error instanceof LvsctlError) return service;
    throw error;
  }
}
