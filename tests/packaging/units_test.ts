/**
 * The units: their limits.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ROOT } from "../suite.ts";

const SERVICES = ["lvsctl", "lvsctl-check", "lvsctl-restore"];

/** The most that systemd may rate a unit, in tenths; docs/daemon.md has the figure. */
const MOST_EXPOSURE = 22;

/** The settings of a unit from its first limit on. */
async function limits(name: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(`${ROOT}/examples/systemd/${name}.service`);
  const [, rest = ""] = /^(UMask=[^]*?)(?:\n\n\[|$(?![^]))/m.exec(text) ?? [];
  return rest.split("\n").filter((line) => /^[A-Z]\w*=/.test(line));
}

Deno.test("the units: each service has the same limits", async () => {
  const [daemon = [], ...others] = await Promise.all(SERVICES.map(limits));
  assert.ok(daemon.includes("SystemCallFilter=@system-service"), daemon.join("\n"));
  for (const other of others) assert.deepEqual(other, daemon);
});

Deno.test("the units: systemd rates the exposure of each service as the manual says", async () => {
  for (const name of SERVICES) {
    const { code, stdout } = await new Deno.Command("systemd-analyze", {
      args: [
        "security",
        "--no-pager",
        "--offline=true",
        `--threshold=${MOST_EXPOSURE}`,
        `${ROOT}/examples/systemd/${name}.service`,
      ],
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.match(text, new RegExp(`Overall exposure level for ${name}\\.service: ${MOST_EXPOSURE / 10} OK`));
    assert.equal(code, 0, text);
  }
  assert.match(await Deno.readTextFile(`${ROOT}/docs/daemon.md`), new RegExp(`: ${MOST_EXPOSURE / 10} of 10 for each`));
});
