import { EXIT, LvsctlError } from "../../errors/mod.ts";
import { DEFAULT_DISCOVERY, NAME_FAMILIES, parseEndpoint } from "../../model/mod.ts";
import { DAY_MS, TLS_FIELD } from "./check_fields.ts";
import { DOMAIN_NAME, HEADER, LINE, PATH } from "./check_values.ts";
import { PORT } from "./limits.ts";
import { fields, mapping, optional, required, shorthand, withDefault } from "./mapping.ts";
import { oneOrMany } from "./structures.ts";
import { choice, duration, integer, parsed, text } from "./types.ts";

// The sources' part of the schema of files: see file_schema.ts.

const DNS_PORT = 53;

const NAME_SERVER = parsed(
  "the address of a name server such as 10.0.0.53",
  (written) => parseEndpoint(written, { defaultPort: DNS_PORT }),
);

const SECONDS = { min: 1000, max: DAY_MS };

const NAME_FIELDS = fields({
  name: required(DOMAIN_NAME, { doc: "Domain name, whole: no search domain is added" }),
  name_servers: optional(oneOrMany(NAME_SERVER), {
    doc: "Addresses of name servers, asked in this order; default: those of /etc/resolv.conf",
  }),
  family: withDefault(choice(NAME_FAMILIES), { value: "both", doc: "Families of addresses to ask for" }),
  min_ttl: withDefault(duration("milliseconds", SECONDS), {
    value: 5000,
    written: "5s",
    doc: "Shortest time between two questions, if the TTL of the answer is shorter",
  }),
  max_ttl: withDefault(duration("milliseconds", SECONDS), {
    value: 300_000,
    written: "5m",
    doc: "Longest time between two questions, if the TTL of the answer is longer",
  }),
});

/** SRV records. */
export const SRV_SOURCE = shorthand(mapping("srv", NAME_FIELDS), "name");

/** Address records. */
export const NAMES_SOURCE = shorthand(mapping("names", NAME_FIELDS), "name");

const WEIGHT_LABEL = withDefault(text("the name of a label", /^[A-Za-z_][A-Za-z0-9_]{0,127}$/), {
  value: "weight",
  doc: "Label whose value is the weight of its targets",
});

/** A file in the format of Prometheus. */
export const FILE_SOURCE = shorthand(
  mapping("file", {
    path: required(PATH, { doc: "Path of a JSON or YAML file in the format of Prometheus' file_sd" }),
    refresh: withDefault(duration("milliseconds", SECONDS), {
      value: 5000,
      written: "5s",
      doc: "Time between two readings",
    }),
    weight_label: WEIGHT_LABEL,
  }),
  "path",
);

/** A URL without a login, which belongs into a token file or a header. */
function sourceUrl(example: string, options: { readonly hasPath: boolean }): ReturnType<typeof parsed<string>> {
  return parsed(`a URL such as ${example}`, (written) => {
    const url = /^https?:\/\//.test(written) && URL.canParse(written) ? new URL(written) : undefined;
    const isBare = url?.pathname === "/" && url.search === "";
    if (url === undefined || url.port === "0" || (!options.hasPath && !isBare)) {
      throw new LvsctlError("the text is not such a URL", { hint: `write it like ${example}`, exitCode: EXIT.usage });
    }
    if (url.username !== "" || url.password !== "" || url.hash !== "") {
      throw new LvsctlError("the URL has a login or a fragment", {
        hint: "write a token into a file, and name that by token_file",
        exitCode: EXIT.usage,
      });
    }
    return written;
  }, { pattern: /^https?:\/\//, isDiscreet: true });
}

const API_FIELDS = fields({
  headers: optional(oneOrMany(HEADER), { doc: "Additional headers; default: none" }),
  token_file: optional(PATH, { doc: "File with a token, which is read for each request; default: no token" }),
  tls: TLS_FIELD,
});

/** A document in the format of Prometheus. */
export const HTTP_SOURCE = shorthand(
  mapping("http", {
    url: required(sourceUrl("https://sd.example.com/targets", { hasPath: true }), {
      doc: "URL of a JSON document in the format of Prometheus' http_sd",
    }),
    refresh: withDefault(duration("milliseconds", SECONDS), {
      value: 60_000,
      written: "1m",
      doc: "Time between two requests",
    }),
    weight_label: WEIGHT_LABEL,
    ...API_FIELDS,
  }),
  "url",
);

/** A service in Consul. */
export const CONSUL_SOURCE = shorthand(
  mapping("consul", {
    service: required(text("the name of a service", /^[A-Za-z0-9][\w.-]{0,127}$/), { doc: "Name of the service" }),
    url: withDefault(sourceUrl("http://127.0.0.1:8500", { hasPath: false }), {
      value: "http://127.0.0.1:8500",
      doc: "URL of a Consul agent",
    }),
    tags: optional(oneOrMany(LINE), { doc: "Tags that an instance must have, all of them; default: none" }),
    datacenter: optional(text("the name of a datacenter", /^[\w.-]{1,128}$/), {
      doc: "Datacenter; default: the agent's",
    }),
    ...API_FIELDS,
  }),
  "service",
);

/** A name in Kubernetes. */
const KUBERNETES_NAME = text("a name in Kubernetes", /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/);

/** A service of Kubernetes. */
export const KUBERNETES_SOURCE = mapping("kubernetes", {
  service: required(KUBERNETES_NAME, { doc: "Name of the service" }),
  namespace: withDefault(KUBERNETES_NAME, { value: "default", doc: "Namespace of the service" }),
  port_name: optional(KUBERNETES_NAME, {
    doc: "Name of the service's port, needed if it has several; default: its only port",
  }),
  url: required(sourceUrl("https://10.96.0.1", { hasPath: false }), { doc: "URL of the API server" }),
  ...API_FIELDS,
});

/** Keys of a source in a list of servers, without the settings of its servers. */
export const SOURCE_FIELDS = fields({
  srv: optional(SRV_SOURCE, {
    doc: "SRV records of a name, of the best priority only, with their ports and weights; default: another source",
  }),
  names: optional(NAMES_SOURCE, { doc: "Address records of a name; default: another source" }),
  file: optional(FILE_SOURCE, { doc: "File in the format of Prometheus' file_sd; default: another source" }),
  http: optional(HTTP_SOURCE, { doc: "Document in the format of Prometheus' http_sd; default: another source" }),
  consul: optional(CONSUL_SOURCE, { doc: "Passing instances of a service in Consul; default: another source" }),
  kubernetes: optional(KUBERNETES_SOURCE, {
    doc: "Endpoints of a Kubernetes service, by its EndpointSlices; default: another source",
  }),
  port: optional(integer(PORT), {
    doc: "Port of servers for which the source has no port; default: the service's port",
  }),
  max_loss: withDefault(integer({ min: 0, max: 100 }), {
    value: DEFAULT_DISCOVERY.maxLossPercent,
    doc: "Largest share of servers, in percent, that a new list may lack; one that lacks more is refused",
  }),
  loss_hold: withDefault(duration("milliseconds", SECONDS), {
    value: DEFAULT_DISCOVERY.holdMs,
    written: "5m",
    doc: "Time for which a list that lacks more than max_loss is refused, unless it is accepted by hand",
  }),
  timeout: withDefault(duration("milliseconds", { min: 100, max: 60_000 }), {
    value: DEFAULT_DISCOVERY.timeoutMs,
    written: "5s",
    doc: "Time limit of one question to the source",
  }),
});

/** The keys that name a source: a list of servers has one of them in each item that is a source. */
export const SOURCE_KINDS = ["srv", "names", "file", "http", "consul", "kubernetes"] as const;
