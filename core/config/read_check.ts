import { type Check, type CheckTiming, DEFAULT_TIMING, formatDuration } from "../model/mod.ts";
import { type CHECK, DEFAULT_STATUS, type SectionOf } from "./schema.ts";

const HTTP_ONLY = ["method", "path", "host", "expect"] as const;

/** Makes the check that a section describes, and reports what cannot be in it. */
export function readCheck(section: SectionOf<typeof CHECK>): Check | undefined {
  const { values } = section;
  const { interval, timeout = Math.min(DEFAULT_TIMING.timeoutMs, interval) } = values;
  if (timeout > interval) {
    const reason = `got ${formatDuration(timeout)} and ${formatDuration(interval)}`;
    section.report(["timeout", "interval"], `timeout must not be longer than interval: ${reason}`);
  }
  const timing: CheckTiming = {
    intervalMs: interval,
    timeoutMs: timeout,
    rise: values.rise,
    fall: values.fall,
    ...(values.port === undefined ? {} : { port: values.port }),
  };
  if (values.type === "tcp") {
    for (const key of HTTP_ONLY) {
      if (section.nodeOf(key) !== undefined) section.report([key, "type"], `${key} is for checks of type http only`);
    }
    return { type: "tcp", ...timing };
  }
  if (values.type === undefined) return undefined;
  const { method, path, host, expect } = values;
  const { status = DEFAULT_STATUS, body } = expect?.values ?? {};
  if (method === "HEAD" && body !== undefined) {
    expect?.report(["body"], "body needs the method GET: the answer to HEAD has none");
  }
  return {
    type: "http",
    method,
    path,
    ...(host === undefined ? {} : { host }),
    expect: { status, ...(body === undefined ? {} : { body }) },
    ...timing,
  };
}
