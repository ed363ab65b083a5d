import { LvsctlError } from "../../core/errors/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import { sortEntries, visible } from "../../core/model/mod.ts";
import {
  KEEPALIVED_CHECK,
  keepalivedMib,
  LVS_MIB,
  lvsMib,
  parseOid,
  PassPersist,
  type SnmpNode,
} from "../../core/snmp/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import type { Context } from "../context/context.ts";
import { type Io, untilReaderEnds } from "../context/io.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { argumentParser, wordArgument } from "../options/arguments.ts";
import { examples } from "../options/examples.ts";

/** How long a reading of the table is used at least; milliseconds. */
const SHORTEST_USE_MS = 1000;

/** A reading is used this many times as long as it took, so that a walk through a large table is not mostly reading. */
const USE_PER_READING = 10;

/** The supported MIBs, each with the identifier of its objects. */
const MIBS = { lvs: LVS_MIB, keepalived: KEEPALIVED_CHECK } as const;

const MIB_NAMES = ["lvs", "keepalived"] as const;

/** The identifiers as text. */
const [LVS_OID, KEEPALIVED_OID] = MIB_NAMES.map((name) => `.${MIBS[name].join(".")}`);

const oidArgument: (text: string) => readonly number[] = argumentParser((text) => {
  const oid = parseOid(text);
  if (oid !== undefined) return oid;
  throw new LvsctlError(`"${visible(text)}" is not an identifier such as ${LVS_OID}`);
});

/** `lvsctl snmp`. */
export function snmpCommand(context: Context): CommandUnknownOpts {
  return new Command("snmp")
    .description(
      "Answers snmpd, which keeps it running by pass_persist, with the table and its traffic, read-only: the objects of " +
        "LVS-MIB, or the virtual servers and real servers of KEEPALIVED-MIB. Requests come from standard input. " +
        `The line for snmpd.conf is: pass_persist ${LVS_OID} /usr/local/sbin/lvsctl snmp`,
    )
    .addHelpText(
      "after",
      examples("lvsctl snmp --mib keepalived", "lvsctl snmp --oid .1.3.6.1.4.1.8072.9999.9999.1"),
    )
    .option("--mib <name>", "lvs or keepalived", wordArgument(MIB_NAMES), "lvs")
    .option(
      "--oid <oid>",
      `where the objects begin (default: ${LVS_OID}, and ${KEEPALIVED_OID} for keepalived)`,
      oidArgument,
    )
    .action(async ({ mib, oid = MIBS[mib] }) => {
      const { io, clock = SYSTEM_CLOCK } = context;
      using client = await context.openIpvs();
      let reading: { readonly tree: SnmpNode; readonly until: number } | undefined;
      const protocol = new PassPersist(() => {
        const began = clock.now();
        if (reading === undefined || began >= reading.until) {
          const tree = READERS[mib](client, oid);
          const tookMs = clock.now() - began;
          reading = { tree, until: began + tookMs + Math.max(SHORTEST_USE_MS, USE_PER_READING * tookMs) };
        }
        return reading.tree;
      });
      await untilReaderEnds(() => {
        for (const line of inputLines(io)) {
          const answer = protocol.take(line);
          if (answer !== "") io.out(answer);
        }
      });
    });
}

/** Reads the objects of a MIB. */
const READERS: Readonly<Record<keyof typeof MIBS, (client: IpvsClient, oid: readonly number[]) => SnmpNode>> = {
  lvs: readLvsMib,
  keepalived: (client, oid) => keepalivedMib(sortEntries(client.list()), { oid }),
};

function readLvsMib(client: IpvsClient, oid: readonly number[]): SnmpNode {
  const facts = {
    info: client.getInfo(),
    timeouts: client.getTimeouts(),
    syncDaemons: client.syncDaemons(),
    entries: sortEntries(client.list()),
  };
  return lvsMib(facts, { oid });
}

/** The longest line that is a request. */
const LONGEST_LINE = 4096;

/** The lines of standard input, each as soon as it has come. A line without an end is cut. */
function* inputLines(io: Io): Generator<string, void, undefined> {
  if (io.readChunk === undefined) return yield* io.readStdin().split("\n");
  const decoder = new TextDecoder();
  let rest = "";
  for (let chunk = io.readChunk(); chunk !== null; chunk = io.readChunk()) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = (lines.pop() ?? "").slice(0, LONGEST_LINE);
    yield* lines;
  }
}
