/**
 * For each of many clients, explains where its datagram goes, and then sends it. It prints the explanations as JSON: the
 * name of the server, `none`, or `undetermined`.
 *
 * @module
 */
import { openConnectionList, readConnections } from "../../core/connections/mod.ts";
import { formatServerId, parseIpAddress, parseServiceId } from "../../core/model/mod.ts";
import { explain, type ExplainedResult, type ExplanationFacts } from "../../core/scheduling/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import { openIpvs } from "../../core/system/ipvs.ts";

/** A datagram of a client. */
export interface ClientDatagram {
  /** The address of the client. */
  readonly from: string;
  /** The port of the client. */
  readonly fromPort: number;
  /** The address that it is sent to. */
  readonly address: string;
  /** The port that it is sent to. */
  readonly port: number;
}

/** What the program does. */
export interface DatagramErrand {
  /** The datagrams, in order. */
  readonly datagrams: readonly ClientDatagram[];
  /** The firewall mark that they will have; 0 for none. */
  readonly mark: number;
  /** The weights before they became 0, by the names of servers. */
  readonly lastWeights: readonly (readonly [string, number])[];
  /** Whether the kernel is read before each of them, or once before all. */
  readonly readsEachTime: boolean;
}

const SETTINGS: ExplanationFacts["settings"] = {
  connReuseMode: 1,
  expireNodestConn: false,
  expireQuiescentTemplate: false,
};

function factsOf(ipvs: IpvsClient): ExplanationFacts {
  using list = openConnectionList();
  const services = ipvs.services();
  const servers = new Map(services.map(({ id }) => [JSON.stringify(id), ipvs.countedServers(id)]));
  return {
    services,
    serversOf: (id) => servers.get(JSON.stringify(id)) ?? [],
    connections: [...readConnections(list)],
    settings: SETTINGS,
    hasKnownHash: true,
  };
}

function nameOf(result: ExplainedResult): string {
  return result.kind === "server" ? formatServerId(result.server) : result.kind;
}

/** The kernel refuses a local program's datagram that no server gets. */
async function send(socket: Deno.DatagramConn, to: Deno.NetAddr): Promise<void> {
  try {
    await socket.send(new Uint8Array(1), to);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
}

async function run({ datagrams, mark, readsEachTime, ...errand }: DatagramErrand): Promise<readonly string[]> {
  using ipvs = openIpvs();
  const results: string[] = [];
  const lastWeights = new Map(errand.lastWeights);
  let facts = factsOf(ipvs);
  for (const { from, fromPort, address, port } of datagrams) {
    if (readsEachTime) facts = factsOf(ipvs);
    const host = address.includes(":") ? `[${address}]` : address;
    const wanted = parseServiceId(`udp://${host}:${port}`);
    const request = { client: parseIpAddress(from), clientPort: fromPort, wanted, mark, lastWeights };
    results.push(nameOf(explain(request, facts).result));
    const socket = Deno.listenDatagram({ transport: "udp", hostname: from, port: fromPort });
    await send(socket, { transport: "udp", hostname: address, port });
    socket.close();
  }
  return results;
}

if (import.meta.main) {
  const errand: DatagramErrand = JSON.parse(await new Response(Deno.stdin.readable).text());
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(await run(errand))));
}
