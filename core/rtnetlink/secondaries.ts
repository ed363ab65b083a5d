import { type IpAddress, ipv4Value, type VipChange } from "../model/mod.ts";
import type { Link, ListedAddress } from "./codec.ts";

/**
 * Makes the kernel keep the other addresses of a subnet when their primary one is deleted from an interface: by default
 * it deletes them all, and with promote_secondaries it promotes one of them. Disposal restores the former setting.
 *
 * @throws {LvsctlError} If the setting cannot be changed.
 */
export type Promotion = (devices: readonly string[]) => Disposable;

type Prefix = { readonly address: IpAddress; readonly prefixLength: number };

/** The interfaces on which changes delete an IPv4 address that shares its subnet with others. */
export function devicesOfSecondaries(
  changes: readonly VipChange[],
  present: { readonly links: readonly Link[]; readonly addresses: readonly ListedAddress[] },
): string[] {
  const names = new Map(present.links.map(({ index, name }) => [index, name]));
  const existing = present.addresses.map((address) => ({ ...address, device: names.get(address.index) }));
  const added = changes.flatMap((change) => change.operation === "deleteVip" ? [] : [change.vip]);
  const removed = changes.flatMap((change) =>
    change.operation === "addVip" ? [] : [change.operation === "editVip" ? change.from : change.vip]
  );
  const devices = removed.filter((vip) =>
    [...existing, ...added].some((other) =>
      other.device === vip.device && other.address !== vip.address && isSameSubnet(other, vip)
    )
  ).map(({ device }) => device);
  return [...new Set(devices)];
}

/** Whether two addresses share a subnet in the kernel's sense: both IPv4, with the same prefix. */
function isSameSubnet(one: Prefix, other: Prefix): boolean {
  const [value, otherValue] = [ipv4Value(one.address), ipv4Value(other.address)];
  if (value === undefined || otherValue === undefined || one.prefixLength !== other.prefixLength) return false;
  // A shift by 32 does nothing.
  const mask = one.prefixLength === 0 ? 0 : -1 << (32 - one.prefixLength);
  return (value & mask) === (otherValue & mask);
}
