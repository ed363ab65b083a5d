import { addressBits, addressFamily, formatPrefix } from "../model/mod.ts";
import type { Link } from "../rtnetlink/mod.ts";
import { interfaceSysctl } from "../host/mod.ts";
import { type MachineState, realServerVip } from "./machine.ts";
import { isSamePort } from "./original_settings.ts";
import { isHidden } from "./objections.ts";
import { acceptedRpFilters, ARP_ANNOUNCE, ARP_IGNORE, RP_FILTER_OF_ALL } from "./requirements.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";

/** The state of one thing that a set-up needs. */
export interface CheckResult {
  /** The VIP, sysctl, interface or port. */
  readonly object: string;
  /** Its state, as a predicate: "is on lo". */
  readonly state: string;
  /** The effect of a wrong state, and the command that fixes it; undefined if the state is right. */
  readonly problem?: { readonly effect: string; readonly fix: string };
}

/** Checks everything that set-ups need, each thing once. */
export function checkRealServer(current: MachineState, setups: readonly VipSetup[]): readonly CheckResult[] {
  const checks: readonly ((setup: VipSetup) => readonly CheckResult[])[] = [
    (setup) => checkAddress(setup, current),
    (setup) => checkArp(setup, current),
    (setup) => checkDevice(setup, current),
    (setup) => checkTunnel(setup, current),
    (setup) => checkPort(setup, current),
  ];
  const results = new Map<string, CheckResult>();
  for (const setup of setups) {
    for (const result of checks.flatMap((check) => check(setup))) {
      const key = `${result.object} ${result.state}`;
      if (!results.has(key)) results.set(key, result);
    }
  }
  return [...results.values()];
}

function problem(object: string, state: string, [effect, fix]: readonly [effect: string, fix: string]): CheckResult {
  return { object, state, problem: { effect, fix } };
}

/** Checks that the VIP is on an interface, and on none that announces it. */
function checkAddress(setup: VipSetup, current: MachineState): readonly CheckResult[] {
  const { address, device } = setup;
  const bits = addressBits(addressFamily(address));
  const existing = current.addresses.filter((listed) => listed.address === address);
  if (existing.length === 0) {
    const vip = realServerVip(setup);
    const scope = vip.scope === "host" ? " scope host" : " nodad preferred_lft 0";
    const fix = `ip address add ${formatPrefix(vip)} dev ${device}${scope}`;
    return [problem(address, "is on no interface", ["the machine does not accept packets for it", fix])];
  }
  return existing.map((listed) => {
    const link = current.links.find(({ name }) => name === listed.device);
    const state = `is on ${listed.device}`;
    const deletion = `ip address delete ${formatPrefix(listed)} dev ${listed.device}`;
    if (link !== undefined && link.hasNeighbours && !isHidden(link)) {
      return problem(address, state, ["neighbours learn that this machine has it, and bypass the director", deletion]);
    }
    if (link?.isLoopback && listed.prefixLength !== bits) {
      const effect = "this machine treats every address of that network as its own";
      return problem(address, `is on ${listed.device} as ${formatPrefix(listed)}`, [effect, deletion]);
    }
    if (listed.state === "duplicate") {
      const fix = `${deletion}; ip address add ${formatPrefix(listed)} dev ${listed.device} nodad`;
      return problem(address, `${state}, but the kernel detected a duplicate`, ["the address cannot be used", fix]);
    }
    return { object: address, state };
  });
}

/** Checks that no interface announces an IPv4 VIP; neighbour discovery of IPv6 finds an interface's own addresses only. */
function checkArp({ address }: VipSetup, current: MachineState): readonly CheckResult[] {
  if (addressFamily(address) === "ipv6") return [];
  return [ARP_IGNORE, ARP_ANNOUNCE].map(({ name, value, accepted }): CheckResult => {
    const ofAll = Number(current.sysctl(name) ?? 0);
    const isRight = (own: number): boolean => (accepted as readonly string[]).includes(String(Math.max(ofAll, own)));
    const key = name.slice(name.lastIndexOf(".") + 1);
    const reachable = current.links.filter((link) => link.hasNeighbours && !isHidden(link) && link.isUp);
    const wrong = reachable.filter((link) =>
      !isRight(Number(current.sysctl(interfaceSysctl("ipv4", { device: link.name, key })) ?? 0))
    );
    if (isRight(0) || (reachable.length > 0 && wrong.length === 0)) return { object: name, state: `is ${ofAll}` };
    const devices = wrong.map((link) => link.name).join(", ") || "every interface";
    return problem(name, `is ${ofAll}`, [
      `neighbours on ${devices} learn that this machine has the VIP, and clients bypass the director`,
      `sysctl -w ${name}=${value}`,
    ]);
  });
}

function checkDevice(setup: VipSetup, current: MachineState): readonly CheckResult[] {
  const { device } = setup;
  return device === linkOfSetup(setup)?.name ? [] : checkLink(setup, current, { name: device, kind: "dummy" });
}

/** Checks that an interface exists, is up, and can accept the VIP's packets. */
function checkLink(
  { address }: VipSetup,
  current: MachineState,
  { name, kind }: { readonly name: string; readonly kind: string },
): readonly CheckResult[] {
  const link = current.links.find((other) => other.name === name);
  if (link === undefined) {
    const fix = `ip link add ${name} type ${kind} && ip link set ${name} up`;
    return [problem(name, "is missing", [`no interface accepts packets for ${address}`, fix])];
  }
  const state = link.isUp
    ? { object: name, state: "is up" }
    : problem(name, "is down", [`packets for ${address} are dropped`, `ip link set ${name} up`]);
  return addressFamily(address) === "ipv6" ? [state, checkIpv6(link, current)] : [state];
}

function checkIpv6({ name }: Link, current: MachineState): CheckResult {
  const object = interfaceSysctl("ipv6", { device: name, key: "disable_ipv6" });
  const value = current.sysctl(object);
  if (value === "0") return { object, state: "is 0" };
  const effect = `${name} has no IPv6`;
  return value === undefined
    ? problem(object, "is missing", [effect, "modprobe ipv6"])
    : problem(object, `is ${value}`, [effect, `sysctl -w ${object}=0`]);
}

function checkTunnel(setup: VipSetup, current: MachineState): readonly CheckResult[] {
  const tunnel = linkOfSetup(setup);
  if (tunnel === undefined) return [];
  const { address } = setup;
  const link = checkLink(setup, current, tunnel);
  if (addressFamily(address) === "ipv6") return link;
  const object = interfaceSysctl("ipv4", { device: tunnel.name, key: "rp_filter" });
  const own = current.sysctl(object);
  // The result of checkLink() already reports a missing interface.
  if (own === undefined) return link;
  // The result of checkAddress() already reports a missing VIP.
  const hasAddress = setup.device === tunnel.name ||
    current.addresses.some((listed) => listed.device === tunnel.name && addressFamily(listed.address) === "ipv4");
  const ofAll = current.sysctl(RP_FILTER_OF_ALL);
  if (acceptedRpFilters({ hasAddress, ofAll }).includes(own)) return [...link, { object, state: `is ${own}` }];
  const state = `is ${own}, and ${RP_FILTER_OF_ALL} is ${ofAll ?? "0"}`;
  const effect = `packets from ${tunnel.name} are dropped, because replies to clients leave by another interface`;
  const fix = hasAddress
    ? `sysctl -w ${object}=2`
    : (ofAll ?? "0") === "0"
    ? `sysctl -w ${object}=0`
    : `sysctl -w ${object}=2 && ip address add ${formatPrefix(realServerVip(setup))} dev ${tunnel.name} scope host`;
  return [...link, problem(object, state, [effect, fix])];
}

function checkPort({ address, tunnel }: VipSetup, current: MachineState): readonly CheckResult[] {
  if (tunnel?.type !== "gue") return [];
  const family = addressFamily(address);
  const { port } = tunnel;
  const object = `UDP port ${port} over ${family === "ipv4" ? "IPv4" : "IPv6"}`;
  const listed = current.fouPorts.find((other) => isSamePort(other, { port, family }));
  if (listed?.isGue) return [{ object, state: "unpacks GUE" }];
  const flag = family === "ipv6" ? "-6 " : "";
  const add = `ip ${flag}fou add port ${port} gue`;
  return listed === undefined
    ? [problem(object, "does not unpack GUE", ["packets from the director are dropped", `modprobe fou; ${add}`])]
    : [problem(object, "unpacks another protocol than GUE", [
      "packets from the director are dropped",
      `ip ${flag}fou del port ${port}; ${add}`,
    ])];
}

/** The results that report a problem. */
export function failedChecks(results: readonly CheckResult[]): readonly CheckResult[] {
  return results.filter(({ problem }) => problem !== undefined);
}
