import { DEFAULT_TUNNEL, FAILURE_REACTIONS, TUNNEL_CHECKSUMS, TUNNEL_TYPES } from "../../model/mod.ts";
import { AGENT } from "./agent_schema.ts";
import { CHECK } from "./check_schema.ts";
import { SOURCE_FIELDS, SOURCE_KINDS } from "./discovery_schema.ts";
import { PORT, THRESHOLD, WEIGHT } from "./limits.ts";
import { fields, mapping, optional, orNone, partial, required, shorthand, withDefault } from "./mapping.ts";
import { NOTIFICATIONS } from "./notification_schema.ts";
import { choice, integer, type Type } from "./types.ts";
import { FORWARD, RESOLUTIONS, SERVER_PLACES } from "./value_types.ts";
import type { SectionOf } from "./types.ts";

// The servers' part of the schema of files: see file_schema.ts.

/** Encapsulation for the forwarding method tun. */
export const TUNNEL = mapping("a tunnel", {
  type: withDefault(choice(TUNNEL_TYPES), { value: DEFAULT_TUNNEL.type, doc: "Encapsulation of the packets" }),
  port: optional(integer(PORT), { doc: "UDP port of a gue tunnel, which must have one; default: no port" }),
  checksum: withDefault(choice(TUNNEL_CHECKSUMS), {
    value: DEFAULT_TUNNEL.checksum,
    doc: "Checksums of the outer packets: none or csum for gre, none, csum or remcsum for gue",
  }),
});

/** A check that inherits missing keys from another one. */
export const PART_OF_CHECK = partial(CHECK);

/** The check of an item, which inherits keys and its type; a JSON Schema cannot express the latter. */
export const INHERITING_CHECK = orNone({ ...CHECK, shape: PART_OF_CHECK.shape });

/** The agent of a service or a server. */
export const AGENT_FIELD = optional(orNone(AGENT), {
  doc:
    "Program or service on the server that reports its capacity: a share of its weight, drain, maint or down; default: no agent",
});

/** The notifications of a service or a server. */
export const NOTIFY_FIELD = optional(orNone(NOTIFICATIONS), {
  doc: "Notifications of changes of servers and services; default: none",
});

const ADDRESS_FIELD = required(SERVER_PLACES, {
  doc:
    "Address or host name, and port (default: the service's port); a range such as 10.0.0.[11-13]:80 makes several servers",
});

/** Settings of a server in the table, the server of last resort included. */
const SERVER_SETTINGS = fields({
  weight: optional(integer(WEIGHT), {
    doc: "Share of new connections, where 0 gets no new connections; default: the service's weight",
  }),
  forward: optional(FORWARD, { doc: "Forwarding method; default: the service's forward" }),
  upper_threshold: optional(integer(THRESHOLD), {
    doc:
      "Number of connections at which the server gets no new ones, where 0 is no limit; default: the service's upper_threshold",
  }),
  lower_threshold: optional(integer(THRESHOLD), {
    doc:
      "Number of connections below which the server gets new ones again, where 0 is three quarters of the upper threshold; default: the service's lower_threshold",
  }),
  tunnel: optional(TUNNEL, {
    doc: "Encapsulation for the forwarding method tun; default: the service's tunnel",
  }),
});

const RESOLVE_FIELD = optional(choice(RESOLUTIONS), {
  doc: "Use of a host name with several addresses; default: the service's resolve",
});

/** Keys of a server in the table, the server of last resort included. */
const SERVER_FIELDS = fields({ address: ADDRESS_FIELD, ...SERVER_SETTINGS, resolve: RESOLVE_FIELD });

/** Keys of the care of a server. */
const CARE_FIELDS = fields({
  check: optional(INHERITING_CHECK, {
    doc: "Check of this server; keys that it omits come from the service's check; default: the service's check",
  }),
  on_failure: optional(choice(FAILURE_REACTIONS), {
    doc: "Reaction to an unhealthy server: remove it, or quiesce it (weight 0); default: the service's on_failure",
  }),
  agent: AGENT_FIELD,
  notify: NOTIFY_FIELD,
});

/** A real server. */
export const SERVER = shorthand(mapping("a server", { ...SERVER_FIELDS, ...CARE_FIELDS }), "address");

/** A source of real servers, with the settings of these. */
export const SOURCE = mapping("a source", { ...SOURCE_FIELDS, ...SERVER_SETTINGS, ...CARE_FIELDS });

/** An item in a list of servers. */
export type ServerItem =
  | { readonly kind: "server"; readonly section: SectionOf<typeof SERVER> }
  | { readonly kind: "source"; readonly section: SectionOf<typeof SOURCE> };

/** A real server, or a source of several: an item that names a source and no address. */
export const SERVER_ITEM: Type<ServerItem> = {
  shape: { kind: "either", shapes: [SERVER.shape, SOURCE.shape] },
  read(node, place): ServerItem | undefined {
    const hasKey = (keys: readonly string[]): boolean =>
      node.kind === "mapping" && node.entries.some(({ key }) => key.kind === "scalar" && keys.includes(key.text));
    if (hasKey(SOURCE_KINDS) && !hasKey(["address"])) {
      const section = SOURCE.read(node, place);
      return section === undefined ? undefined : { kind: "source", section };
    }
    const section = SERVER.read(node, place);
    return section === undefined ? undefined : { kind: "server", section };
  },
};

/** The server of last resort, which has no check. */
export const FALLBACK = shorthand(mapping("a fallback", SERVER_FIELDS), "address");
