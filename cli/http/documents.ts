import type { ServiceStatus } from "../../core/daemon/mod.ts";
import type { ListedService } from "../../core/model/mod.ts";
import { documentJson, jsonPieces, listedServicesJson } from "../format/json.ts";
import { serviceStatusJson, statusHeadJson } from "../format/status.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * The document of `lvsctl status --json` in pieces, made one by one. Its differences come from the last comparison.
 *
 * @param services The services, or some of them.
 */
export function statusDocument(snapshot: Snapshot, services: Iterable<ServiceStatus>): Iterable<string> {
  const document = documentJson(statusHeadJson(snapshot.about, snapshot));
  const items = map(services, serviceStatusJson);
  return jsonPieces({ document, key: "services", items }, { isRepeated: false });
}

/** The document of `lvsctl list --json` in pieces, made one by one. */
export function listDocument(entries: readonly ListedService[]): Iterable<string> {
  const items = map(entries, (entry) => listedServicesJson([entry])[0] ?? null);
  return jsonPieces({ document: documentJson({}), key: "services", items }, { isRepeated: false });
}

function* map<T, U>(items: Iterable<T>, value: (item: T) => U): Generator<U, void, undefined> {
  for (const item of items) yield value(item);
}
