import { type AddressFamily, addressFamily, type IpAddress, tryParseIpAddress } from "../../../model/mod.ts";
import { type Entry, ListBlock } from "../../document.ts";
import type { Report } from "../../imported.ts";
import { entry } from "../connection.ts";
import type { Listeners, Section } from "../section.ts";
import type { Statement } from "../statement.ts";

/** Options of {@linkcode unicastEntries}. */
export interface UnicastOptions extends Listeners {
  /** Family of the instance. */
  readonly family: AddressFamily;
}

/** The keys of an instance for its peers and its source address. */
export function unicastEntries(
  section: Section,
  { report, idle, family }: UnicastOptions,
): readonly (Entry | undefined)[] {
  const source = section.get("source");
  const own = source === undefined ? undefined : tryParseIpAddress(source.words[0] ?? "");
  const hasSource = own !== undefined && addressFamily(own) === family;
  if (source !== undefined && !hasSource) {
    report.add(source.origin, "it is not of the family of the addresses; keepalived ignores it");
  }
  const peers = new Map<IpAddress, Statement>();
  for (const line of section.all("unicast_peer").flatMap(({ block = [] }) => block)) {
    const peer = readPeer(line, { report, family });
    if (peer === undefined) continue;
    if (peer === own) idle.add(`${nameOf(line)}: the address of this director is no peer`);
    else peers.set(peer, peers.get(peer) ?? line);
  }
  const list = [...peers].map(([peer, { origin }]) => ({ value: peer, origins: [origin] }));
  const isUnicast = source?.keyword === "unicast_src_ip" || section.all("unicast_peer").length > 0;
  if (isUnicast && list.length === 0) {
    idle.add(`${nameOf(source ?? section.all("unicast_peer")[0])}: without peers keepalived uses multicast, as lvsctl`);
  }
  return [
    list.length === 0 ? undefined : { key: "peers", value: new ListBlock(list) },
    hasSource && own !== undefined ? entry("source", own, source) : undefined,
  ];
}

function nameOf(statement: Statement | undefined): string {
  if (statement === undefined) return "";
  const { file, line, words } = statement.origin;
  return `${file.slice(file.lastIndexOf("/") + 1)}:${line} ${words}`;
}

/** The address of a peer; undefined, with a report, if keepalived ignores it. */
function readPeer(
  { keyword, words, origin }: Statement,
  { report, family }: { readonly report: Report; readonly family: AddressFamily },
): IpAddress | undefined {
  const peer = tryParseIpAddress(keyword);
  if (peer === undefined || addressFamily(peer) !== family) {
    report.add(origin, "it is not an address of the family of the instance; keepalived ignores it");
    return undefined;
  }
  if (words.length > 0) report.add(origin, `lvsctl checks the address of a peer, but not its ${words[0]}`);
  return peer;
}
