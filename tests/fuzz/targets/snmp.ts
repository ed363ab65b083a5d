import { lvsMib, PassPersist } from "../../../core/snmp/mod.ts";
import { realServer, virtualService } from "../../support/samples.ts";
import { type FuzzTarget, inputOfText, require, textOfInput } from "../target.ts";

const TRAFFIC = { connections: 1n, inPackets: 2n, outPackets: 3n, inBytes: 4n, outBytes: 5n };
const statistics = { counters: TRAFFIC, rates: TRAFFIC };

const TREE = lvsMib({
  info: { version: [1, 2, 1], connectionTableSize: 4096 },
  timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 },
  syncDaemons: [],
  entries: ["tcp://192.0.2.10:80", "fwmark6:7"].map((name) => ({
    service: virtualService(name),
    statistics,
    servers: ["10.0.0.11:80", "10.0.0.12:80"].map((server) => ({
      ...realServer(server),
      ...{ activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, statistics },
    })),
  })),
});

const ROOT = ".1.3.6.1.4.1.8225.4711";

const SEEDS = [
  `PING\ngetnext\n${ROOT}\ngetnext\n${ROOT}.17.1.4.2\n`,
  `get\n${ROOT}.1.0\nset\n${ROOT}.2.0\ninteger 5\nget\n${ROOT}.18.1.3.1.2\n`,
  `getnext\n${ROOT}.18.1.16.2.2\n\nget\n1\n`,
];

/** The protocol of snmpd: every line has an answer of one form, and a walk always goes forward. */
export function snmp(): FuzzTarget {
  return {
    name: "snmp",
    seeds: SEEDS.map(inputOfText),
    words: ["PING\n", "get\n", "getnext\n", "set\n", ROOT, ".0", ".1", ".4294967295", ".99999999999", "-1", "\r\n"],
    maxBytes: 8 * 1024,
    run: (input) => {
      const protocol = new PassPersist(() => TREE);
      const lines = textOfInput(input).split("\n");
      for (const [index, line] of lines.entries()) {
        const answer = protocol.take(line);
        require(/^(?:|PONG\n|NONE\n|not-writable\n|\.[\d.]+\n[a-z\d]+\n.*\n)$/.test(answer), "an answer has one form");
        const [oid = ""] = answer.split("\n");
        if (!oid.startsWith(".") || lines[index - 1]?.trim().toLowerCase() !== "getnext") continue;
        require(sortable(oid) > sortable(line.trim()), "the next object is after the one that was asked for");
      }
    },
  };
}

/** An identifier as text that sorts as identifiers do. */
function sortable(oid: string): string {
  return oid.replace(/^\./, "").split(".").map((part) => part.padStart(10, "0")).join(".");
}
