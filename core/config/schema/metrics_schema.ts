import { METRIC_LEVELS, parseListenAddress } from "../../model/mod.ts";
import { DAY_MS } from "./check_fields.ts";
import { mapping, optional } from "./mapping.ts";
import { list } from "./structures.ts";
import { choice, duration, parsed, text } from "./types.ts";

/** Where the daemon has its status page and its metrics. */
export const METRICS = mapping("metrics", {
  listen: optional(parsed("IP:PORT, localhost:PORT or unix:/PATH", parseListenAddress, { pattern: /^\S+$/ }), {
    doc: "Address at which run serves the status page, its data and the metrics over HTTP; default: none",
  }),
  allow_hosts: optional(list(text("a host name", /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/)), {
    doc: "Host names to answer for, in addition to localhost and IP addresses; default: none",
  }),
  login_file: optional(text("an absolute path", /^\/./), {
    doc: "File with the logins, each a line USER:PASSWORD or Bearer TOKEN; default: no login, for this machine only",
  }),
  level: optional(choice(METRIC_LEVELS), {
    doc: "Extent of the metrics; default: server up to 10,000 real servers, otherwise service",
  }),
  file: optional(text("an absolute path that ends in .prom", /^\/.*\.prom$/), {
    doc: "File that run writes for the textfile collector of Prometheus' node exporter; default: none",
  }),
  interval: optional(duration("milliseconds", { min: 1000, max: DAY_MS }), {
    // Not as a value, which a file without the key "file" could not have.
    doc: "How often run writes the file; default: 15s",
  }),
});
