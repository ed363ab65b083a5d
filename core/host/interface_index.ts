import { readKernelFile } from "../files/mod.ts";

/** The form of the names of interfaces. */
const NAME = /^(?!\.{1,2}$)[^/\s]{1,15}$/;

/** The kernel's number of an interface; undefined without an interface of this name. */
export function interfaceIndex(device: string): number | undefined {
  if (!NAME.test(device)) return undefined;
  try {
    const index = Number(readKernelFile(`/sys/class/net/${device}/ifindex`));
    return Number.isSafeInteger(index) && index > 0 ? index : undefined;
  } catch {
    // It does not exist.
    return undefined;
  }
}
