import { loadAnyYaml, type Tree, type Variables } from "../../config/mod.ts";
import type { ForwardingMethod } from "../../model/mod.ts";
import { type Entry, type Item, ListBlock, MappingBlock, type Origin } from "../document.ts";
import { headerFor, nothingIn } from "../import_table.ts";
import { finishDocument, type Imported, type ImportSource, type ImportWorld, Report } from "../imported.ts";
import { Keys, type Locate } from "./nodes.ts";

const METHODS: ReadonlyMap<string, ForwardingMethod> = new Map([["direct", "dr"], ["nat", "nat"], ["tunnel", "tun"]]);

/** What ipvsctl does where neither an item nor the defaults say it. */
const IPVSCTL_DEFAULTS = { sched: "rr", forward: "direct", weight: 0 } as const;

/** The largest weight that ipvsctl takes. */
const MAX_WEIGHT = 65535;

/** A value with where it comes from. */
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

/** What an item is read with. */
interface Surroundings {
  readonly locate: Locate;
  readonly report: Report;
  readonly variables: Variables;
  readonly defaults: Defaults;
}

/**
 * Makes a configuration file of one of ipvsctl's: its model, as YAML or JSON.
 *
 * @throws {ConfigError} If it is not YAML.
 * @throws {LvsctlError} If there is no service in it.
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
  const surroundings = { locate, report, variables, defaults };
  const items = keys.list("services").flatMap((node) => readService(node, surroundings) ?? []);
  const document = new MappingBlock([
    { key: "version", value: 1 },
    { key: "services", value: new ListBlock(items) },
  ]);
  return await finishDocument(document, { header: headerFor("ipvsctl", file), report });
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

/** Puts in what `${...}` stands for: only the environment is known here. */
function fillIn(
  { value, origin }: Given<string> & { readonly origin: Origin },
  { variables, report }: Surroundings,
): { readonly value: string; readonly notes: readonly string[] } | undefined {
  const notes: string[] = [];
  let text = value;
  // From the inside to the outside, for one parameter may be part of another's name.
  for (let round = 0; round < 20; round++) {
    const [whole, name] = /\$\{(?:env\.)?([^${}]*)\}/.exec(text) ?? [];
    if (whole === undefined || name === undefined) return { value: text, notes };
    const found = variables(name);
    if (found === undefined) {
      report.add(origin, `${whole} is no variable of this environment, and other parameters are not known here`);
      return undefined;
    }
    notes.push(`${whole} was ${found} when the file was imported`);
    text = text.replace(whole, () => found);
  }
  report.add(origin, "its parameters are nested too deeply");
  return undefined;
}

function readService(node: Tree, surroundings: Surroundings): Item | undefined {
  const { locate, report, defaults } = surroundings;
  const known = ["address", "sched", "destinations"];
  const keys = Keys.of(node, { name: "a service", known, locate, report });
  const address = keys?.text("address");
  if (keys === undefined) return undefined;
  if (address === undefined) {
    report.add(locate(node, "a service"), "it has no address");
    return undefined;
  }
  const filled = fillIn(address, surroundings);
  if (filled === undefined) return undefined;
  const isMark = filled.value.startsWith("fwmark:");
  const [, port] = /:\/\/[^:]*:(\d+)\/?$/.exec(filled.value) ?? [];
  const listen = isMark || port !== undefined || defaults.port === undefined
    ? filled.value.replace(/\/$/, "")
    : `${filled.value.replace(/\/$/, "")}:${defaults.port.value}`;
  const usedPort = listen === filled.value ? [] : originsOf(defaults.port);
  const scheduler = keys.text("sched") ?? defaults.sched;
  const servicePort = isMark ? undefined : Number(port ?? defaults.port?.value ?? 0);
  const servers = keys.list("destinations").flatMap((each) =>
    readDestination(each, { ...surroundings, servicePort }) ?? []
  );
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
  surroundings: Surroundings & { readonly servicePort: number | undefined },
): Item | undefined {
  const { locate, report, defaults, servicePort } = surroundings;
  const known = ["address", "weight", "forward"];
  const keys = Keys.of(node, { name: "a destination", known, locate, report });
  const address = keys?.text("address");
  if (keys === undefined) return undefined;
  if (address === undefined) {
    report.add(locate(node, "a destination"), "it has no address");
    return undefined;
  }
  const filled = fillIn(address, surroundings);
  if (filled === undefined) return undefined;
  const written = keys.number("weight", { max: MAX_WEIGHT });
  // ipvsctl cannot tell a weight of 0 from none.
  const weight = written === undefined || written.value === 0 ? defaults.weight ?? written : written;
  const forward = keys.text("forward") ?? defaults.forward ?? { value: IPVSCTL_DEFAULTS.forward };
  const method = METHODS.get(forward.value);
  if (method === undefined) {
    report.add(forward.origin ?? address.origin, "it has to be direct, nat or tunnel");
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
    notes: [...filled.notes, ...weight === undefined ? ["without a weight ipvsctl gives 0"] : []],
  };
}
