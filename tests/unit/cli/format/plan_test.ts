import assert from "node:assert/strict";
import { formatPlan } from "../../../../cli/format/plan.ts";
import { plainText } from "../../../../cli/terminal/line.ts";
import type { Change } from "../../../../core/model/mod.ts";
import type { Plan } from "../../../../core/reconcile/mod.ts";
import { realServer, serviceId } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";

/** A plan that adds as many servers. */
function plan(servers: number): Plan {
  const id = serviceId(WEB);
  const state = { services: [], syncDaemons: [], timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 } };
  return {
    before: state,
    target: { services: [], exact: false },
    only: undefined,
    changes: Array.from({ length: servers }, (_, index): Change => {
      return { operation: "addServer", id, server: realServer(`10.0.0.${index + 1}:80`) };
    }),
    vips: { first: [], last: [] },
  };
}

function lines(steps: number, mostSteps?: number): string[] {
  return Array.from(formatPlan(plan(steps), { mostSteps }), plainText);
}

Deno.test("a plan has a line for each step and one for their numbers", () => {
  assert.deepEqual(lines(2), [
    `+ add real server 10.0.0.1:80 of ${WEB}: nat, weight 1`,
    `+ add real server 10.0.0.2:80 of ${WEB}: nat, weight 1`,
    "2 to add, 0 to edit, 0 to delete",
  ]);
});

Deno.test("a plan with more steps than are wanted says how many are left out, and counts all", () => {
  assert.deepEqual(lines(5, 2).slice(2), ["... and 3 more steps", "5 to add, 0 to edit, 0 to delete"]);
  assert.deepEqual(lines(3, 2).slice(2), ["... and 1 more step", "3 to add, 0 to edit, 0 to delete"]);
});

Deno.test("a plan with as many steps as are wanted leaves none out", () => {
  assert.deepEqual(lines(2, 2), lines(2));
});
