import { specialRange } from "../findings/mod.ts";
import { addressBits, addressFamily, formatServiceId, type IpAddress } from "../model/mod.ts";
import type { AddressFacts, Facts, HolderFacts, NetworkFacts } from "./facts.ts";
import { agree, commands, commandsFor, type Finding, fine, listNames, otherCommands } from "./finding.ts";
import { serviceAddresses } from "./servers_by.ts";

/** A finding about one address; those of the same kind share a finding. */
interface VipProblem {
  readonly address: IpAddress;
  /** The kind, and what else must be equal. */
  readonly group: string;
  /** The finding about all addresses of the group. */
  readonly about: (addresses: readonly IpAddress[]) => Finding;
}

/** The interfaces of the services' addresses, and the hosts that answer for them. */
export function examineVips(facts: Facts): Finding[] {
  const { network } = facts;
  if (network === undefined) return [];
  // core/findings judges the special ranges: no host can have these addresses.
  const vips = serviceAddresses(facts.services).filter((address) => specialRange(address) === undefined);
  const examined = vips.flatMap((address) => [
    ...examinePlaces(address, facts, network),
    ...examineHolders(address, facts, network),
  ]);
  const problems = examined.filter((each) => "group" in each);
  const groups = Map.groupBy(problems, ({ group }) => group);
  return [
    ...examined.filter((each) => "severity" in each),
    ...[...groups.values()].flatMap((its) => its[0]?.about(its.map(({ address }) => address)) ?? []),
  ];
}

function examinePlaces(address: IpAddress, facts: Facts, network: NetworkFacts): (Finding | VipProblem)[] {
  const present = network.addresses.filter((one) => one.address === address);
  if (present.length === 0) return [examineAbsent(address, facts)];
  return present.map((place) => examinePlace(place, facts, network));
}

function examinePlace(
  { address, device, state }: AddressFacts,
  facts: Facts,
  network: NetworkFacts,
): Finding | VipProblem {
  const link = network.links.find(({ name }) => name === device);
  if (link?.isUp === false && !isServedElsewhere(address, facts, { hasNeighbours: link.hasNeighbours })) {
    return {
      address,
      group: `down ${device}`,
      about: (addresses) => ({
        id: "vip-down",
        severity: "error",
        object: listNames(addresses),
        what: `${listNames(addresses)} ${agree(addresses, ["is", "are"])} on ${device}, which is down`,
        why: "no client can reach it",
        fix: commands(`ip link set dev ${device} up`),
      }),
    };
  }
  if (state === "up") return fine("vip", `it is on ${device}`, { object: address });
  return {
    address,
    group: `${state} ${device}`,
    about: (addresses) => ({
      id: "vip-unusable",
      severity: state === "duplicate" ? "error" : "warning",
      object: listNames(addresses),
      what: state === "duplicate"
        ? `${listNames(addresses)}: on ${device}, but another host has the address too`
        : `${listNames(addresses)}: on ${device}, but the kernel is still searching for another host that has it`,
      why: state === "duplicate"
        ? "the kernel does not use it; remove it from that host, and here, and add it again"
        : "an IPv6 address is usable only after the kernel has found that it is free",
      // vip add refuses an address that another host has.
      fix: state === "duplicate" ? undefined : commandsFor(addresses, (one) => [
        `lvsctl vip delete ${one} --device ${device} --force`,
        `lvsctl vip add ${one} --device ${device}`,
      ]),
    }),
  };
}

/**
 * Whether clients reach an address although its interface is down: the kernel accepts packets to it from every other
 * interface. The clients on the link of the interface itself do not reach it.
 */
function isServedElsewhere(
  address: IpAddress,
  { network, defaultDevices }: Facts,
  { hasNeighbours }: { readonly hasNeighbours: boolean },
): boolean {
  if (network?.routes.get(address)?.kind !== "local") return false;
  const exits = [...defaultDevices.ipv4, ...defaultDevices.announcedIpv6];
  return !hasNeighbours || network.links.some(({ name, isUp }) => isUp && exits.includes(name));
}

function examineAbsent(address: IpAddress, facts: Facts): Finding | VipProblem {
  const { network, declaredVips, routerAddresses, services } = facts;
  const route = network?.routes.get(address);
  if (route?.kind === "local") return fine("vip", "a route of type local accepts packets to it", { object: address });
  if (route?.kind === "none") {
    return {
      address,
      group: "broadcast",
      about: (addresses) => ({
        id: "listen-unreachable",
        severity: "error",
        object: listNames(addresses),
        what: `no client is served at ${listNames(addresses)}: for the kernel it is a broadcast address`,
        why: "IPVS ignores broadcast packets; use an address of one host",
      }),
    };
  }
  if (declaredVips.has(address)) {
    return fine("vip", "no interface has it; restoring the file adds it", { object: address });
  }
  if (routerAddresses.has(address)) {
    return fine("vip", "no interface has it; a virtual router adds it while this director is active", {
      object: address,
    });
  }
  const device = deviceFor(address, facts);
  const holder = network?.holders?.find((one) => one.address === address);
  const isStandby = isOnStandby(facts);
  return {
    address,
    group: `missing ${device}${holder === undefined ? "" : ` ${holder.hardwareAddress}`}`,
    about: (addresses) => {
      const users = services.filter(({ id }) => id.kind === "endpoint" && addresses.includes(id.address));
      const names = listNames(users.map(({ id }) => formatServiceId(id)));
      const held = holder === undefined ? "" : `; ${nameOf(holder, facts)} answers for it on ${holder.device}`;
      return {
        id: "vip-missing",
        severity: isStandby ? "note" : "error",
        object: listNames(addresses),
        what: `no interface has ${listNames(addresses)}, the ${
          agree(addresses, ["address", "addresses"])
        } of ${names}${held}`,
        why:
          (isStandby
            ? "this is right while another director is active"
            : `packets to ${
              agree(addresses, ["it", "them"])
            } do not reach IPVS, unless this is a standby director that gets ${
              agree(addresses, ["it", "them"])
            } later`) +
          (holder === undefined ? otherCommands(addresses) : "; to serve here, remove it from that host first"),
        // vip add refuses an address that another host has.
        fix: holder !== undefined ? undefined : commandsFor(addresses, (one) => [
          `lvsctl vip add ${one}/${addressBits(addressFamily(one))} --device ${device}`,
        ]),
      };
    },
  };
}

/** The interface for a VIP: the one that leads to its network, or else one that has neighbours. */
function deviceFor(address: IpAddress, { network, defaultDevices }: Facts): string {
  const route = network?.routes.get(address);
  const [exit] = addressFamily(address) === "ipv4" ? defaultDevices.ipv4 : defaultDevices.announcedIpv6;
  const link = network?.links.find(({ isUp, hasNeighbours }) => isUp && hasNeighbours)?.name;
  return (route?.kind === "unicast" ? route.device : undefined) ?? exit ?? link ?? "lo";
}

/** Whether another director may have the VIPs now. */
function isOnStandby({ table, managers }: Facts): boolean {
  return (table?.syncDaemons ?? []).some(({ role }) => role === "backup") ||
    managers.some(({ name }) => name === "keepalived");
}

/** Other hosts that answer for an address which the director has. */
function examineHolders(address: IpAddress, facts: Facts, network: NetworkFacts): VipProblem[] {
  const holders = (network.holders ?? []).filter((one) => one.address === address);
  const isPresent = network.addresses.some((one) => one.address === address) ||
    network.routes.get(address)?.kind === "local";
  return !isPresent ? [] : holders.map((holder): VipProblem => ({
    address,
    group: `held ${holder.device} ${holder.hardwareAddress}`,
    about: (addresses) => {
      const servers = serversAt(holder, facts);
      return {
        id: "vip-claimed",
        severity: "error",
        object: listNames(addresses),
        what: `the director has ${listNames(addresses)}, and ${nameOf(holder, facts)} answers for ${
          agree(addresses, ["it", "them"])
        } on ${holder.device}`,
        why: "clients that learn the other host's hardware address pass the director by" +
          (servers.length === 0 ? "; remove the address from that host" : "; run the command on that real server"),
        fix: servers.length === 0
          ? undefined
          : commandsFor(addresses, (one) => [`lvsctl realserver setup ${one} --forward dr`]),
      };
    },
  }));
}

/** The real servers by dr at a hardware address. */
function serversAt({ hardwareAddress }: HolderFacts, { network, services }: Facts): readonly IpAddress[] {
  const known = new Set(
    (network?.neighbours ?? []).filter((one) => one.hardwareAddress === hardwareAddress).map(({ address }) => address),
  );
  const servers = services.flatMap((service) => service.servers.filter(({ forward }) => forward === "dr"));
  return [...new Set(servers.map(({ address }) => address).filter((address) => known.has(address)))];
}

/** "10.0.0.11 (02:00:00:00:00:01)", or the hardware address alone; a real server is named by its address there. */
function nameOf({ address, hardwareAddress }: HolderFacts, { network, services }: Facts): string {
  const known = (network?.neighbours ?? []).filter((one) => one.hardwareAddress === hardwareAddress);
  const servers = new Set(services.flatMap((service) => service.servers.map((server) => server.address)));
  const named = known.filter((one) => servers.has(one.address));
  const names =
    (named.length > 0
      ? named
      : known.filter((one) =>
        addressFamily(one.address) === addressFamily(address) && specialRange(one.address) === undefined
      )).map((one) => one.address);
  return names.length === 0 ? hardwareAddress : `${listNames(names)} (${hardwareAddress})`;
}
