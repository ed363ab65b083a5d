import { addressFamily, formatPrefix } from "../model/mod.ts";
import { linkModule } from "../rtnetlink/mod.ts";
import { adviceFor } from "./advice.ts";
import { realServerVip } from "./machine.ts";
import { type Requirement, requirementsOf, RP_FILTER_OF_ALL } from "./requirements.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";

/** The formats in which a set-up can be printed. */
export const PRINT_FORMATS = ["sh", "sysctl", "systemd-networkd"] as const;

/** One of {@linkcode PRINT_FORMATS}. */
export type PrintFormat = (typeof PRINT_FORMATS)[number];

/** A file that sets a machine up. */
export interface PrintedFile {
  /** Its path on the machine: "/etc/sysctl.d/60-lvsctl.conf". */
  readonly path: string;
  /** Its text. */
  readonly text: string;
  /** Whether it is a program. */
  readonly isProgram: boolean;
}

/**
 * The prefix that orders the files among those of other programs. File names are unique, because all files may be
 * written into one directory.
 */
const PREFIX = "60-lvsctl";

/** The end of the line that each file begins with. */
const AUTHOR = "; printed by lvsctl realserver setup.";

/** Whether a text is one of the files of {@linkcode printSetups}, of any set-up. */
export function isPrintedSetup(text: string): boolean {
  const [first = "", second = ""] = text.split("\n", 2);
  return (first.startsWith("#!") ? second : first).endsWith(AUTHOR);
}

/** The files that set up any machine; the current state of this one is not read. */
export function printSetups(setups: readonly VipSetup[], format: PrintFormat): readonly PrintedFile[] {
  // A machine that lacks everything and filters strictly.
  const requirements = requirementsOf(setups, { sysctl: () => "1" });
  const printer: Printer = { setups, requirements, modules: modulesOf(setups) };
  const [first, ...others] = printFiles(printer, format);
  return first === undefined ? [] : [advised(first, setups), ...others];
}

function printFiles(printer: Printer, format: PrintFormat): readonly PrintedFile[] {
  switch (format) {
    case "sh":
      return [script(printer)];
    case "sysctl":
      return sysctlFiles(printer);
    case "systemd-networkd":
      return [...moduleFiles(printer), ...sysctlFiles(printer), ...networkFiles(printer), ...unitFiles(printer)];
  }
}

/** The file with the advice on the rest, after its heading; the interface is assumed to have the MTU of Ethernet. */
function advised(file: PrintedFile, setups: readonly VipSetup[]): PrintedFile {
  const start = heading(setups);
  const advice = adviceFor(setups, []).map((line) => `# ${line}.\n`).join("");
  return { ...file, text: file.text.replace(start, () => start + advice) };
}

interface Printer {
  readonly setups: readonly VipSetup[];
  readonly requirements: readonly Requirement[];
  readonly modules: readonly string[];
}

function modulesOf(setups: readonly VipSetup[]): readonly string[] {
  const links = setups.map(linkOfSetup).flatMap((link) => link === undefined ? [] : [linkModule(link.kind)]);
  const fou = setups.some(({ tunnel }) => tunnel?.type === "gue") ? ["fou"] : [];
  return [...new Set([...links, ...fou])];
}

function heading(setups: readonly VipSetup[]): string {
  const isElsewhere = (setup: VipSetup): boolean =>
    setup.tunnel !== undefined && addressFamily(setup.address) === "ipv4" && setup.device !== linkOfSetup(setup)?.name;
  const vips = setups.map(({ address }) => address).join(", ");
  return `# Real server of ${vips}${AUTHOR}\n` +
    (setups.some(isElsewhere) ? `# ${RP_FILTER_OF_ALL} must be 0: the tunnel's interface has no address.\n` : "");
}

function script({ setups, requirements, modules }: Printer): PrintedFile {
  const lines = [
    ...modules.map((name) => `modprobe ${name} 2>/dev/null || :`),
    ...requirements.flatMap((requirement): readonly string[] => {
      switch (requirement.kind) {
        case "sysctl":
          return [`sysctl -q -w ${requirement.name}=${requirement.value}`];
        case "link": {
          const { name, linkKind } = requirement;
          const make = `ip link show dev ${name} >/dev/null 2>&1 || ip link add ${name} type ${linkKind}`;
          return [...(linkKind === undefined ? [] : [make]), `ip link set ${name} up`];
        }
        case "fouPort": {
          const { port, family } = requirement;
          const flag = family === "ipv6" ? "-6 " : "";
          const listed = `port ${port} gue${family === "ipv6" ? " -6" : ""}`;
          return [`ip fou show | grep -q '^${listed} *$' || ip ${flag}fou add port ${port} gue`];
        }
        case "address": {
          const vip = realServerVip(requirement);
          const options = vip.scope === "host" ? "scope host" : "nodad preferred_lft 0";
          return [`ip address replace ${formatPrefix(vip)} dev ${vip.device} ${options}`];
        }
      }
    }),
  ];
  const text = `#!/bin/sh\n${heading(setups)}# Safe to run again.\nset -eu\n\n${
    lines.map((line) => `${line}\n`).join("")
  }`;
  return { path: "/usr/local/sbin/lvsctl-realserver", text, isProgram: true };
}

function sysctlFiles({ setups, requirements }: Printer): readonly PrintedFile[] {
  const lines = requirements.flatMap((requirement) => {
    if (requirement.kind !== "sysctl") return [];
    const { name, value } = requirement;
    // The prefix "-" ignores an interface that does not exist yet: systemd sets its sysctls when it appears.
    return [`${/\.conf\.(all|lo)\./.test(name) ? "" : "-"}${name} = ${value}\n`];
  });
  if (lines.length === 0) return [];
  return [file(`/etc/sysctl.d/${PREFIX}-sysctl.conf`, heading(setups) + lines.join(""))];
}

function file(path: string, text: string): PrintedFile {
  return { path, text, isProgram: false };
}

function moduleFiles({ setups, modules }: Printer): readonly PrintedFile[] {
  if (modules.length === 0) return [];
  const text = heading(setups) + modules.map((name) => `${name}\n`).join("");
  return [file(`/etc/modules-load.d/${PREFIX}-modules.conf`, text)];
}

/** The files of each interface; a tunnel's interface appears with its module, a dummy needs a .netdev file. */
function networkFiles({ setups, requirements }: Printer): readonly PrintedFile[] {
  return requirements.flatMap((requirement): readonly PrintedFile[] => {
    if (requirement.kind !== "link") return [];
    const { name, linkKind } = requirement;
    const base = `/etc/systemd/network/${PREFIX}-${name}`;
    const addresses = setups.filter(({ device }) => device === name).map((setup) => {
      const vip = realServerVip(setup);
      const option = addressFamily(vip.address) === "ipv4"
        ? "Scope=host"
        : "DuplicateAddressDetection=none\nPreferredLifetime=0";
      return `\n[Address]\nAddress=${formatPrefix(vip)}\n${option}\n`;
    });
    const network = `${heading(setups)}[Match]\nName=${name}\n\n[Network]\nLinkLocalAddressing=no\n` +
      `ConfigureWithoutCarrier=yes\n${addresses.join("")}`;
    const device = `${heading(setups)}[NetDev]\nName=${name}\nKind=dummy\n`;
    return [
      ...(linkKind === "dummy" ? [file(`${base}.netdev`, device)] : []),
      file(`${base}.network`, network),
    ];
  });
}

/** The unit that opens the GUE ports: networkd itself cannot open a port over IPv6 for all addresses. */
function unitFiles({ setups, requirements }: Printer): readonly PrintedFile[] {
  const ports = requirements.filter((requirement) => requirement.kind === "fouPort");
  if (ports.length === 0) return [];
  const lines = ports.flatMap(({ port, family }) => {
    const flag = family === "ipv6" ? "-6 " : "";
    return [
      `ExecStart=/sbin/ip ${flag}fou add port ${port} gue\n`,
      `ExecStop=/sbin/ip ${flag}fou del port ${port}\n`,
    ];
  });
  const text =
    `${heading(setups)}[Unit]\nDescription=GUE ports of a real server\nAfter=systemd-modules-load.service\n` +
    `Before=network-pre.target\nWants=network-pre.target\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\n` +
    `${lines.join("")}\n[Install]\nWantedBy=multi-user.target\n`;
  return [file(`/etc/systemd/system/lvsctl-fou.service`, text)];
}
