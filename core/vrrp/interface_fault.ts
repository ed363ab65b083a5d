import type { IpAddress } from "../model/mod.ts";
import type { VrrpHost } from "./host.ts";
import type { RouterSettings } from "./settings.ts";
import { describeSource } from "./source_address.ts";

/** Why a router cannot send or receive on its interface; undefined if it can. */
export function interfaceFault(
  host: Pick<VrrpHost, "isPresent" | "isRunning">,
  { settings, isOpen, source }: {
    readonly settings: RouterSettings;
    /** Whether its port is open. */
    readonly isOpen: boolean;
    /** The address that it sends from. */
    readonly source: IpAddress | undefined;
  },
): string | undefined {
  const { device } = settings;
  if (!host.isPresent(device)) return `there is no interface ${device}`;
  if (!host.isRunning(device)) return `interface ${device} is down`;
  if (!isOpen) return `interface ${device} cannot be opened`;
  return source === undefined ? `interface ${device} has no ${describeSource(settings)}` : undefined;
}
