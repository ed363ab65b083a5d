import assert from "node:assert/strict";
import { allowsColor, sizeOfTerminal } from "../../../../cli/context/terminal_environment.ts";

const variables = (values: Readonly<Record<string, string>>) => (name: string): string | undefined => values[name];

Deno.test("sizeOfTerminal() is what the terminal reports, or less if the user wants less", () => {
  const size = { columns: 120, rows: 40 };
  assert.deepEqual(sizeOfTerminal(size, variables({})), size);
  assert.deepEqual(sizeOfTerminal(size, variables({ COLUMNS: "80" })), { columns: 80, rows: 40 });
  assert.deepEqual(sizeOfTerminal(size, variables({ COLUMNS: "200", LINES: "10" })), { columns: 120, rows: 10 });
  for (const COLUMNS of ["", "0", "many", "-5"]) assert.deepEqual(sizeOfTerminal(size, variables({ COLUMNS })), size);
});

Deno.test("sizeOfTerminal() of a terminal that does not know is the user's, and otherwise unknown", () => {
  for (const reported of [undefined, { columns: 0, rows: 0 }]) {
    assert.equal(sizeOfTerminal(reported, variables({})), undefined);
    assert.deepEqual(sizeOfTerminal(reported, variables({ COLUMNS: "60" })), { columns: 60, rows: 24 });
  }
});

Deno.test("allowsColor() respects NO_COLOR and TERM=dumb", () => {
  assert.equal(allowsColor(variables({})), true);
  assert.equal(allowsColor(variables({ NO_COLOR: "" })), true);
  assert.equal(allowsColor(variables({ NO_COLOR: "1" })), false);
  assert.equal(allowsColor(variables({ TERM: "dumb" })), false);
  assert.equal(allowsColor(variables({ TERM: "xterm" })), true);
});
