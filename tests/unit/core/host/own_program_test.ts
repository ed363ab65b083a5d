import assert from "node:assert/strict";
import { ownProgram } from "../../../../core/host/own_program.ts";

Deno.test("ownProgram() starts this program's runtime with other arguments and the first environment", () => {
  const { path, args, env } = ownProgram(["__speaker", "x y"]);
  assert.equal(path, Deno.execPath());
  assert.deepEqual(args.slice(-2), ["__speaker", "x y"]);
  assert.equal(env["PATH"], Deno.env.get("PATH"));
});
