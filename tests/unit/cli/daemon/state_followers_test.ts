import assert from "node:assert/strict";
import { followChanges } from "../../../../cli/daemon/state_followers.ts";
import type { RouterState } from "../../../../core/vrrp/mod.ts";
import { routerStatuses } from "../../../support/router_status.ts";

/** What follows states of an instance and of its group, in order. */
function followed(states: readonly RouterState[]): readonly string[] {
  const [router] = routerStatuses();
  assert.ok(router !== undefined);
  const done: string[] = [];
  const changes = states.flatMap((state) => [
    { subject: "instance", name: "edge", state, router } as const,
    { subject: "group", name: "site", state, router } as const,
  ]);
  followChanges(changes, {
    sync: ({ name, state }) => done.push(`sync ${name} ${state}`),
    notify: ({ name, state }) => done.push(`notify ${name} ${state}`),
  });
  return done;
}

Deno.test("followChanges() changes the sync daemons before the notifications of an active instance and its group", () => {
  assert.deepEqual(followed(["active"]), [
    ...["sync edge active", "sync site active"],
    ...["notify edge active", "notify site active"],
  ]);
});

Deno.test("followChanges() sends the notifications of any other state before it changes the sync daemons", () => {
  for (const state of ["backup", "fault", "released", "init"] as const) {
    assert.deepEqual(followed([state]), [
      ...[`notify edge ${state}`, `notify site ${state}`],
      ...[`sync edge ${state}`, `sync site ${state}`],
    ]);
  }
});
