import assert from "node:assert/strict";
import { Drift } from "../../../../core/daemon/drift.ts";
import type { Change } from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const { id } = virtualService("tcp://192.0.2.10:80");
const add = (weight: number): Change => ({ operation: "addServer", id, server: realServer("10.0.0.1:80", { weight }) });

Deno.test("Drift reports each difference once, another value as another difference, and one that comes back again", () => {
  const drift = new Drift();
  assert.deepEqual(drift.take([add(1)]), [add(1)]);
  assert.deepEqual(drift.take([add(1)]), []);
  assert.deepEqual(drift.take([add(2)]), [add(2)]);
  assert.deepEqual(drift.take([]), []);
  assert.deepEqual(drift.take([add(1)]), [add(1)]);
});
