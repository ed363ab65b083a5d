import { addressBits, addressFamily, formatServiceId, type IpAddress } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { commands, type Finding, fine, listNames } from "./finding.ts";
import { serviceAddresses } from "./servers_by.ts";

/** The interfaces of the services' addresses. */
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
          why: "no client can reach it",
          fix: commands(`ip link set dev ${device} up`),
        };
      }
      if (state === "up") return fine("vip", `it is on ${device}`, { object: address });
      return {
        id: "vip-unusable",
        severity: state === "duplicate" ? "error" : "warning",
        object: address,
        what: state === "duplicate"
          ? `${address} is on ${device}, but another host has the address too`
          : `${address} is on ${device}, but the kernel is still searching for another host that has it`,
        why: "an IPv6 address is usable only after the kernel has found that it is free",
        fix: commands(
          `lvsctl vip delete ${address} --device ${device} --force`,
          `lvsctl vip add ${address} --device ${device}`,
        ),
      };
    });
  });
}

function examineAbsent(address: IpAddress, facts: Facts): Finding[] {
  const route = facts.network?.routes.get(address);
  if (route?.kind === "local") return [fine("vip", "a route of type local accepts packets to it", { object: address })];
  if (facts.declaredVips.has(address)) {
    return [fine("vip", "no interface has it; restoring the file adds it", { object: address })];
  }
  const users = facts.services.filter(({ id }) => id.kind === "endpoint" && id.address === address);
  const isStandby = isOnStandby(facts);
  const device = route?.kind === "unicast" && route.gateway === undefined ? route.device : undefined;
  return [{
    id: "vip-missing",
    severity: isStandby ? "note" : "error",
    object: address,
    what: `no interface has ${address}, the address of ${listNames(users.map(({ id }) => formatServiceId(id)))}`,
    why: isStandby
      ? "this is right while another director is active"
      : "packets to it do not reach IPVS, unless this is a standby director that gets it later",
    fix: commands(`lvsctl vip add ${address}/${addressBits(addressFamily(address))} --device ${device ?? "DEVICE"}`),
  }];
}

/** Whether another director may have the VIPs now. */
function isOnStandby({ table, managers }: Facts): boolean {
  return (table?.syncDaemons ?? []).some(({ role }) => role === "backup") ||
    managers.some(({ name }) => name === "keepalived");
}
