import { DAY_MS } from "./check_fields.ts";
import { mapping, required, withDefault } from "./mapping.ts";
import { duration, integer } from "./types.ts";

/** How directors use each other's verdicts. */
export const HEALTH_SHARING = mapping("health_sharing", {
  quorum: required(integer({ min: 1, max: 100 }), {
    doc: "Number of other directors that must see a server healthy, so that it stays although it is unhealthy here",
  }),
  max_age: withDefault(integer({ min: 1, max: 100 }), {
    value: 3,
    doc: "Number of intervals of a check for which the verdict of another director counts, at least 5s",
  }),
  limit: withDefault(duration("milliseconds", { min: 1000, max: DAY_MS }), {
    value: 600_000,
    written: "10m",
    doc: "Longest time for which other directors keep a server that is unhealthy here",
  }),
});
