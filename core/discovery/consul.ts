import { fieldsOf, isCount, itemsOf, textOf } from "../json/mod.ts";
import { type DiscoverySource, MAX_WEIGHT } from "../model/mod.ts";
import { AnswerError } from "../net/mod.ts";
import { type ApiAccess, parseJson } from "./api.ts";
import { MAX_SERVERS, type Reading, type SourceReader } from "./reader.ts";
import { resolveTargets, shown, type Target } from "./targets.ts";

/** How long a request waits for a change; milliseconds. */
const WAIT_MS = 60_000;

/** The least time between two requests, because an index may change without a change of the list; milliseconds. */
const GAP_MS = 1000;

/** The time between two requests if Consul gives no index; milliseconds. */
const POLL_MS = 10_000;

/** A source of Consul. */
export type ConsulSource = Extract<DiscoverySource, { readonly kind: "consul" }>;

/** Reads the instances of a service and their health, and waits for changes. */
export class ConsulReader implements SourceReader {
  readonly #access: ApiAccess<ConsulSource>;
  #index = 0;

  /** Reads nothing yet. */
  constructor(access: ApiAccess<ConsulSource>) {
    this.#access = access;
  }

  /** Requests the list; from the second time on, the request waits for a change. */
  async read(signal: AbortSignal): Promise<Reading> {
    const { tools, client, source: { service, tags, datacenter }, timeoutMs } = this.#access;
    const index = this.#index;
    // After an error the index may be worth nothing.
    this.#index = 0;
    const query = new URLSearchParams(tags.map((tag) => ["tag", tag]));
    if (datacenter !== undefined) query.set("dc", datacenter);
    if (index > 0) {
      query.set("index", String(index));
      query.set("wait", `${WAIT_MS / 1000}s`);
    }
    const { status, body, header } = await client.get({
      path: `/v1/health/service/${encodeURIComponent(service)}?${query}`,
      tokenHeader: "X-Consul-Token",
      // Consul adds up to a sixteenth to the wait.
      timeoutMs: index > 0 ? WAIT_MS * 17 / 16 + timeoutMs : timeoutMs,
      signal,
    });
    if (status !== 200) throw new AnswerError(`status ${status}, expected 200`);
    const servers = await resolveTargets(readInstances(parseJson(body)), { tools, signal, timeoutMs });
    const next = Number(header("X-Consul-Index"));
    // An index that goes back comes from a new server: begin anew.
    this.#index = Number.isSafeInteger(next) && next > 0 && next >= index ? next : 0;
    return { servers, againMs: next > 0 ? GAP_MS : POLL_MS };
  }
}

/**
 * The instances in an answer of Consul. Critical ones, and those in maintenance, have weight 0: they stay in the list, so
 * that their connections go on.
 *
 * @throws {AnswerError} If any part of it is not valid.
 */
export function readInstances(document: unknown): readonly Target[] {
  if (!Array.isArray(document)) throw new AnswerError("the answer is not a list of instances");
  if (document.length > MAX_SERVERS) throw new AnswerError(`the answer has more than ${MAX_SERVERS} instances`);
  return document.map((item: unknown): Target => {
    const { Node: node, Service: service, Checks: checks } = fieldsOf(item);
    const { Address: own, Port: port, Weights: weights } = fieldsOf(service);
    const host = textOf(own) || textOf(fieldsOf(node)["Address"]);
    if (host === undefined || !/^[\w.:-]{1,253}$/.test(host)) {
      throw new AnswerError(`an instance has no address: ${shown(own)}`);
    }
    if (!isCount(port) || Number(port) > 65535) throw new AnswerError(`an instance has no port: ${shown(port)}`);
    return { host, port: Number(port) || undefined, weight: weightOf(checks, fieldsOf(weights)) };
  });
}

function weightOf(checks: unknown, { Passing: passing, Warning: warning }: Readonly<Record<string, unknown>>): number {
  const statuses = new Set(itemsOf(checks).map((check) => textOf(fieldsOf(check)["Status"])));
  if (statuses.has("critical") || statuses.has("maintenance")) return 0;
  const weight = statuses.has("warning") ? warning : passing;
  return isCount(weight) ? Math.min(Number(weight), MAX_WEIGHT) : 1;
}
