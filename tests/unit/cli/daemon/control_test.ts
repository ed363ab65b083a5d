import assert from "node:assert/strict";
import { statusCommands } from "../../../../cli/daemon/control.ts";

Deno.test("statusCommands() has the commands that report the status and names, and none that changes something", () => {
  const command = (): undefined => undefined;
  const all = {
    status: command,
    "status-text": command,
    decisions: command,
    names: command,
    "metrics-summary": command,
    "metrics-service": command,
    "metrics-server": command,
    reload: command,
    overrides: command,
  };
  assert.deepEqual(Object.keys(statusCommands(all)), [
    "status",
    "status-text",
    "names",
    "metrics-summary",
    "metrics-service",
    "metrics-server",
  ]);
});
