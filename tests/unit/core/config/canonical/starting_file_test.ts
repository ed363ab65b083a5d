import assert from "node:assert/strict";
import fc from "fast-check";
import { startingFile } from "../../../../../core/config/canonical/starting_file.ts";
import { formatState, parseConfig, readConfig } from "../../../../../core/config/mod.ts";
import { desiredOf, KERNEL_STATE } from "../arbitrary_state.ts";

/** The text with its commented samples uncommented. */
function uncommented(text: string): string {
  return text.replace(/^services: \[\]\n/m, "").replace(/^( *)# (?=(?: |[a-z_]+:|- ))/gm, "$1");
}

Deno.test("startingFile without a state is valid, empty and without warnings", async () => {
  const { desired, warnings } = await readConfig(startingFile(), { file: "new.yaml", lint: {} });
  assert.deepEqual([desired, warnings], [{ services: [] }, []]);
});

Deno.test("startingFile and formatState name the schema for editors, in a line that their language server looks for", () => {
  const pattern = /^# yaml-language-server: \$schema=(\S+)$/m;
  const path = pattern.exec(startingFile())?.[1];
  assert.match(path ?? "", /^\/usr\/share\/lvsctl\/[\w.]+\.json$/);
  const state = { timeouts: { tcpSeconds: 0, tcpFinSeconds: 0, udpSeconds: 0 }, syncDaemons: [], services: [] };
  assert.equal(pattern.exec(formatState(state))?.[1], path);
});

Deno.test("startingFile's commented samples are valid", async () => {
  const text = uncommented(startingFile()).replace(/^include: .*\n/m, "");
  const { desired, warnings } = await readConfig(text, { file: "new.yaml", lint: {} });
  assert.deepEqual(warnings, []);
  assert.equal(desired.services[0]?.servers.length, 2);
  assert.equal(desired.services[0]?.onFailure, "quiesce");
  assert.equal(desired.services[0]?.notify?.[0]?.type, "mail");
  assert.equal(desired.vips?.length, 1);
  assert.deepEqual(desired.timeouts, { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 });
});

Deno.test("startingFile of any state reads as that state", async () => {
  await fc.assert(
    fc.asyncProperty(KERNEL_STATE, async (state) => {
      const { timeouts, syncDaemons, vips, services } = desiredOf(state);
      const expected = {
        timeouts,
        // An empty part is omitted, so that it stays unchanged.
        ...(syncDaemons?.length ? { syncDaemons } : {}),
        ...(vips?.length ? { vips } : {}),
        services,
      };
      assert.deepEqual(await parseConfig(startingFile(state), { file: "new.yaml" }), expected);
    }),
    { seed: 20260102, numRuns: 100 },
  );
});

Deno.test("startingFile's sample checks are valid", async () => {
  await fc.assert(
    fc.asyncProperty(KERNEL_STATE, async (state) => {
      const text = startingFile(state).replace(/^ {4}# (?=check|on_failure)/gm, "    ");
      const { services } = await parseConfig(text, { file: "new.yaml" });
      for (const { servers, check, onFailure } of services) {
        assert.deepEqual([check?.type, onFailure], servers.length > 0 ? ["tcp", "quiesce"] : [undefined, "remove"]);
      }
    }),
    { seed: 20260103, numRuns: 100 },
  );
});
