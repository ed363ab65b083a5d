import { type IpAddress, ipv4Value, type VipChange } from "../model/mod.ts";
import type { Link, ListedAddress } from "./codec.ts";

/**
 * Makes the kernel keep the other addresses of a subnet when the first one, the primary, is deleted from an interface:
 * unless it is told to promote one of them, it deletes them all. Disposing of it makes the kernel do as before.
 *
 * @throws {LvsctlError} If that cannot be set.
 */
export type Promotion = (devices: readonly string[]) => Disposable;

type Place = { readonly address: IpAddress; readonly prefixLength: number };

/** The interfaces from which changes take an IPv4 address that shares its subnet with others. */
export function devicesOfSecondaries(
  changes: readonly VipChange[],
  present: { readonly links: readonly Link[]; readonly addresses: readonly ListedAddress[] },
): string[] {
  const names = new Map(present.links.map(({ index, name }) => [index, name]));
  const there = present.addresses.map((address) => ({ ...address, device: names.get(address.index) }));
  const added = changes.flatMap((change) => change.operation === "deleteVip" ? [] : [change.vip]);
  const taken = changes.flatMap((change) =>
    change.operation === "addVip" ? [] : [change.operation === "editVip" ? change.from : change.vip]
  );
  const devices = taken.filter((vip) =>
    [...there, ...added].some((other) =>
      other.device === vip.device && other.address !== vip.address && isSameSubnet(other, vip)
    )
  ).map(({ device }) => device);
  return [...new Set(devices)];
}

/** Whether the kernel takes one for the primary address of the other: of IPv4, with the same prefix. */
function isSameSubnet(one: Place, other: Place): boolean {
  const [value, otherValue] = [ipv4Value(one.address), ipv4Value(other.address)];
  if (value === undefined || otherValue === undefined || one.prefixLength !== other.prefixLength) return false;
  // A shift by 32 does nothing.
  const mask = one.prefixLength === 0 ? 0 : -1 << (32 - one.prefixLength);
  return (value & mask) === (otherValue & mask);
}
