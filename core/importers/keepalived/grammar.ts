import { CHECKERS } from "./directives.ts";
import type { Statement } from "./statement.ts";
import type { BlockKind, Grammar } from "./tree.ts";
import { endpointOf } from "./values.ts";

function grammar(blocks: Readonly<Record<string, BlockKind | ((statement: Statement) => BlockKind)>>): Grammar {
  return {
    kindOf: (statement) => {
      const kind = Object.hasOwn(blocks, statement.keyword) ? blocks[statement.keyword] : undefined;
      return typeof kind === "function" ? kind(statement) : kind;
    },
  };
}

const NO_BLOCKS = grammar({});

const CHECKER_BLOCKS = grammar({ url: NO_BLOCKS, host: NO_BLOCKS });

const REAL_SERVER_BLOCKS = grammar(Object.fromEntries(CHECKERS.map((type) => [
  type,
  ["HTTP_GET", "SSL_GET", "SMTP_CHECK"].includes(type) ? CHECKER_BLOCKS : NO_BLOCKS,
])));

const VIRTUAL_SERVER_BLOCKS = grammar({
  // keepalived skips the block of a server whose address is invalid.
  "real_server": ({ words }) => endpointOf(words) === undefined ? "skipped" : REAL_SERVER_BLOCKS,
});

/** Blocks of VRRP, BFD and the network, which the process that checks servers skips. */
const SKIPPED = ("vrrp_instance vrrp_script vrrp_sync_group vrrp_track_process track_process track_group garp_group " +
  "bfd_instance static_ipaddress static_routes static_rules linkbeat_interfaces interface_up_down_delays").split(" ");

/** The blocks of a file of keepalived 2.2.7. */
export const FILE_BLOCKS: Grammar = grammar({
  ...Object.fromEntries(SKIPPED.map((keyword) => [keyword, "skipped" as const])),
  "global_defs": grammar({ "notification_email": "lines", "linkbeat_interfaces": "lines" }),
  "virtual_server": ({ words }) => isVirtualServer(words) ? VIRTUAL_SERVER_BLOCKS : "skipped",
  "virtual_server_group": "lines",
  SSL: NO_BLOCKS,
  "track_file": NO_BLOCKS,
  "vrrp_track_file": NO_BLOCKS,
});

/** Whether a virtual server has an address, a firewall mark or a group, so that keepalived reads its block. */
export function isVirtualServer(words: readonly string[]): boolean {
  return words[0] === "group" || words[0] === "fwmark" || endpointOf(words) !== undefined;
}
