import { type AddressFamily, addressFamily, type IpAddress, tryParseIpAddress } from "../../../model/mod.ts";
import type { Item } from "../../document.ts";
import type { Report } from "../../imported.ts";
import type { Listeners } from "../section.ts";
import type { Statement } from "../statement.ts";

/** An address of an instance. */
export interface VirtualAddress {
  /** The address. */
  readonly address: IpAddress;
  /** Its family. */
  readonly family: AddressFamily;
  /** Its prefix length. */
  readonly prefix: number;
  /** Its own interface; undefined if it has none. */
  readonly device: string | undefined;
  /** Its line. */
  readonly statement: Statement;
}

/** The options of an address, and the number of words after each. */
const OPTIONS: Readonly<Record<string, 0 | 1>> = {
  dev: 1,
  scope: 1,
  brd: 1,
  broadcast: 1,
  label: 1,
  peer: 1,
  "preferred_lft": 1,
  "track_group": 1,
  home: 0,
  "-nodad": 0,
  mngtmpaddr: 0,
  noprefixroute: 0,
  autojoin: 0,
  "no_track": 0,
  "use_vmac": 0,
};

/** Options without an effect in lvsctl, and why. */
const IDLE: Readonly<Record<string, string>> = {
  "scope global": "lvsctl adds addresses with the scope global",
  "no_track": "lvsctl adds an address again that another program removes",
  "preferred_lft forever": "lvsctl adds addresses without a limit of time",
};

const LENGTHS: Readonly<Record<AddressFamily, number>> = { ipv4: 32, ipv6: 128 };

/** The addresses in the lines of blocks; invalid ones are reported and left out, as keepalived does. */
export function readAddresses(lines: readonly Statement[], listeners: Listeners): readonly VirtualAddress[] {
  return lines.flatMap((line) => readAddress(line, listeners));
}

function readAddress(statement: Statement, { report, idle }: Listeners): readonly VirtualAddress[] {
  const { keyword, origin } = statement;
  const [written = "", length] = keyword.split("/");
  const address = tryParseIpAddress(written);
  if (address === undefined) {
    report.add(origin, "it is not an IP address; keepalived ignores it");
    return [];
  }
  const family = addressFamily(address);
  const most = LENGTHS[family];
  const isValid = length === undefined || (/^\+?\d+$/.test(length) && Number(length) <= most);
  if (!isValid) report.add(origin, `the prefix length is not a number from 0 to ${most}; it becomes ${most}`);
  const options = readOptions(statement, report);
  if (options === undefined) return [];
  for (const [option, value] of options) {
    if (option === "dev") continue;
    const text = value === undefined ? option : `${option} ${value}`;
    const reason = IDLE[text];
    if (reason === undefined) report.add(origin, `lvsctl adds addresses without ${option}`);
    else idle.add(`${origin.file.slice(origin.file.lastIndexOf("/") + 1)}:${origin.line} ${text}: ${reason}`);
  }
  const prefix = isValid && length !== undefined ? Number(length) : most;
  return [{ address, family, prefix, device: options.get("dev"), statement }];
}

/** The options of an address; undefined, with a report, if keepalived ignores the address. */
function readOptions(
  { words, origin }: Statement,
  report: Report,
): ReadonlyMap<string, string | undefined> | undefined {
  const options = new Map<string, string | undefined>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const count = Object.hasOwn(OPTIONS, word) ? OPTIONS[word] : undefined;
    if (count === undefined) {
      report.add(origin, `${word} is not an option of addresses; it is ignored`);
    } else if (count === 0) options.set(word, undefined);
    else {
      at++;
      const value = words[at];
      if (value === undefined) {
        report.add(origin, `${word} has no value, so keepalived ignores the address`);
        return undefined;
      }
      options.set(word, value);
    }
  }
  return options;
}

/** The addresses of the family of the first one, once each; the others are reported. */
export function advertised(addresses: readonly VirtualAddress[], report: Report): readonly VirtualAddress[] {
  const kept = new Map<IpAddress, VirtualAddress>();
  const family = addresses[0]?.family;
  for (const each of addresses) {
    const { origin } = each.statement;
    if (each.family !== family) {
      report.add(origin, "the family of the first address counts; keepalived ignores this one");
    } else if (kept.has(each.address)) {
      report.add(origin, "keepalived advertises the address twice, and lvsctl once; remove it on all directors");
    } else kept.set(each.address, each);
  }
  return [...kept.values()];
}

/** An address as an item of a list. */
export function addressItem({ address, prefix, statement }: VirtualAddress): Item {
  return { value: `${address}/${prefix}`, origins: [statement.origin] };
}
