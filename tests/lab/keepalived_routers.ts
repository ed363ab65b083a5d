/**
 * The virtual routers that keepalived makes of a file, and files that vary them.
 *
 * @module
 */
import { type DesiredState, type VrrpInstance } from "../../core/model/mod.ts";
import { SeededRandom } from "./random.ts";

/** The interfaces of the instances. */
export const ROUTER_DEVICES = ["eth0", "eth1", "eth2"] as const;

/** An instance as both programs have it. */
export interface Router {
  readonly version: number;
  readonly vrid: number;
  readonly device: string;
  readonly priority: number;
  readonly intervalMs: number;
  readonly preempts: boolean;
  readonly preemptDelayMs: number;
  readonly password: string | undefined;
  readonly source: string | undefined;
  readonly peers: readonly string[];
  /** The advertised addresses with their prefixes, in order of their text. */
  readonly vips: readonly string[];
  /** The tracked interfaces, and the programs of scripts, with their weights, in order of their text. */
  readonly tracks: readonly string[];
  readonly group: string | undefined;
}

/** The scripts of the files, by name. */
const SCRIPTS: Readonly<Record<string, { readonly program: string; readonly weight: number }>> = {
  up: { program: "/bin/true", weight: 0 },
  light: { program: "/bin/echo", weight: -20 },
  heavy: { program: "/bin/sleep", weight: 253 },
  odd: { program: "/bin/sync", weight: 7 },
};

function scripts(): string {
  return Object.entries(SCRIPTS).map(([name, { program, weight }]) =>
    `vrrp_script ${name} {\n  script ${program}\n  interval 200\n  weight ${weight}\n}\n`
  ).join("");
}

/** Lines of an instance that keepalived takes, corrects or ignores. */
function lines(random: SeededRandom, isIpv6: boolean): readonly string[] {
  const weight = (): string =>
    random.pick(["", "", " weight 10", " weight -10", " weight 0", " weight 253", " weight"]);
  const third = random.below(250) + 2;
  const choices: readonly (() => readonly string[])[] = [
    () => [`priority ${random.pick(["1", "99", "100", "254", "255", "0", "256", "120x", "200 7", "+20"])}`],
    () => [`state ${random.pick(["MASTER", "BACKUP"])}`],
    () => [
      `advert_int ${random.pick(["1", "2", "0.2", "0.255", "1.4", "1.5", "40.95", "50", "0.001", "3s", ".5", "5."])}`,
    ],
    () => isIpv6 ? [] : [`version ${random.pick(["2", "3", "4", "3x"])}`],
    () => [random.pick(["nopreempt", "preempt"])],
    () => [`preempt_delay ${random.pick(["0", "5", "2.5", "1000", "1001", "x"])}`],
    () => [
      "authentication {",
      ...random.pick([
        ["auth_type PASS", "auth_pass secret"],
        ["auth_type PASS", "auth_pass longer than 8"],
        ["auth_type PASS", 'auth_pass "a b#c"'],
        ["auth_type PASS"],
        ["auth_pass alone"],
        ["auth_pass before", "auth_type PASS"],
        ["auth_type PASS", "auth_pass one", "auth_pass two"],
      ]),
      "}",
    ],
    () => [
      "track_interface {",
      `${random.pick(ROUTER_DEVICES)}${weight()}`,
      `${random.pick(ROUTER_DEVICES)}${weight()}`,
      "}",
    ],
    () => ["track_script {", `${random.pick(Object.keys(SCRIPTS))}${weight()}`, `${random.pick(["up", "none"])}`, "}"],
    () =>
      isIpv6
        ? ["unicast_peer {", `fe80::${third.toString(16)}`, random.pick(["10.0.0.9", "fe80::99"]), "}"]
        : ["unicast_peer {", `10.0.9.${third}`, random.pick(["2001:db8::1", "10.0.9.1", "10.0.9.x"]), "}"],
    () => isIpv6 ? [] : [`${random.pick(["unicast_src_ip", "mcast_src_ip"])} ${random.pick(["10.0.7.7", "fd00::1"])}`],
    () => [random.pick(["accept", "dont_track_primary", "garp_master_delay 2", "lower_prio_no_advert", "debug 1"])],
    () => [random.pick(["unknown_keyword 5", "smtp_alert off", "notify_master /bin/true", "promote_secondaries"])],
  ];
  return Array.from({ length: random.below(6) }, () => random.pick(choices)()).flat();
}

function addresses(
  random: SeededRandom,
  { isIpv6, number }: { readonly isIpv6: boolean; readonly number: number },
): readonly string[] {
  const count = random.below(3) + 1;
  const list = Array.from(
    { length: count },
    (_, index) =>
      isIpv6
        ? `${index === 0 ? "fe80" : "2001:db8"}::${number.toString(16)}:${index}${
          random.pick(["", "/64", "/128", "/129"])
        }`
        : `10.1.${number}.${index + 1}${random.pick(["", "/24", "/32", "/33"])}`,
  );
  if (random.oneIn(3)) list.push(isIpv6 ? "192.0.2.77" : "2001:db8::77");
  if (random.oneIn(4)) list.push("10.0.0.x");
  return list.map((line) => line + random.pick(["", "", " no_track", " scope global"]));
}

/** A file of instances that vary keepalived's language of VRRP. */
export function keepalivedRoutersFile(seed: number, count: number): string {
  const random = new SeededRandom(seed);
  const instances = Array.from({ length: count }, (_, number) => {
    const isIpv6 = random.oneIn(4);
    const device = random.pick(ROUTER_DEVICES);
    const body = [
      `interface ${device}`,
      `virtual_router_id ${number + 1}`,
      "virtual_ipaddress {",
      ...addresses(random, { isIpv6, number }),
      "}",
    ];
    for (const line of lines(random, isIpv6).join("\n").split(/\n(?=[a-z_]+ \{|[a-z_]+(?: |$))/)) body.push(line);
    return `vrrp_instance I${number} {\n${body.filter((line) => line !== "").join("\n")}\n}\n`;
  });
  const globals = random.pick(["", "vrrp_version 3\n", "vrrp_startup_delay 1\n", "vrrp_version 2\n"]);
  const groups = Array.from({ length: 3 }, (_, number) => {
    const members = Array.from({ length: random.below(3) + 1 }, () => `I${random.below(count + 1)}`);
    const track = random.pick(["", "track_script {\nodd weight 3\n}\n", "track_interface {\neth2 weight -4\n}\n"]);
    const weights = random.oneIn(3) ? "sync_group_tracking_weight\n" : "";
    return `vrrp_sync_group G${number} {\ngroup {\n${members.join("\n")}\n}\n${track}${weights}}\n`;
  });
  return `global_defs {\n${globals}}\n${scripts()}${groups.join("")}${instances.join("")}`;
}

/** The value after a label in keepalived's data. */
function after(text: string, label: string): string | undefined {
  return new RegExp(`^ {3}${label} = (.*)$`, "m").exec(text)?.[1];
}

/** The lines below a label in keepalived's data. */
function below(text: string, label: string): readonly string[] {
  const [, found = ""] = new RegExp(`^ {3}${label}.*:\\n((?: {5}.*\\n)*)`, "m").exec(text) ?? [];
  return found.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

function milliseconds(text = ""): number {
  return Number.parseFloat(text) * (/milli/.test(text) ? 1 : 1000);
}

/**
 * The instances in the data that `keepalived --dump-conf` logs, by name.
 *
 * @param log Its log, without times.
 */
export function routersOfKeepalived(log: string): ReadonlyMap<string, Router> {
  // Other processes log at the same time.
  const lines = log.split("\n").filter((line) => /^(?: |-{6})/.test(line)).join("\n");
  const [, data = ""] = /-+< VRRP Topology >-+\n(.*?)-+< Interfaces/s.exec(lines) ?? [];
  const [topology = ""] = data.split(/-+< VRRP (?:Sync groups|Scripts) >-+\n/, 1);
  const groups = new Map<string, string>();
  for (const [, name = "", text = ""] of data.matchAll(/^ VRRP Sync Group = (\S+),.*\n((?: {3}.*\n)*)/gm)) {
    groups.set(name, text);
  }
  const seen = new Set<string>();
  const routers = new Map<string, Router>();
  for (const text of topology.split(/^ VRRP Instance = /m).slice(1)) {
    const name = text.slice(0, text.indexOf("\n"));
    const group = after(text, "Sync group");
    // The importer gives the first instance of a group what the group tracks.
    const isFirst = group !== undefined && !seen.has(group);
    if (group !== undefined) seen.add(group);
    const tracksOf = (part: string): readonly string[] => [
      ...below(part, "Tracked interfaces").map((line) => line.replace(/ weight 0$/, "")),
      ...below(part, "Tracked scripts").map((line) => {
        const [script = "", , weight] = line.split(" ");
        return `${SCRIPTS[script]?.program} weight ${weight}`.replace(/ weight 0$/, "");
      }),
    ];
    const source = after(text, "Using src_ip");
    routers.set(name, {
      version: Number(after(text, "VRRP Version")),
      vrid: Number(after(text, "Virtual Router ID")),
      device: after(text, "Interface") ?? "",
      priority: Number(after(text, "Priority")),
      intervalMs: milliseconds(after(text, "Advert interval")),
      preempts: after(text, "Preempt") === "enabled",
      preemptDelayMs: milliseconds(after(text, "Preempt delay") ?? "0"),
      password: after(text, "Password"),
      source: source?.endsWith("(from configuration)") === true ? source.split(" ")[0] : undefined,
      peers: [...new Set(below(text, "Unicast Peer").map((line) => line.split(" ")[0] ?? ""))].sort(),
      vips: below(text, "Virtual IP \\(").map((line) => withPrefix(line.split(" ")[0] ?? "")).sort(),
      tracks: [...tracksOf(text), ...(isFirst ? tracksOf(groups.get(group ?? "") ?? "") : [])].sort(),
      group,
    });
  }
  return routers;
}

function withPrefix(address: string): string {
  return address.includes("/") ? address : `${address}/${address.includes(":") ? 128 : 32}`;
}

/** The instances of lvsctl's file, by name. */
export function routersOfLvsctl({ vrrp = [], vrrpGroups = [] }: DesiredState): ReadonlyMap<string, Router> {
  return new Map(vrrp.map((instance) => [instance.name, {
    version: instance.version,
    vrid: instance.vrid,
    device: instance.device,
    priority: instance.priority,
    intervalMs: instance.intervalMs,
    preempts: instance.preempts,
    preemptDelayMs: instance.preemptDelayMs,
    password: instance.password,
    source: instance.sources[0],
    peers: instance.peers.toSorted(),
    vips: instance.vips.map(({ address, prefixLength }) => `${address}/${prefixLength}`).sort(),
    tracks: instance.tracks.map(describe).sort(),
    group: vrrpGroups.find(({ members }) => members.includes(instance.name))?.name,
  }]));
}

function describe(track: VrrpInstance["tracks"][number]): string {
  const weight = track.weight === 0 ? "" : ` weight ${track.weight}`;
  if (track.kind === "command") return `${track.command.join(" ")}${weight}`;
  if (track.kind === "file") return `${track.path}${weight}`;
  if (track.kind === "interface") return `${track.device}${weight}`;
  return `${track.kind === "service" ? track.service : track.kind}${weight}`;
}
