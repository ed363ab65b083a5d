import { loadAnyYaml, type Tree, type Variables } from "../../config/mod.ts";
import type { ForwardingMethod } from "../../model/mod.ts";
import { type Entry, type Item, ListBlock, MappingBlock, type Origin } from "../document.ts";
import { headerFor, nothingIn } from "../import_table.ts";
import {
  finishDocument,
  type Imported,
  type ImportSource,
  type ImportWorld,
  Report,
  withServices,
} from "../imported.ts";
import { Keys, type Locate } from "./nodes.ts";

const METHODS: ReadonlyMap<string, ForwardingMethod> = new Map([["direct", "dr"], ["nat", "nat"], ["tunnel", "tun"]]);

/** ipvsctl's built-in defaults. */
const IPVSCTL_DEFAULTS = { sched: "rr", forward: "direct", weight: 0 } as const;

/** The largest weight of ipvsctl. */
const MAX_WEIGHT = 65535;

/** A value with its place. */
interface Given<T> {
  readonly value: T;
  readonly origin?: Origin;
}

interface Defaults {
  readonly port: Given<number> | undefined;
  readonly weight: Given<number> | undefined;
  readonly sched: Given<string> | undefined;
  readonly forward: Given<string> | undefined;
}

/** The environment of an item. */
interface ItemContext {
  readonly locate: Locate;
  readonly report: Report;
  readonly variables: Variables;
  readonly defaults: Defaults;
}

/**
 * Converts a file of ipvsctl, YAML or JSON, to a configuration file.
 *
 * @throws {ConfigError} If it is not YAML.
 * @throws {LvsctlError} If it contains no service, or none that can be imported.
 */
export async function importIpvsctl({ file, text }: ImportSource, { variables }: ImportWorld): Promise<Imported> {
  const { readAnyYaml } = await loadAnyYaml();
  const { tree, locate: place } = await readAnyYaml(text, { file });
  const report = new Report();
  const locate: Locate = (node, words) => ({ file, ...place(node.offset), words });
  const keys = tree === undefined || tree.kind !== "mapping"
    ? undefined
    : Keys.of(tree, { name: "the file", known: ["defaults", "services"], locate, report });
  if (keys === undefined || keys.list("services").length === 0) throw nothingIn(file, "service");
  const defaults = readDefaults(keys.node("defaults"), { locate, report });
  const context = { locate, report, variables, defaults };
  const items = keys.list("services").flatMap((node) => readService(node, context) ?? []);
  const document = new MappingBlock([
    { key: "version", value: 1 },
    { key: "services", value: new ListBlock(items) },
  ]);
  return withServices(file, await finishDocument(document, { header: headerFor("ipvsctl", file), report }));
}

function readDefaults(
  node: Tree | undefined,
  { locate, report }: { readonly locate: Locate; readonly report: Report },
): Defaults {
  const known = ["port", "weight", "sched", "forward"];
  const keys = node === undefined ? undefined : Keys.of(node, { name: "defaults", known, locate, report });
  return {
    port: keys?.number("port", { max: 65535 }),
    weight: keys?.number("weight", { max: MAX_WEIGHT }),
    sched: keys?.text("sched"),
    forward: keys?.text("forward"),
  };
}

/** Replaces `${...}` by environment variables; other parameters are unknown. */
function fillIn(
  { value, origin }: Given<string> & { readonly origin: Origin },
  { variables, report }: ItemContext,
): { readonly value: string; readonly notes: readonly string[] } | undefined {
  const notes: string[] = [];
  let text = value;
  // From the inside out, because the name of a parameter may contain another.
  for (let round = 0; round < 20; round++) {
    const [whole, name] = /\$\{(?:env\.)?([^${}]*)\}/.exec(text) ?? [];
    if (whole === undefined || name === undefined) return { value: text, notes };
    const variable = variables(name);
    if (variable === undefined) {
      report.add(origin, `${whole} is not a variable of this environment, and lvsctl import knows no other parameters`);
      return undefined;
    }
    notes.push(`${whole} was ${variable} when the file was imported`);
    text = text.replace(whole, () => variable);
  }
  report.add(origin, "its parameters are nested too deeply");
  return undefined;
}

function readService(node: Tree, context: ItemContext): Item | undefined {
  const { locate, report, defaults } = context;
  const known = ["address", "sched", "destinations"];
  const keys = Keys.of(node, { name: "a service", known, locate, report });
  const address = keys?.text("address");
  if (keys === undefined) return undefined;
  if (address === undefined) {
    report.add(locate(node, "a service"), "it has no address");
    return undefined;
  }
  const filled = fillIn(address, context);
  if (filled === undefined) return undefined;
  const isMark = filled.value.startsWith("fwmark:");
  const [, port] = /:\/\/[^:]*:(\d+)\/?$/.exec(filled.value) ?? [];
  const listen = isMark || port !== undefined || defaults.port === undefined
    ? filled.value.replace(/\/$/, "")
    : `${filled.value.replace(/\/$/, "")}:${defaults.port.value}`;
  const usedPort = listen === filled.value ? [] : originsOf(defaults.port);
  const scheduler = keys.text("sched") ?? defaults.sched;
  const servicePort = isMark ? undefined : Number(port ?? defaults.port?.value ?? 0);
  const servers = keys.list("destinations").flatMap((each) => readDestination(each, { ...context, servicePort }) ?? []);
  const entries: Entry[] = [
    { key: "listen", value: listen, essential: true, origins: usedPort, notes: filled.notes },
    {
      key: "scheduler",
      value: scheduler?.value ?? IPVSCTL_DEFAULTS.sched,
      ...scheduler === undefined ? { notes: ["ipvsctl's default"] } : { origins: originsOf(scheduler) },
    },
    ...servers.length === 0 ? [] : [{ key: "servers", value: new ListBlock(servers) }],
  ];
  return { value: new MappingBlock(entries), origins: [address.origin] };
}

function originsOf(given: Given<unknown> | undefined): readonly Origin[] {
  return given?.origin === undefined ? [] : [given.origin];
}

function readDestination(
  node: Tree,
  context: ItemContext & { readonly servicePort: number | undefined },
): Item | undefined {
  const { locate, report, defaults, servicePort } = context;
  const known = ["address", "weight", "forward"];
  const keys = Keys.of(node, { name: "a destination", known, locate, report });
  const address = keys?.text("address");
  if (keys === undefined) return undefined;
  if (address === undefined) {
    report.add(locate(node, "a destination"), "it has no address");
    return undefined;
  }
  const filled = fillIn(address, context);
  if (filled === undefined) return undefined;
  const written = keys.number("weight", { max: MAX_WEIGHT });
  // ipvsctl treats a weight of 0 as omitted.
  const weight = written === undefined || written.value === 0 ? defaults.weight ?? written : written;
  const forward = keys.text("forward") ?? defaults.forward ?? { value: IPVSCTL_DEFAULTS.forward };
  const method = METHODS.get(forward.value);
  if (method === undefined) {
    report.add(forward.origin ?? address.origin, "it must be direct, nat or tunnel");
    return undefined;
  }
  const hasPort = /:\d+$/.test(filled.value);
  const port = hasPort ? undefined : defaults.port?.value ?? servicePort;
  return {
    value: {
      address: port === undefined ? filled.value : `${filled.value}:${port}`,
      weight: weight?.value ?? IPVSCTL_DEFAULTS.weight,
      forward: method,
    },
    origins: [address.origin, ...originsOf(weight), ...originsOf(forward), ...hasPort ? [] : originsOf(defaults.port)],
    notes: [...filled.notes, ...weight === undefined ? ["ipvsctl's default weight is 0"] : []],
  };
}
