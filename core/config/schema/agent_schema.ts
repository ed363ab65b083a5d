import { DEFAULT_AGENT_TIMING } from "../../model/mod.ts";
import { COMMAND_FIELDS, DAY_MS, HTTP_REQUEST_FIELDS, PATH_FIELDS, TLS_FIELD } from "./check_fields.ts";
import { BYTES, JSON_PATH } from "./check_values.ts";
import { mapping, optional, required, withDefault } from "./mapping.ts";
import { choice, duration } from "./types.ts";
import { variants } from "./variants.ts";

// The agents' part of the schema of files: see file_schema.ts.

const TIMING_FIELDS = {
  interval: withDefault(duration("milliseconds", { min: 100, max: DAY_MS }), {
    value: DEFAULT_AGENT_TIMING.intervalMs,
    written: "2s",
    doc: "Time from the start of one query to the start of the next",
  }),
  timeout: optional(duration("milliseconds", { min: 1, max: DAY_MS }), {
    doc: "Time limit of a query, which may exceed interval; default: 1s, or interval if that is shorter",
  }),
};

const JSON_FIELD = withDefault(JSON_PATH, {
  value: "$.weight",
  doc: "Path of the number in the JSON answer: a percentage of the configured weight",
});

function type<const T extends string>(word: T): ReturnType<typeof choice<T>> {
  return choice([word]);
}

const TYPE = { doc: "Protocol by which the agent is queried" };

/** An agent, which reports a server's capacity. */
export const AGENT = variants({
  tcp: mapping("an agent of type tcp", {
    type: required(type("tcp"), TYPE),
    send: optional(BYTES, {
      doc: "Bytes to send first; the agent answers with a line such as 75% or drain; default: nothing",
    }),
    ...PATH_FIELDS,
    ...TIMING_FIELDS,
  }),
  http: mapping("an agent of type http", {
    type: required(type("http"), TYPE),
    json: JSON_FIELD,
    ...HTTP_REQUEST_FIELDS,
    ...PATH_FIELDS,
    ...TIMING_FIELDS,
  }),
  https: mapping("an agent of type https", {
    type: required(type("https"), TYPE),
    json: JSON_FIELD,
    ...HTTP_REQUEST_FIELDS,
    tls: TLS_FIELD,
    ...PATH_FIELDS,
    ...TIMING_FIELDS,
  }),
  exec: mapping("an agent of type exec", {
    type: required(type("exec"), TYPE),
    ...COMMAND_FIELDS,
    ...TIMING_FIELDS,
  }),
});
