import { addressBits, addressFamily, formatServiceId, type IpAddress } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { byHand, type Finding, fine, listNames } from "./finding.ts";
import { serviceAddresses } from "./servers_by.ts";

/** Whether the director has the addresses of the services, and on which interface. */
export function examineVips(facts: Facts): Finding[] {
  const { network } = facts;
  if (network === undefined) return [];
  return serviceAddresses(facts.services).flatMap((address): Finding[] => {
    const present = network.addresses.filter((one) => one.address === address);
    if (present.length === 0) return examineAbsent(address, facts);
    return present.map(({ device, state }): Finding => {
      const isUp = network.links.find(({ name }) => name === device)?.isUp ?? true;
      if (!isUp) {
        return {
          id: "vip-down",
          severity: "error",
          object: address,
          what: `${address} is on ${device}, which is down`,
          why: "no client reaches it there",
          fix: byHand(`ip link set dev ${device} up`),
        };
      }
      if (state === "up") return fine("vip", `it is on ${device}`, address);
      return {
        id: "vip-unusable",
        severity: state === "duplicate" ? "error" : "warning",
        object: address,
        what: state === "duplicate"
          ? `${address} is on ${device}, but the kernel has found that another host has it`
          : `${address} is on ${device}, but the kernel still looks for another host that has it`,
        why: "an IPv6 address cannot be used before the kernel has found it to be free",
        fix: byHand(
          `lvsctl vip delete ${address} --device ${device} --force`,
          `lvsctl vip add ${address} --device ${device}`,
        ),
      };
    });
  });
}

function examineAbsent(address: IpAddress, facts: Facts): Finding[] {
  const route = facts.network?.routes.get(address);
  if (route?.kind === "local") return [fine("vip", "packets to it are taken in by a route of type local", address)];
  if (facts.declaredVips.has(address)) {
    return [fine("vip", "no interface has it, and restoring the file adds it", address)];
  }
  const users = facts.services.filter(({ id }) => id.kind === "endpoint" && id.address === address);
  const isStandby = isOnStandby(facts);
  const device = route?.kind === "unicast" && route.gateway === undefined ? route.device : undefined;
  return [{
    id: "vip-missing",
    severity: isStandby ? "note" : "error",
    object: address,
    what: `no interface has ${address}, which is the address of ${
      listNames(users.map(({ id }) => formatServiceId(id)))
    }`,
    why: isStandby
      ? "that is as it should be as long as another director is the active one"
      : "packets to it do not get to IPVS, unless this is a standby director that is to have it later",
    fix: byHand(`lvsctl vip add ${address}/${addressBits(addressFamily(address))} --device ${device ?? "DEVICE"}`),
  }];
}

/** Whether another director may have the VIPs at the moment. */
function isOnStandby({ table, managers }: Facts): boolean {
  return (table?.syncDaemons ?? []).some(({ role }) => role === "backup") ||
    managers.some(({ name }) => name === "keepalived");
}
