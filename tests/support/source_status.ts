/**
 * Sources of servers as a daemon reports them.
 *
 * @module
 */
import type { SourceStatus } from "../../core/discovery/mod.ts";

/** A source that is well, one that cannot be read, one whose list is refused, and one without a list. */
export function sourceStatuses(): readonly SourceStatus[] {
  const well: SourceStatus = {
    name: "srv _http._tcp.web.example.com",
    servers: 3,
    at: Date.UTC(2026, 5, 1),
    failure: undefined,
    refusal: undefined,
    failures: 0,
    refusals: 0,
  };
  return [
    well,
    { ...well, name: "file /etc/lvsctl/targets.json", failure: "No such file or directory", failures: 2 },
    { ...well, name: "names web.example.com", refusal: "the list lacks 2 of 3 servers, more than 50%", refusals: 1 },
    { ...well, name: "http https://sd.example.com/", servers: undefined, at: undefined, failure: "status 503" },
  ];
}
