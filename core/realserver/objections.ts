import { EXIT, LvsctlError } from "../errors/mod.ts";
import { addressBits, addressFamily, formatPrefix, vipObjections } from "../model/mod.ts";
import type { Link } from "../rtnetlink/mod.ts";
import { type PlacedAddress, realServerVip, type View } from "./machine.ts";
import { type RealServerState, samePlace, samePort } from "./original_settings.ts";
import { RP_FILTER_OF_ALL } from "./requirements.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";

/**
 * Refuses set-ups that cannot be made on this machine, or that would do harm.
 *
 * @param view What there is.
 * @param state The set-ups, and what lvsctl itself changed so far.
 * @throws {LvsctlError} For the first that speaks against one.
 */
export function refuseSetups(view: View, { setups, memory }: RealServerState): void {
  for (const setup of setups) {
    refuseAddress(setup);
    refuseDevice(setup, view);
    const { address } = setup;
    const places = view.addresses.filter((place) => place.address === address);
    for (const place of places.filter((other) => !memory.addresses.some((own) => samePlace(own, other)))) {
      refusePlace(place, { setup, view });
    }
    refuseTunnel(setup, view);
  }
}

function refusal(
  { address }: VipSetup,
  { reason, ...options }: { readonly reason: string; readonly hint?: string; readonly errno?: string },
): LvsctlError {
  return new LvsctlError(reason, { operation: "set up the real server for", object: address, ...options });
}

function refuseAddress(setup: VipSetup): void {
  const [objection] = vipObjections(realServerVip(setup));
  if (objection === undefined) return;
  const { reason, hint } = objection;
  throw new LvsctlError(reason, {
    operation: "set up the real server for",
    object: setup.address,
    hint,
    exitCode: EXIT.usage,
  });
}

function refuseDevice(setup: VipSetup, view: View): void {
  const { address, device } = setup;
  const link = view.links.find(({ name }) => name === device);
  if (link !== undefined && !isHidden(link) && device !== linkOfSetup(setup)?.name) {
    throw refusal(setup, {
      reason: `${device} is neither lo nor a dummy interface: the neighbours would learn of the VIP`,
      hint: "leave out --device, or name an interface that there is not: a dummy is made",
    });
  }
  if (addressFamily(address) === "ipv6" && view.sysctl("net.ipv6.conf.all.disable_ipv6") === undefined) {
    throw refusal(setup, { reason: "this kernel has no IPv6", errno: "EAFNOSUPPORT", hint: "load the module ipv6" });
  }
}

/** Whether nobody on a link can ask the interface for its addresses. */
export function isHidden({ isLoopback, kind }: Pick<Link, "isLoopback" | "kind">): boolean {
  return isLoopback || kind === "dummy";
}

/** The VIP is there, and lvsctl did not add it: it stays where it is, if that is where it should be. */
function refusePlace(place: PlacedAddress, { setup, view }: { readonly setup: VipSetup; readonly view: View }): void {
  const link = view.links.find(({ name }) => name === place.device);
  const has = `${place.device} has it already, as ${formatPrefix(place)}`;
  const deletion = `delete it with "ip address delete ${formatPrefix(place)} dev ${place.device}"`;
  if (link?.hasNeighbours && !isHidden(link)) {
    const reason = `${has}, and tells the neighbours that the VIP is here`;
    throw refusal(setup, { reason, errno: "EEXIST", hint: deletion });
  }
  if (place.device !== setup.device) {
    throw refusal(setup, {
      reason: has,
      errno: "EEXIST",
      hint: link !== undefined && isHidden(link)
        ? `${deletion}, or add --device ${place.device} to leave it there`
        : deletion,
    });
  }
  if (place.prefixLength !== addressBits(addressFamily(place.address)) && link?.isLoopback) {
    const reason = `${has}: on ${place.device} that makes every host of this network this machine`;
    throw refusal(setup, { reason, errno: "EEXIST", hint: deletion });
  }
}

function refuseTunnel(setup: VipSetup, view: View): void {
  const { address, tunnel, device } = setup;
  const link = linkOfSetup(setup);
  if (tunnel === undefined || link === undefined) return;
  const family = addressFamily(address);
  const filter = view.sysctl(RP_FILTER_OF_ALL);
  if (family === "ipv4" && device !== link.name && filter !== undefined && filter !== "0") {
    throw refusal(setup, {
      reason: `${RP_FILTER_OF_ALL} is ${filter}, and so packets from ${link.name} are dropped unless it has an address`,
      hint: "leave out --device: then it has the VIP",
    });
  }
  const { type, port } = tunnel;
  const user = view.fouPorts.find((other) => samePort(other, { port, family }));
  if (type === "gue" && user !== undefined && !user.isGue) {
    throw refusal(setup, {
      reason: `what the kernel unpacks on UDP port ${port} is not GUE`,
      errno: "EADDRINUSE",
      hint: 'give another --tunnel-port, to the director too; "ip fou show" lists the ports',
    });
  }
}
