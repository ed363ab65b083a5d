import {
  CONNECTION_GROUPS,
  connectionFilter,
  connectionService,
  formatConnectionEnd,
  parseAddressPrefix,
  readConnections,
  Tally,
} from "../../../core/connections/mod.ts";
import { LvsctlError } from "../../../core/errors/mod.ts";
import { expectOnly, type FuzzTarget, inputOfText } from "../target.ts";

const TITLES = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";

const LINES = [
  "TCP 0A09090A 9C40 0A090909 0050 0A00000B 1F90 ESTABLISHED     899\n",
  "UDP 0A09090A 9C41 C000020A 13C4 0A00000C 13C4 UDP             299 sip a84b4c76e66710@pc33\n",
  "TCP 0A09090A 0000 0A090909 0050 0A00000B 0050 NONE            300\n",
  "IP  0A09090A 0000 00000007 0000 0A00000B 0000 ASSURED         300\n",
  "TCP 2001:0db8:0000:0000:0000:0000:0000:0001 9C40 2001:0db8:0000:0000:0000:0000:0000:0099 0050 " +
  "2001:0db8:0000:0000:0000:0000:0000:0011 1F90 TIME_WAIT 119\n",
];

/** The kernel's list of connections: it is read, filtered and counted, or refused. */
export function connections(): FuzzTarget {
  const filters = [
    connectionFilter({ client: parseAddressPrefix("10.9.0.0/16"), protocol: "tcp" }),
    connectionFilter({ client: parseAddressPrefix("2001:db8::/33"), templates: false }),
  ];
  return {
    name: "connections",
    seeds: [TITLES, ...LINES.map((line) => TITLES + line), TITLES + LINES.join("")].map(inputOfText),
    words: ["TCP", "UDP", "SCTP", "IP ", "NONE", "ASSURED", "ESTABLISHED", "0A09090A", "FFFFFFFF", "::", " ", "  "],
    maxBytes: 64 * 1024,
    run: (input) => {
      const pieces: Uint8Array[] = [];
      const size = 1 + (input.length % 97);
      for (let start = 0; start < input.length; start += size) pieces.push(input.subarray(start, start + size));
      const tallies = CONNECTION_GROUPS.map((group) => new Tally(group));
      expectOnly([LvsctlError], () => {
        for (const connection of readConnections(pieces)) {
          for (const isWanted of filters) isWanted(connection);
          for (const tally of tallies) tally.add(connection);
          connectionService(connection);
          formatConnectionEnd(connection.client);
        }
      });
    },
  };
}
