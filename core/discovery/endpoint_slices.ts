import { type Fields, fieldsOf, itemsOf, textOf, tryFieldsOf } from "../json/mod.ts";
import { type DiscoveredServer, tryParseIpAddress } from "../model/mod.ts";
import { AnswerError } from "../net/mod.ts";
import { MAX_SERVERS } from "./reader.ts";
import { shown } from "./targets.ts";

/** Most slices of a service. */
const MAX_SLICES = 1000;

/** The types of events of a watch, without errors. */
const EVENT_TYPES: ReadonlySet<unknown> = new Set(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]);

/** An event of a watch. */
export type SliceEvent =
  /** The slices may have changed. */
  | { readonly kind: "changed" }
  /** Only the version has changed. */
  | { readonly kind: "bookmark" }
  /** The version is too old: the slices must be listed again. */
  | { readonly kind: "gone" };

/** The EndpointSlices of one service, from a list and the events that follow it. */
export class EndpointSlices {
  readonly #slices = new Map<string, Fields>();
  readonly #portName: string | undefined;
  /** The version from which a watch continues; undefined before the first list. */
  resourceVersion: string | undefined;

  /**
   * Knows no slice yet.
   *
   * @param portName The port of the servers; undefined: the only one.
   */
  constructor(portName: string | undefined) {
    this.#portName = portName;
  }

  /**
   * Replaces everything by a list.
   *
   * @throws {AnswerError} If it is not a list.
   */
  list(document: unknown): void {
    const { items, metadata } = fieldsOf(document);
    const version = textOf(fieldsOf(metadata)["resourceVersion"]);
    if (!Array.isArray(items) || version === undefined) throw new AnswerError("the answer is not a list of slices");
    if (textOf(fieldsOf(metadata)["continue"])) throw new AnswerError("the list of slices is not complete");
    if (items.length > MAX_SLICES) throw new AnswerError(`the service has more than ${MAX_SLICES} slices`);
    this.#slices.clear();
    for (const item of items) this.#slices.set(nameOf(item), fieldsOf(item));
    this.resourceVersion = version;
  }

  /**
   * Takes an event of a watch: one line of JSON.
   *
   * @throws {AnswerError} If it is not an event.
   */
  take(event: unknown): SliceEvent {
    const { type, object } = fieldsOf(event);
    if (type === "ERROR") {
      const { code, message } = fieldsOf(object);
      if (code === 410) return { kind: "gone" };
      throw new AnswerError(`the watch failed: ${shown(message)}`);
    }
    const version = textOf(fieldsOf(fieldsOf(object)["metadata"])["resourceVersion"]);
    if (version === undefined) throw new AnswerError("an event of the watch has no version");
    if (!EVENT_TYPES.has(type)) throw new AnswerError(`an event of the watch has an unknown type: ${shown(type)}`);
    if (type === "ADDED" || type === "MODIFIED") {
      this.#slices.set(nameOf(object), fieldsOf(object));
      if (this.#slices.size > MAX_SLICES) throw new AnswerError(`the service has more than ${MAX_SLICES} slices`);
    }
    if (type === "DELETED") this.#slices.delete(nameOf(object));
    this.resourceVersion = version;
    return { kind: type === "BOOKMARK" ? "bookmark" : "changed" };
  }

  /**
   * The servers of all slices: an endpoint that is in two of them is one server, by its better state. A ready endpoint
   * takes connections; one that serves while it terminates has weight 0; any other one is left out.
   *
   * @throws {AnswerError} If a slice is not valid.
   */
  get servers(): readonly DiscoveredServer[] {
    const servers = new Map<string, DiscoveredServer>();
    for (const slice of this.#slices.values()) {
      const { addressType, endpoints } = slice;
      if (addressType !== "IPv4" && addressType !== "IPv6") continue;
      const all = itemsOf(endpoints);
      if (all.length === 0) continue;
      const port = this.#portOf(slice);
      if (port === undefined) continue;
      for (const endpoint of all) {
        const weight = weightOf(endpoint);
        if (weight === "absent") continue;
        // All addresses of an endpoint are the same server; clients use the first.
        const [first] = itemsOf(fieldsOf(endpoint)["addresses"]);
        const address = typeof first === "string" ? tryParseIpAddress(first) : undefined;
        if (address === undefined) throw new AnswerError(`an endpoint has no address: ${shown(first)}`);
        const key = `${address} ${port}`;
        if (servers.get(key)?.weight === 0 || !servers.has(key)) servers.set(key, { address, port, weight });
      }
      if (servers.size > MAX_SERVERS) throw new AnswerError(`the service has more than ${MAX_SERVERS} endpoints`);
    }
    return [...servers.values()];
  }

  #portOf({ ports }: Fields): number | undefined {
    const all = itemsOf(ports).map((item) => fieldsOf(item));
    const named = this.#portName === undefined ? all : all.filter(({ name }) => name === this.#portName);
    if (this.#portName === undefined && all.length > 1) {
      throw new AnswerError("the service has several ports: set port_name to one of them");
    }
    const port = named[0]?.["port"];
    if (named[0] === undefined) return undefined;
    if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65535) {
      throw new AnswerError(`a slice has no port number: ${shown(port)}`);
    }
    return Number(port);
  }
}

function nameOf(slice: unknown): string {
  const name = textOf(fieldsOf(fieldsOf(slice)["metadata"])["name"]);
  if (name === undefined || tryFieldsOf(slice) === undefined) throw new AnswerError("a slice has no name");
  return name;
}

/** The weight of an endpoint: undefined is the file's. */
function weightOf(endpoint: unknown): number | undefined | "absent" {
  const { ready, serving, terminating } = fieldsOf(fieldsOf(endpoint)["conditions"]);
  // An absent condition "ready" stands for true.
  if (ready === true || ready === undefined || ready === null) return undefined;
  return serving === true && terminating === true ? 0 : "absent";
}
