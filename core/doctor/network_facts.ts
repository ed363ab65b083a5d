import { specialRange } from "../findings/mod.ts";
import { addressBits, addressFamily, defined, type IpAddress, type Vip } from "../model/mod.ts";
import type { RouteClient, VipClient } from "../rtnetlink/mod.ts";
import type { Facts, HolderFacts, NetworkFacts, RouteFacts, ServiceFacts } from "./facts.ts";
import { serviceAddresses } from "./servers_by.ts";

/** Reads the interfaces, their addresses and neighbours, and the routes to VIPs and real servers. */
export function readNetwork(client: RouteClient, services: readonly ServiceFacts[]): NetworkFacts {
  const links = client.links();
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const nameOf = (index: number | undefined): string | undefined => index === undefined ? undefined : names.get(index);
  const routes = new Map<IpAddress, RouteFacts>();
  const servers = services.flatMap(({ servers }) => servers.map(({ address }) => address));
  for (const address of new Set([...servers, ...serviceAddresses(services)])) {
    const { kind, gateway, source, index } = client.route(address);
    const device = nameOf(index);
    routes.set(address, defined({ kind, gateway, source, device }));
  }
  return {
    links: links.map(({ name, isUp, hasNeighbours, mtu }) => ({ name, isUp, hasNeighbours, mtu })),
    addresses: client.addresses().flatMap(({ address, index, state }) => {
      const device = nameOf(index);
      return device === undefined || state === "down" ? [] : [{ address, device, state }];
    }),
    routes,
    neighbours: client.neighbours().flatMap(({ address, index, state, hardwareAddress }) => {
      const device = nameOf(index);
      return device === undefined ? [] : [defined({ address, device, state, hardwareAddress })];
    }),
  };
}

/** The other hosts that answer for VIPs. */
export function readHolders(client: VipClient, places: readonly Vip[]): HolderFacts[] {
  return client.holders(places).map(({ vip: { address, device }, hardwareAddress }) => ({
    address,
    device,
    hardwareAddress,
  }));
}

/** Where to ask for each VIP: on the links of its interfaces, or else of the interfaces that lead to other hosts. */
export function vipPlaces(
  { services, network, defaultDevices }: Pick<Facts, "services" | "defaultDevices"> & {
    readonly network: NetworkFacts;
  },
): Vip[] {
  const { links, addresses, routes } = network;
  const asking = new Set(links.filter(({ isUp, hasNeighbours }) => isUp && hasNeighbours).map(({ name }) => name));
  const servers = services.flatMap((service) => service.servers.map(({ address }) => routes.get(address)?.device));
  const others = [...new Set([...servers, ...defaultDevices.ipv4, ...defaultDevices.announcedIpv6])];
  return serviceAddresses(services).flatMap((address) => {
    if (specialRange(address) !== undefined) return [];
    const own = addresses.filter((one) => one.address === address).map(({ device }) => device);
    const devices = own.some((device) => asking.has(device)) ? own : [routes.get(address)?.device, ...others];
    return [...new Set(devices)].filter((device) => device !== undefined && asking.has(device)).flatMap((device) =>
      device === undefined ? [] : [vipOn(address, device)]
    );
  });
}

/** A VIP to ask for; its other settings do not matter. */
function vipOn(address: IpAddress, device: string): Vip {
  const prefixLength = addressBits(addressFamily(address));
  return { address, device, prefixLength, scope: "global", dad: false, prefixRoute: false };
}
