import { EXIT, LvsctlError } from "../errors/mod.ts";
import { addressBits, addressFamily, formatPrefix, vipObjections } from "../model/mod.ts";
import type { Link } from "../rtnetlink/mod.ts";
import { type ListedDeviceAddress, type MachineState, realServerVip } from "./machine.ts";
import { isSameAddress, isSamePort, type RealServerState } from "./original_settings.ts";
import { RP_FILTER_OF_ALL } from "./requirements.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";

/**
 * Refuses set-ups that cannot work on this machine, or that would do harm.
 *
 * @param current The machine's current state.
 * @param state The set-ups, and the changes that lvsctl made so far.
 * @throws {LvsctlError} For the first objection.
 */
export function refuseSetups(current: MachineState, { setups, memory }: RealServerState): void {
  for (const setup of setups) {
    refuseAddress(setup);
    refuseDevice(setup, current);
    const { address } = setup;
    const existing = current.addresses.filter((listed) => listed.address === address);
    for (const listed of existing.filter((other) => !memory.addresses.some((own) => isSameAddress(own, other)))) {
      refuseExisting(listed, { setup, current });
    }
    refuseTunnel(setup, current);
  }
}

function refusal(
  { address }: VipSetup,
  { reason, ...options }: {
    readonly reason: string;
    readonly hint?: string;
    readonly errno?: string;
  },
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

function refuseDevice(setup: VipSetup, current: MachineState): void {
  const { address, device } = setup;
  const link = current.links.find(({ name }) => name === device);
  if (link !== undefined && !isHidden(link) && device !== linkOfSetup(setup)?.name) {
    throw refusal(setup, {
      reason: `${device} is neither lo nor a dummy interface: neighbours would learn that this machine has the VIP`,
      hint: "omit --device, or name a new interface; lvsctl creates a dummy",
    });
  }
  if (addressFamily(address) === "ipv6" && current.sysctl("net.ipv6.conf.all.disable_ipv6") === undefined) {
    throw refusal(setup, {
      reason: "this kernel has no IPv6",
      errno: "EAFNOSUPPORT",
      hint: 'load the module as root with "modprobe ipv6"',
    });
  }
}

/** Whether an interface has no link on which neighbours could ask for its addresses. */
export function isHidden({ isLoopback, kind }: Pick<Link, "isLoopback" | "kind">): boolean {
  return isLoopback || kind === "dummy";
}

/** Refuses a VIP that another program added, unless it is on the set-up's interface. */
function refuseExisting(
  listed: ListedDeviceAddress,
  { setup, current }: { readonly setup: VipSetup; readonly current: MachineState },
): void {
  const link = current.links.find(({ name }) => name === listed.device);
  const has = `${listed.device} already has this address, as ${formatPrefix(listed)}`;
  const deletion = `delete it with "ip address delete ${formatPrefix(listed)} dev ${listed.device}"`;
  if (link?.hasNeighbours && !isHidden(link)) {
    const reason = `${has}, and announces it to its neighbours`;
    throw refusal(setup, { reason, errno: "EEXIST", hint: deletion });
  }
  if (listed.device !== setup.device) {
    throw refusal(setup, {
      reason: has,
      errno: "EEXIST",
      hint: link !== undefined && isHidden(link)
        ? `${deletion}, or keep it there with --device ${listed.device}`
        : deletion,
    });
  }
  if (listed.prefixLength !== addressBits(addressFamily(listed.address)) && link?.isLoopback) {
    const reason = `${has}: on ${listed.device} this makes every address of that network this machine's own`;
    throw refusal(setup, { reason, errno: "EEXIST", hint: deletion });
  }
}

function refuseTunnel(setup: VipSetup, current: MachineState): void {
  const { address, tunnel, device } = setup;
  const link = linkOfSetup(setup);
  if (tunnel === undefined || link === undefined) return;
  const family = addressFamily(address);
  const filter = current.sysctl(RP_FILTER_OF_ALL);
  if (family === "ipv4" && device !== link.name && filter !== undefined && filter !== "0") {
    throw refusal(setup, {
      reason:
        `${RP_FILTER_OF_ALL} is ${filter}, so packets from ${link.name} are dropped unless ${link.name} has an address`,
      hint: `omit --device; ${link.name} then gets the VIP`,
    });
  }
  const { type, port } = tunnel;
  const user = current.fouPorts.find((other) => isSamePort(other, { port, family }));
  if (type === "gue" && user !== undefined && !user.isGue) {
    throw refusal(setup, {
      reason: `the kernel unpacks another protocol than GUE on UDP port ${port}`,
      errno: "EADDRINUSE",
      hint: 'choose another --tunnel-port, on the director too; "ip fou show" lists the ports',
    });
  }
}
