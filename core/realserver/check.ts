import { addressBits, addressFamily, formatPrefix } from "../model/mod.ts";
import type { Link } from "../rtnetlink/mod.ts";
import { interfaceSysctl } from "../host/mod.ts";
import { realServerVip, type View } from "./machine.ts";
import { samePort } from "./original_settings.ts";
import { isHidden } from "./objections.ts";
import { acceptedRpFilters, ARP_ANNOUNCE, ARP_IGNORE, RP_FILTER_OF_ALL } from "./requirements.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";

/** One thing that was looked at. */
export interface SetupItem {
  /** What it is about: a VIP, a sysctl, an interface, a port. */
  readonly object: string;
  /** How it is: "is on lo". */
  readonly state: string;
  /** What that leads to, and the command that mends it; undefined where it is as it should be. */
  readonly problem?: { readonly effect: string; readonly fix: string };
}

/** Looks at everything that set-ups need; each thing once. */
export function checkRealServer(view: View, setups: readonly VipSetup[]): readonly SetupItem[] {
  const checks: readonly ((setup: VipSetup) => readonly SetupItem[])[] = [
    (setup) => checkPlaces(setup, view),
    (setup) => checkArp(setup, view),
    (setup) => checkDevice(setup, view),
    (setup) => checkTunnel(setup, view),
    (setup) => checkPort(setup, view),
  ];
  const found = new Map<string, SetupItem>();
  for (const setup of setups) {
    for (const finding of checks.flatMap((check) => check(setup))) {
      const key = `${finding.object} ${finding.state}`;
      if (!found.has(key)) found.set(key, finding);
    }
  }
  return [...found.values()];
}

function problem(object: string, state: string, [effect, fix]: readonly [effect: string, fix: string]): SetupItem {
  return { object, state, problem: { effect, fix } };
}

/** Where the VIP is, and where it must not be. */
function checkPlaces(setup: VipSetup, view: View): readonly SetupItem[] {
  const { address, device } = setup;
  const bits = addressBits(addressFamily(address));
  const places = view.addresses.filter((place) => place.address === address);
  if (places.length === 0) {
    const vip = realServerVip(setup);
    const scope = vip.scope === "host" ? " scope host" : " nodad";
    const fix = `ip address add ${formatPrefix(vip)} dev ${device}${scope}`;
    return [problem(address, "is on no interface", ["the machine does not take its packets", fix])];
  }
  return places.map((place) => {
    const link = view.links.find(({ name }) => name === place.device);
    const state = `is on ${place.device}`;
    const deletion = `ip address delete ${formatPrefix(place)} dev ${place.device}`;
    if (link !== undefined && link.hasNeighbours && !isHidden(link)) {
      return problem(address, state, ["the neighbours are told that it is here, and pass by the director", deletion]);
    }
    if (link?.isLoopback && place.prefixLength !== bits) {
      const effect = "every address of that network is taken for this machine's own";
      return problem(address, `is on ${place.device} as ${formatPrefix(place)}`, [effect, deletion]);
    }
    if (place.state === "duplicate") {
      const fix = `${deletion}; ip address add ${formatPrefix(place)} dev ${place.device} nodad`;
      return problem(address, `${state}, where the kernel found a duplicate`, ["it cannot be used", fix]);
    }
    return { object: address, state };
  });
}

/** Which interfaces tell the neighbours of an IPv4 VIP; IPv6 asks an interface for its own addresses only. */
function checkArp({ address }: VipSetup, view: View): readonly SetupItem[] {
  if (addressFamily(address) === "ipv6") return [];
  return [ARP_IGNORE, ARP_ANNOUNCE].map(({ name, value, accepted }): SetupItem => {
    const ofAll = Number(view.sysctl(name) ?? 0);
    const isRight = (own: number): boolean => (accepted as readonly string[]).includes(String(Math.max(ofAll, own)));
    const key = name.slice(name.lastIndexOf(".") + 1);
    const asked = view.links.filter((link) => link.hasNeighbours && !isHidden(link) && link.isUp);
    const wrong = asked.filter((link) =>
      !isRight(Number(view.sysctl(interfaceSysctl("ipv4", { device: link.name, key })) ?? 0))
    );
    if (isRight(0) || (asked.length > 0 && wrong.length === 0)) return { object: name, state: `is ${ofAll}` };
    const devices = wrong.map((link) => link.name).join(", ") || "every interface";
    return problem(name, `is ${ofAll}`, [
      `the neighbours on ${devices} are told that the VIP is here, and clients pass by the director`,
      `sysctl -w ${name}=${value}`,
    ]);
  });
}

function checkDevice(setup: VipSetup, view: View): readonly SetupItem[] {
  const { device } = setup;
  return device === linkOfSetup(setup)?.name ? [] : checkLink(setup, view, { name: device, kind: "dummy" });
}

/** Whether an interface is there, up, and able to take the VIP's packets. */
function checkLink(
  { address }: VipSetup,
  view: View,
  { name, kind }: { readonly name: string; readonly kind: string },
): readonly SetupItem[] {
  const link = view.links.find((other) => other.name === name);
  if (link === undefined) {
    const fix = `ip link add ${name} type ${kind} && ip link set ${name} up`;
    return [problem(name, "is missing", [`there is nothing that takes packets for ${address}`, fix])];
  }
  const state = link.isUp
    ? { object: name, state: "is up" }
    : problem(name, "is down", [`packets for ${address} are dropped`, `ip link set ${name} up`]);
  return addressFamily(address) === "ipv6" ? [state, checkIpv6(link, view)] : [state];
}

function checkIpv6({ name }: Link, view: View): SetupItem {
  const object = interfaceSysctl("ipv6", { device: name, key: "disable_ipv6" });
  const value = view.sysctl(object);
  if (value === "0") return { object, state: "is 0" };
  const effect = `${name} has no IPv6`;
  return value === undefined
    ? problem(object, "is missing", [effect, "modprobe ipv6"])
    : problem(object, `is ${value}`, [effect, `sysctl -w ${object}=0`]);
}

function checkTunnel(setup: VipSetup, view: View): readonly SetupItem[] {
  const tunnel = linkOfSetup(setup);
  if (tunnel === undefined) return [];
  const { address } = setup;
  const link = checkLink(setup, view, tunnel);
  if (addressFamily(address) === "ipv6") return link;
  const object = interfaceSysctl("ipv4", { device: tunnel.name, key: "rp_filter" });
  const own = view.sysctl(object);
  // Without the interface, that it is missing says it all.
  if (own === undefined) return link;
  // That its own VIP is not there is told already.
  const hasAddress = setup.device === tunnel.name ||
    view.addresses.some((place) => place.device === tunnel.name && addressFamily(place.address) === "ipv4");
  const ofAll = view.sysctl(RP_FILTER_OF_ALL);
  if (acceptedRpFilters({ hasAddress, ofAll }).includes(own)) return [...link, { object, state: `is ${own}` }];
  const state = `is ${own}, and that of all is ${ofAll ?? "0"}`;
  const effect = `packets out of ${tunnel.name} are dropped, for the way back to the client is another`;
  const fix = hasAddress
    ? `sysctl -w ${object}=2`
    : (ofAll ?? "0") === "0"
    ? `sysctl -w ${object}=0`
    : `sysctl -w ${object}=2 && ip address add ${formatPrefix(realServerVip(setup))} dev ${tunnel.name} scope host`;
  return [...link, problem(object, state, [effect, fix])];
}

function checkPort({ address, tunnel }: VipSetup, view: View): readonly SetupItem[] {
  if (tunnel?.type !== "gue") return [];
  const family = addressFamily(address);
  const { port } = tunnel;
  const object = `UDP port ${port} over ${family === "ipv4" ? "IPv4" : "IPv6"}`;
  const found = view.fouPorts.find((other) => samePort(other, { port, family }));
  if (found?.isGue) return [{ object, state: "unpacks GUE" }];
  const flag = family === "ipv6" ? "-6 " : "";
  const add = `ip ${flag}fou add port ${port} gue`;
  return found === undefined
    ? [problem(object, "does not unpack GUE", ["the director's packets are not understood", `modprobe fou; ${add}`])]
    : [problem(object, "unpacks something else than GUE", [
      "the director's packets are not understood",
      `ip ${flag}fou del port ${port}; ${add}`,
    ])];
}

/** Those of the findings that are wrong. */
export function wrongFindings(findings: readonly SetupItem[]): readonly SetupItem[] {
  return findings.filter(({ problem }) => problem !== undefined);
}
