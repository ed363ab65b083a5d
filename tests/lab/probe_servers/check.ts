/**
 * Checks against servers of the lab, by the compiled program.
 *
 * @module
 */
import assert from "node:assert/strict";
import { lvsctlPath } from "../director.ts";

/** A check as a file has it, the port that it goes to, and what is to be said of the server. */
export interface CheckCase {
  /** The check's keys, as YAML between braces. */
  readonly check: string;
  /** The server's port on 127.0.0.1, or its whole address. */
  readonly server: number | string;
  /** What the check is to say: "healthy" and the detail, "failed" or "unknown" and the reason. */
  readonly says: RegExp;
}

/** Time enough for a guest that is slow. */
const TIMING = "interval: 60s, timeout: 20s";

/** Makes all checks in one run of `lvsctl check`, and holds what it says against what it should. */
export async function assertChecks(cases: readonly CheckCase[]): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const services = cases.map(({ check, server }, index) =>
    `  - listen: tcp://192.0.2.1:${index + 1}
    check: { ${check}, ${TIMING} }
    servers: ["${typeof server === "number" ? `127.0.0.1:${server}` : server}"]
`
  );
  await Deno.writeTextFile(file, `version: 1\nservices:\n${services.join("")}`);
  const { stdout, stderr } = await new Deno.Command(lvsctlPath(), { args: ["check", "--json", file] }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  const round = JSON.parse(new TextDecoder().decode(stdout));
  for (const [index, { check, says }] of cases.entries()) {
    const { health, last: { detail, warning } } = round.services[index].servers[0];
    const state = health.replace("unhealthy", "failed");
    const said = `${state}: ${detail}${warning === null ? "" : ` (${warning})`}`;
    assert.match(said, says, `{ ${check} }: ${said}`);
  }
  await Deno.remove(file);
}
