/** Flags in /proc/net/route and /proc/net/ipv6_route (linux/route.h, linux/ipv6_route.h). */
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;
const RTF_ADDRCONF = 0x40000;

/** The interfaces of IPv4 default routes, from the text of /proc/net/route. */
export function ipv4DefaultDevices(text: string): string[] {
  const devices = text.split("\n").slice(1).flatMap((line) => {
    const [device = "", destination, _gateway, flags = "0", _references, _use, _metric, mask] = line.split("\t");
    const bits = parseInt(flags, 16);
    const isUsed = (bits & RTF_UP) !== 0 && (bits & RTF_REJECT) === 0;
    return destination === "00000000" && mask?.trim() === "00000000" && isUsed ? [device.trim()] : [];
  });
  return [...new Set(devices)];
}

/** The interfaces of IPv6 default routes that a router announced, from the text of /proc/net/ipv6_route. */
export function announcedDefaultDevices(text: string): string[] {
  const devices = text.split("\n").flatMap((line) => {
    const words = line.trim().split(/ +/);
    const [destination = "", length] = words;
    const [flags = "0", device = ""] = words.slice(-2);
    const isDefault = /^0{32}$/.test(destination) && length === "00";
    return isDefault && (parseInt(flags, 16) & RTF_ADDRCONF) !== 0 ? [device] : [];
  });
  return [...new Set(devices)];
}
