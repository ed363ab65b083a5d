import { DEFAULT_TLS, defined, type HttpCheck, type StatusRanges } from "../../model/mod.ts";
import type { EXPECT, HTTP_REQUEST_FIELDS, TLS } from "../schema/check_fields.ts";
import type { PART } from "../schema/check_schema.ts";
import type { Section } from "../schema/mapping.ts";
import { needs, readLogin, readTls } from "./check_parts.ts";
import type { SectionOf } from "../schema/types.ts";

/** Statuses that are accepted by default. */
export const DEFAULT_STATUS: StatusRanges = [[200, 299]];

/** An HTTP check in a file. */
export type HttpSection = Extract<SectionOf<typeof PART>, { readonly type: "http" | "https" }>;

function readHttpExpectation(section: SectionOf<typeof EXPECT> | undefined): HttpCheck["expect"] {
  if (section === undefined) return { status: DEFAULT_STATUS };
  const { status = DEFAULT_STATUS, body, regex, not_regex: notRegex, digest, max_latency: maxLatencyMs } =
    section.values;
  const json = section.values.json?.map(({ values }) => ({
    path: values.path ?? "$",
    equals: values.equals?.value ?? null,
  }));
  return defined({ status, body, regex, notRegex, digest, json, maxLatencyMs });
}

const BODY_KEYS = ["body", "regex", "not_regex", "digest", "json"] as const;

/** Reads an HTTP request. */
export function readHttpRequest(section: Section<typeof HTTP_REQUEST_FIELDS>): Omit<HttpCheck, "type" | "expect"> {
  const { values } = section;
  const { method, path, version, host, headers = [], body, login, bearer, redirects, proxy } = values;
  if (login !== undefined && bearer !== undefined) {
    section.report(
      ["bearer", "login"],
      "a request must not have both login and bearer: it has one Authorization header",
    );
  }
  if (proxy) needs(section, { key: "host", by: ["proxy"] });
  const who = readLogin(login);
  const authorization = who !== undefined
    ? { kind: "basic" as const, ...who }
    : bearer === undefined
    ? undefined
    : { kind: "bearer" as const, token: bearer };
  return {
    ...defined({ method, path, version, host, headers, body, authorization, redirects, proxy }),
    // Only the type https has the key tls.
    tls: "tls" in values ? readTls(values.tls as SectionOf<typeof TLS> | undefined, host) : DEFAULT_TLS,
  };
}

/** Reads an HTTP check, without its path and its timing. */
export function readHttp({ type, section }: HttpSection): HttpCheck {
  const { method, expect } = section.values;
  const key = method === "HEAD" ? BODY_KEYS.find((each) => expect?.nodeOf(each) !== undefined) : undefined;
  if (key !== undefined) expect?.report([key], `${key} is not allowed with method: HEAD; its answer has no body`);
  return { type, ...readHttpRequest(section), expect: readHttpExpectation(expect) };
}
