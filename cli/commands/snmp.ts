import { LvsctlError } from "../../core/errors/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import { sortEntries, visible } from "../../core/model/mod.ts";
import {
  KEEPALIVED_MIB,
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
const MIBS = { lvs: LVS_MIB, keepalived: KEEPALIVED_MIB } as const;

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
        "LVS-MIB, or the virtual servers, real servers and virtual routers of KEEPALIVED-MIB. Requests come from " +
        "standard input. " +
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
      let reading: { readonly tree: SnmpNode; readonly until: number } = { tree: NO_OBJECTS, until: -Infinity };
      const read = READERS[mib];
      const protocol = new PassPersist(() => reading.tree);
      await untilReaderEnds(async () => {
        for (const line of inputLines(io)) {
          const began = clock.now();
          if (began >= reading.until) {
            const tree = await read({ context, client, oid });
            const tookMs = clock.now() - began;
            reading = { tree, until: began + tookMs + Math.max(SHORTEST_USE_MS, USE_PER_READING * tookMs) };
          }
          const answer = protocol.take(line);
          if (answer !== "") io.out(answer);
        }
      });
    });
}

/** The objects before the first reading. */
const NO_OBJECTS: SnmpNode = { keys: [], at: () => undefined };

/** What a reader of a MIB needs. */
interface ReadOptions {
  readonly context: Context;
  readonly client: IpvsClient;
  readonly oid: readonly number[];
}

/** Reads the objects of a MIB. */
const READERS: Readonly<Record<keyof typeof MIBS, (options: ReadOptions) => SnmpNode | Promise<SnmpNode>>> = {
  lvs: readLvsMib,
  keepalived: async ({ context, client, oid }) => {
    const { readSnmpVrrp } = await import("./snmp/virtual_routers.ts");
    return keepalivedMib(sortEntries(client.list()), { oid, vrrp: await readSnmpVrrp(context) });
  },
};

function readLvsMib({ client, oid }: ReadOptions): SnmpNode {
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
