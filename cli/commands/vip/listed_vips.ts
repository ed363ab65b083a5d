import {
  compareVips,
  formatServiceId,
  type IpAddress,
  type PresentVip,
  type ServiceId,
  type VirtualService,
} from "../../../core/model/mod.ts";
import type { ListedVip } from "../../format/vips.ts";

/** The addresses that lvsctl added and those that services use, wherever they are, in order. */
export function listedVips(present: readonly PresentVip[], services: readonly VirtualService[]): ListedVip[] {
  const users = new Map<IpAddress, ServiceId[]>();
  for (const { id } of services) {
    if (id.kind === "endpoint") users.set(id.address, [...users.get(id.address) ?? [], id]);
  }
  for (const ids of users.values()) ids.sort((a, b) => formatServiceId(a) < formatServiceId(b) ? -1 : 1);
  const there = present.filter(({ owned, address }) => owned || users.has(address))
    .map((vip): ListedVip => ({ address: vip.address, present: vip, services: users.get(vip.address) ?? [] }));
  const missing = [...users].filter(([address]) => !present.some((vip) => vip.address === address))
    .map(([address, ids]): ListedVip => ({ address, services: ids }));
  const place = ({ address, present }: ListedVip): { readonly address: IpAddress; readonly device: string } => ({
    address,
    device: present?.device ?? "",
  });
  return [...there, ...missing].sort((a, b) => compareVips(place(a), place(b)));
}
